/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Text from outside (files, sysfs, the fabric) made safe for terminals and logs.
 */

/* Replaces control bytes and bytes that are not UTF-8 by '?', in place. Returns its argument. */
char *escape_in_place(char *s);
