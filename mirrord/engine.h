/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Does with QEMU what is written down for a mirror: looks what there is (relays, nodes, block jobs)
 * and takes the next step of each disk, again and again, until the phase is over. Every step can be
 * taken by a mirrord that knows nothing but the file: what was done already is seen, not
 * remembered. Sequence: QEMU's docs/interop/live-block-operations.rst.
 */

#include "mirrord/look.h"
#include "mirrord/mirror.h"

#include <systemd/sd-bus.h>

/* How often is looked when QEMU has no event to tell. */
#define ENGINE_LOOK_USEC LOOK_USEC

/* A relay that is neither there nor failed by then is not coming. */
#define ENGINE_RELAY_USEC (30 * 1000 * 1000ULL)

typedef struct EngineHandler {
        /* Writes the mirror down. < 0: nothing more is done. */
        int (*on_save)(void *userdata, Mirror *mirror);
        /* Something that people see is another than before. */
        void (*on_change)(void *userdata, Mirror *mirror);
        void *userdata;
} EngineHandler;

/* The phase must not have ended. */
int engine_start(sd_event *event, sd_bus *bus, Mirror *mirror, const EngineHandler *handler);
void engine_stop(Mirror *mirror);

/* Its state is what QEMU says. One that was found again is new until QEMU was asked. */
bool engine_is_known(const Mirror *mirror);

/* The phase or the speed has been changed, and written down. */
void engine_wake(Mirror *mirror);
