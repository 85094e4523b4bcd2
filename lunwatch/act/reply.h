/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What lun-act says on its standard output, a line at a time, fields parted by tabs: step, use and
 * removed on the way, then error or done. Everything is made safe; a reader that has gone is not
 * waited for.
 */

#include "common/cleanup.h"

void reply_step(const char *format, ...) _printf_(1, 2);
void reply_use(const char *kind, const char *object, const char *device, const char *words);
void reply_removed(const char *name);

/* Returns -ECANCELED: the end has been told, nothing else is to be said. */
int reply_error(const char *cause, const char *format, ...) _printf_(2, 3);
void reply_done(void);
