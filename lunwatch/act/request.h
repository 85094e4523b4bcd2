/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The one request that lun-act gets: a line, its fields parted by tabs. Who sends it is root's
 * lunwatch; it is checked all the same, since what it names becomes part of paths in sysfs.
 *
 *   VERB MS FIELD…
 *   inspect      MS NAME…                      kernel names of block devices
 *   rescan       MS HOST CHANNEL TARGET LUN    numbers; "-" from some place on: all of them
 *   reread       MS H:C:T:L…                   size and identity of devices that are known
 *   remove       MS WWID MAP H:C:T:L…          "-": no WWID, no multipath map
 *   remove-open  MS WWID MAP H:C:T:L…          although processes have it open
 *
 * MS is how long it may take, in milliseconds.
 */

#include "lunwatch/path/devpath.h"

#define REQUEST_LINE_MAX (16 * 1024)
#define REQUEST_DEVICES_MAX 256
#define REQUEST_MSEC_MAX (5 * 60 * 1000)

typedef enum RequestVerb {
        REQUEST_INSPECT,
        REQUEST_RESCAN,
        REQUEST_REREAD,
        REQUEST_REMOVE,
        REQUEST_REMOVE_OPEN,
        _REQUEST_VERB_MAX,
} RequestVerb;

typedef struct Request {
        RequestVerb verb;
        uint32_t msec;                          /* from 1; more than REQUEST_MSEC_MAX is as much */
        const char *names[REQUEST_DEVICES_MAX]; /* of inspect; point into the line */
        Hctl hctls[REQUEST_DEVICES_MAX];        /* of reread and remove */
        size_t n;
        uint32_t host;          /* of rescan */
        const char *scan[3];    /* of rescan: channel, target, LUN: a number or "-" */
        const char *wwid, *map; /* of remove; "": none */
} Request;

/*
 * Cuts the line up. -EINVAL: *ret_words says what is wrong with it; -E2BIG: more than
 * REQUEST_DEVICES_MAX devices.
 */
int request_parse(char *line, Request *ret, const char **ret_words);
