/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One request to lun-act, the only program that opens disks and writes sysfs for lunwatch: a line
 * to its socket, lines back until it says how it ended. Never blocks; everything that comes back is
 * bounded and made safe. What is asked for, and what the answers mean, is the job's business.
 */

#include "common/cleanup.h"

#include <stdint.h>
#include <systemd/sd-event.h>

#define ACT_SOCKET "/run/npivot/act"
#define ACT_LINE_MAX (16 * 1024)
#define ACT_DEVICES_MAX 256

/* How long lun-act may take after its deadline to say so. */
#define ACT_GRACE_USEC (2 * 1000 * 1000ULL)

/* "journalctl -u …": where to look when it has failed. */
#define ACT_LOG_HINT "“journalctl -u 'lun-act@*'” says why"

typedef enum ActLine {
        ACT_STEP,    /* words */
        ACT_USE,     /* kind, object, device, words */
        ACT_REMOVED, /* name */
} ActLine;

#define ACT_FIELDS_MAX 4

typedef struct ActHandler {
        /* What it says on the way. Must not free the request. */
        void (*on_line)(void *userdata, ActLine line, const char *const *fields);
        /*
         * The last call: it has ended. cause is NULL when it has done what was asked for, else a
         * word of its own, "helper-failed" or "timeout". The request may be freed in it; words live
         * as long as the request.
         */
        void (*on_end)(void *userdata, const char *cause, const char *words);
        void *userdata;
} ActHandler;

typedef struct Act Act;

/*
 * fields: what follows the verb and the deadline. -ENOENT or -ECONNREFUSED when nobody listens,
 * -EAGAIN when too many ask at once, -E2BIG for a line that is too long, -EINVAL for a field that
 * is none. The handler is called from the loop only.
 */
int act_start(sd_event *event, const char *socket, const char *verb, uint64_t timeout_usec,
              const char *const *fields, size_t n_fields, const ActHandler *handler, Act **ret);

/* lun-act does not stop for that: what it has begun it goes on with until its deadline. */
Act *act_free(Act *act);
DEFINE_CLEANUP(Act *, act_free);

/* For people: why act_start() failed. */
const char *act_start_words(int error);
