/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The word from Destroy(force) to "vhba-port down", which takes it away: an empty file in /run, so
 * that it is gone after a reboot at the latest. It is good for FORCE_SEC: what was meant for a stop
 * that never ran must not force a later one.
 */

#include "common/wwn.h"

#define FORCE_SEC 60

int force_mark(Wwn wwpn);

/* A stop that is not to be forced must not find an old word. */
int force_clear(Wwn wwpn);
