/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Moves a whole running QEMU with its disks, by QEMU's old block migration
 * (docs/devel/migration.rst, "blk" and "inc" of migrate; QEMU 9.0 and before), through one relay.
 * Looks what query-migrate says and takes the next step, as engine.h does for mirrors: nothing but
 * the file is remembered.
 */

#include "mirrord/engine.h"

/* As engine_start() and its like, of a job of MIRROR_LEGACY. */
int legacy_start(sd_event *event, sd_bus *bus, Mirror *mirror, const EngineHandler *handler);
void legacy_stop(Mirror *mirror);
void legacy_wake(Mirror *mirror);
