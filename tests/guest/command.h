/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the guest does when it is told to on its serial line. A command is one line, "TAG WORD
 * [ARGUMENT]...", and so is its answer: "TAG ok [KEY=VALUE]..." or "TAG error TEXT". The tag is the
 * asker's own: who has not waited for an answer does not take it for the next one. Lines that begin
 * with "#" are for people. README.md beside this has the words.
 */

#include "tests/guest/writer.h"

#include <stdio.h>

#define GUEST_DISKS_MAX 4
/* A block in hex digits, and some words. */
#define COMMAND_LINE_MAX (2 * BLOCK_BYTES + 256)

typedef struct Guest {
        Disk disks[GUEST_DISKS_MAX];
        Writer writers[GUEST_DISKS_MAX];
        size_t n_disks;
        uint64_t rate; /* bytes a second of all disks */
} Guest;

/* line is taken to pieces. True: the guest was told to end. */
bool command_run(Guest *guest, char *line, FILE *out);
