/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A QEMU that keeps its memory between requests. Its NBD server has malloc() make a buffer for each
 * request, and glibc's takes those of a megabyte fresh from the kernel and gives them back: page
 * faults that are most of what a mirror costs there (tests/bench/README.md). But once a larger one
 * has been freed, glibc keeps as much (mallopt(3), M_MMAP_THRESHOLD: it is "dynamic"). So the
 * export is read once, before the other side is there: the first bytes, which are then forgotten.
 */

#include "mirrord/relay/settings.h"

/* More than mirrors have on their way at a time (pace_buffer_bytes()); glibc learns up to 32 MiB.
 */
#define WARM_SIZE (16 * 1024 * 1024)

/* A mirror is only slower without, and whatever is wrong is told when it begins: an export that
 * does not answer for so long is left alone. */
#define WARM_MSEC 1000

/* Nothing on the source, or for what has no name: a stream of migration. */
void warm_up(const Settings *settings);
