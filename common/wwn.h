/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Fibre Channel World Wide Names: 64 bits, and the spellings in which sysfs, udev and people write
 * them. Knows nothing of ports or files.
 */

#include <stdbool.h>
#include <stdint.h>

typedef uint64_t Wwn;

#define WWN_STRING_LEN 16
typedef char WwnString[WWN_STRING_LEN + 1];

/*
 * Accepts 16 hex digits in either case, plain ("2100001b32a90004"), after "0x", or as eight pairs
 * joined by colons or dashes ("21:00:00:1b:32:a9:00:04"); blanks around it are not accepted.
 * -EINVAL for anything else, for all zeroes and for all ones (which drivers use for "not set").
 */
int wwn_parse(const char *s, Wwn *ret);

/*
 * The Network Address Authority, the first four bits (FC-FS-3, clause 15). A vport's names must be
 * of a kind that a fabric accepts: 1, 2 (IEEE, IEEE extended), 5, 6 (registered) or 0xc..0xf
 * (mapped EUI-64).
 */
bool wwn_has_valid_naa(Wwn wwn);

/* 16 lower-case hex digits: the one form in which npivot prints. Returns its argument. */
const char *wwn_format(Wwn wwn, WwnString ret);

/* The form that configfs and LIO use: "21:00:...". */
#define WWN_COLONS_SIZE 24
const char *wwn_format_colons(Wwn wwn, char ret[static WWN_COLONS_SIZE]);

/* A fresh array of 17 chars on the caller's stack, for use inside a printf argument. */
#define WWN_STR(wwn) wwn_format((wwn), (WwnString){ 0 })
