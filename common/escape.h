/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Text from outside (files, sysfs, the fabric) made safe for terminals and logs.
 */

/*
 * Replaces by '?', in place: control characters (newlines and tabs as well), line separators,
 * marks that turn the direction of the text around them, and bytes that are not UTF-8 as the bus
 * takes it. Returns its argument.
 */
char *escape_in_place(char *s);
