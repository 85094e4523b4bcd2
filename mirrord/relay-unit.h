/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the relay and the verifier of a disk are told in their files (mirror-relay(8),
 * mirror-verify(8)).
 */

#include "mirrord/disk-unit.h"

/* owner: QEMU's user. */
int relay_unit_write(const MirrorDisk *disk, uid_t owner);

/* export: the unix socket where QEMU exports the disk, by its target name. */
int verify_unit_write(const MirrorDisk *disk, const char *export);

/* A part of a disk that is compared when a sample is asked for. */
#define VERIFY_SAMPLE_PERCENT 10
