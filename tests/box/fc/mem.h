/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Memory for the simulator. It has no caller to whom it could report that memory is short, so it
 * ends: a box without its /sys is seen at once. Products do not do this.
 */

#include <stddef.h>

#include "common/cleanup.h"

void *mem_new(size_t size);
char *mem_dup(const char *text);
char *mem_printf(const char *format, ...) _printf_(1, 2);
