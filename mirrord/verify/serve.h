/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The target's part: reads what the other side asks for, and answers with digests.
 */

#include "mirrord/verify/link.h"
#include "mirrord/verify/pace.h"

typedef struct Serve {
        Link *link; /* borrowed */
        Reader reader;
        uint64_t size; /* of the disk */
        Pace pace;
        uint64_t n_bytes; /* answered */
        struct {
                Read read;
                uint32_t id;
                enum {
                        SERVE_FREE,
                        SERVE_ASKED, /* waits for the pace */
                        SERVE_READING,
                } state;
        } slots[READS_MAX];
} Serve;

/* A request. -EPROTO: none that could be carried out. */
int serve_take(Serve *serve, const WireFrame *frame);

/* Reads what may be read now, and answers what was. An error is that of a read, or of the link. */
int serve_run(Serve *serve, uint64_t now_usec);

/* Until it should be run again although no read has ended; UINT64_MAX: no need. */
uint64_t serve_wait(Serve *serve, uint64_t now_usec);
