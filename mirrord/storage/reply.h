/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What mirror-storage says on its standard output: one packet, "done" and fields, or "error", a
 * cause and words. Everything is made safe.
 */

#include "common/cleanup.h"

#include <stdbool.h>

/* Returns -ECANCELED: the end has been told. */
int reply_error(const char *cause, const char *format, ...) _printf_(2, 3);

/* Of a disk that was prepared: what has its path now is another. */
int reply_other(const char *path);

/* fields: parted by tabs, or "". Returns 0. */
int reply_done(const char *format, ...) _printf_(1, 2);

/* Who asked does not wait for the answer any more. */
bool reply_is_unwanted(void);
