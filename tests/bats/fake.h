/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A stand-in for vhbad, lunwatch and PID 1 on a private bus: tables instead of a kernel, so that
 * the output of npivot(1) can be compared byte by byte. Everything that is asked to change is
 * printed on stdout, a line each. The real daemons meet the command in tests/box and tests/fabric.
 */

#include <stdbool.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

/* Colours, a line end, and a control character that is two bytes long. */
#define FAKE_HOSTILE "\033[31mred\033[0m\n\xc2\x9b"

typedef struct Fake {
        sd_event *event;
        sd_bus *bus;
        bool is_hostile;  /* every text holds what no terminal should see */
        bool is_troubled; /* a quarantined LUN, path debt */
        bool is_healthy;  /* one vHBA, which is up, and no definition that cannot be read */
        unsigned n_jobs;
} Fake;

/* vhbad: objects in a table, jobs that end after a moment. */
int fake_vhba_serve(Fake *fake);

/* lunwatch: two LUNs; SIGUSR1 loses a path, SIGUSR2 two signals. */
int fake_lun_serve(Fake *fake);
