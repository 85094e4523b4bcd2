/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Names that come again and again, as numbers: the same name is the same number for as long as the
 * process lives. iSCSI names are up to 223 bytes long and ten thousand paths have a handful of
 * them; as a number one takes the place that a WWN has. Nothing is ever forgotten.
 */

#include "lunwatch/path/devpath.h"

/* RFC 3720: an iSCSI name has at most 223 bytes. Longer ones are refused. */
#define NAME_LENGTH_MAX 223
#define NAMES_MAX 65536

/* The number of a name that may be new; 0 when it is too long, empty, or there is no more room. */
uint64_t name_intern(const char *text);

/* The number of a name that is known already, or 0. */
uint64_t name_find(const char *text);

/* "" for 0 and for what is no number of a name. */
const char *name_text(uint64_t name);

/* A port as people name it: a WWN, or the name of an iSCSI node. */
typedef struct Port {
        PathTransport transport;
        uint64_t name;
} Port;

/* Stands for an iSCSI name that no path has (yet): nothing is behind it. */
#define NAME_NOBODY UINT64_MAX

/* A WWN in any spelling, "iqn.…", "eui.…" or "naa.…" as iSCSI has them; -EINVAL for anything else.
 */
int port_parse(const char *s, Port *ret);
