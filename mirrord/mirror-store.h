/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Mirrors as files, one each in /run/npivot/mirror/jobs: what was asked for and what is to become
 * of it, so that a mirrord that was killed goes on. Not kept over a boot, which no QEMU survives.
 */

#include "mirrord/mirror.h"

#define MIRROR_STORE_DIR "/run/npivot/mirror/jobs"

/* -EINPROGRESS counts as written: there is no power cut that /run survives. */
int mirror_store_write(int dir_fd, const Mirror *mirror);
int mirror_store_remove(int dir_fd, const Mirror *mirror);

/*
 * One file by its name. -EBADMSG: it is not as it was written; words say what is wrong.
 */
#define MIRROR_STORE_WORDS_MAX 300
int mirror_store_read(int dir_fd, const char *name, Mirror **ret,
                      char words[static MIRROR_STORE_WORDS_MAX]);
