/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What "show maps json" and "show map NAME json" of multipathd say: text in, states of paths out.
 * The keys are those of multipath-tools 0.7.0 and later (libmultipath/print.c). Nothing in it is
 * trusted; what cannot be understood is left out.
 */

#include "lunwatch/map/map.h"

/* More is not read. */
#define MULTIPATHD_MAPS_MAX 65536
#define MULTIPATHD_PATHS_MAX 1024 /* of a map */

typedef struct MultipathdMap {
        char device[MAP_DEVICE_MAX]; /* "dm-3" */
        MapMember *members;
        size_t n_members;
} MultipathdMap;

typedef struct MultipathdReply {
        MultipathdMap *maps;
        size_t n_maps;
} MultipathdReply;

/* -EBADMSG for what is no such JSON, or is one of another major version than 0 or 1. */
int multipathd_reply_parse(const char *text, size_t size, MultipathdReply *ret);
void multipathd_reply_done(MultipathdReply *reply);
