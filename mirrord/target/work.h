/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Does what is written down for a target: looks what there is (the ledger, QEMU's exports, units)
 * and takes the next step, again and again, until the phase is over. Every step can be taken again
 * by a mirrord that knows nothing but the file.
 */

#include "mirrord/target/target.h"

#include <systemd/sd-bus.h>

typedef struct TargetHandler {
        /* Writes the target down. < 0: nothing more is done for now. */
        int (*on_save)(void *userdata, Target *target);
        /* Something that people see is another than before. */
        void (*on_change)(void *userdata, Target *target);
        /* Nothing is left to be done: it is prepared, or has ended. The last call; it may be freed.
         */
        void (*on_idle)(void *userdata, Target *target);
        void *userdata;
} TargetHandler;

/* A phase in which something is to be done. */
int target_work_start(sd_event *event, sd_bus *bus, Target *target, const TargetHandler *handler);
/* What runs goes on, or is found again. */
void target_work_stop(Target *target);

/* The phase has been changed, and written down. */
void target_work_wake(Target *target);
