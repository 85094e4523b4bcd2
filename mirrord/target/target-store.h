/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The ledger: targets as files, one each in /var/lib/npivot/mirror/targets, with what was asked
 * for, what is to become of it and what was made. It outlives the boot, as what was made does.
 */

#include "mirrord/target/target.h"

#define TARGET_STORE_PARENT "/var/lib/npivot/mirror"
#define TARGET_STORE_DIR TARGET_STORE_PARENT "/targets"

/* -EINPROGRESS: written, but it is not known whether a power cut would leave it. */
int target_store_write(int dir_fd, const Target *target);
int target_store_remove(int dir_fd, const Target *target);

/* One file by its name. -EBADMSG: it is not as it was written; words say what is wrong. */
#define TARGET_STORE_WORDS_MAX 300
int target_store_read(int dir_fd, const char *name, Target **ret,
                      char words[static TARGET_STORE_WORDS_MAX]);

/* The same of a text. */
int target_store_parse(const char *text, size_t size, Target *target,
                       char words[static TARGET_STORE_WORDS_MAX]);
