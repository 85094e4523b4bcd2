/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The socket of fc-ctl: a client sends one line, shuts its side down, and reads "0\n" or an errno
 * and the text. One at a time, as all of the simulator.
 */

#include <systemd/sd-event.h>

int control_listen(const char *path, sd_event *event);
