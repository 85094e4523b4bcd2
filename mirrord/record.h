/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A mirror or a target as a file of lines, "ID.conf": its name, how it is written whole, and the
 * lines that both have. What the keys mean is mirror-store.h's and target-store.h's.
 */

#include "mirrord/mirror.h"

#include <stdio.h>

#define RECORD_ID_MAX MIRROR_NAME_MAX

/* As file_write_atomic() and file_unlink_durable(), -EINPROGRESS included. The text is wiped: it
 * may have keys in it. */
int record_write(int dir_fd, const char *id, void (*print)(FILE *f, const void *object),
                 const void *object);
int record_remove(int dir_fd, const char *id);

/* Of a file that is there. -EBADMSG: it is not the name of a record. Says nothing about the id. */
int record_parse_name(const char *name, char ret_id[static RECORD_ID_MAX + 1]);

/* A line; none for NULL. Of a message only what can be read again. */
void record_print_text(FILE *f, const char *key, const char *value);
void record_print_message(FILE *f, const char *message);
