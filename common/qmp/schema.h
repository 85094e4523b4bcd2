/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a QEMU can do, from its answer to query-qmp-schema (docs/devel/qapi-code-gen.rst): never
 * from its version. Types in it have numbers for names, which are followed. Looks at the answer
 * only; what is to be kept is kept by who asks.
 */

#include "common/json-read.h"

bool schema_has_command(const JsonValue *schema, const char *command);
bool schema_has_event(const JsonValue *schema, const char *event);

/*
 * Whether the command's argument has this member; "a.b" is the member b of the type of a, and a
 * variant is followed by the value of its tag: "options:nbd.reconnect-delay" of blockdev-add is
 * "nbd.reconnect-delay".
 */
bool schema_has_argument(const JsonValue *schema, const char *command, const char *member);

/* Whether that member is an enumeration with this value. */
bool schema_has_value(const JsonValue *schema, const char *command, const char *member,
                      const char *value);
