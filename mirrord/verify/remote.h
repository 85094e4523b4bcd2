/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The disk on the other host, to whoever reads it: asks the verifier there.
 */

#include "mirrord/verify/link.h"

typedef struct Remote {
        Link *link; /* borrowed */
        uint32_t last_id;
        struct {
                Read *read; /* NULL: free */
                uint32_t id;
        } slots[READS_MAX];
} Remote;

/* For a Reader. */
int remote_begin(void *remote, Read *read);

/* Takes an answer. -EPROTO: to nothing that was asked. */
int remote_take(Remote *remote, const WireFrame *frame);
