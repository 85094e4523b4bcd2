/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/verify/serve.h"

#include <string.h>

int serve_take(Serve *serve, const WireFrame *frame) {
        uint64_t n = (uint64_t) frame->n_blocks * BLOCK_SIZE, left;

        if (frame->kind != WIRE_READ || frame->offset >= serve->size)
                return -EPROTO;
        left = serve->size - frame->offset;
        /* The last block may be shorter, and only that one. */
        if (frame->n_blocks > block_count(left))
                return -EPROTO;

        for (size_t i = 0; i < READS_MAX; i++) {
                if (serve->slots[i].state != SERVE_FREE)
                        continue;
                serve->slots[i].read = (Read){
                        .offset = frame->offset,
                        .size = (uint32_t) (n < left ? n : left),
                        .is_fresh = frame->is_fresh,
                };
                serve->slots[i].id = frame->id;
                serve->slots[i].state = SERVE_ASKED;
                return 0;
        }

        return -EPROTO;
}

static int answer(Serve *serve, size_t i) {
        const Read *read = &serve->slots[i].read;
        WireFrame frame = {
                .kind = WIRE_DIGESTS,
                .id = serve->slots[i].id,
                .n_blocks = (uint16_t) block_count(read->size),
        };

        if (read->error < 0)
                return read->error;
        memcpy(frame.digests, read->digests, frame.n_blocks * sizeof(Digest));
        serve->n_bytes += read->size;
        serve->slots[i].state = SERVE_FREE;

        return link_send(serve->link, &frame);
}

int serve_run(Serve *serve, uint64_t now_usec) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < READS_MAX; i++) {
                Read *read = &serve->slots[i].read;

                if (serve->slots[i].state == SERVE_ASKED &&
                    pace_wait(&serve->pace, now_usec) == 0) {
                        r = serve->reader.begin(serve->reader.object, read);
                        serve->slots[i].state = SERVE_READING;
                        pace_take(&serve->pace, read->size);
                }
                if (r >= 0 && serve->slots[i].state == SERVE_READING && read->is_done)
                        r = answer(serve, i);
        }

        return r;
}

uint64_t serve_wait(Serve *serve, uint64_t now_usec) {
        for (size_t i = 0; i < READS_MAX; i++)
                if (serve->slots[i].state == SERVE_ASKED)
                        return pace_wait(&serve->pace, now_usec);

        return UINT64_MAX;
}
