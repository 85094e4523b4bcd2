/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The word from Destroy(force) to "vhba-port down", which takes it away: an empty file in /run, so
 * that it is gone after a reboot at the latest.
 */

#include "common/wwn.h"

int force_mark(Wwn wwpn);
