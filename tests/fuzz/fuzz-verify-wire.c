/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * wire_parse(), what another verifier says: what is accepted is within its limits and is written
 * again as the same bytes, and no more is taken than is there.
 */

#include "common/cleanup.h"
#include "mirrord/verify/wire.h"
#include "tests/fuzz/fuzz.h"

static void check(const WireFrame *frame) {
        switch (frame->kind) {
        case WIRE_HELLO:
                assert(frame->size <= INT64_MAX);
                break;
        case WIRE_READ:
                assert(frame->offset <= INT64_MAX && frame->offset % BLOCK_SIZE == 0);
                assert(frame->n_blocks >= 1 && frame->n_blocks <= READ_BLOCKS_MAX);
                break;
        case WIRE_DIGESTS:
                assert(frame->n_blocks >= 1 && frame->n_blocks <= READ_BLOCKS_MAX);
                break;
        case WIRE_ERROR:
                assert(*frame->words && strlen(frame->words) <= WIRE_WORDS_MAX);
                for (const char *c = frame->words; *c; c++)
                        assert(*c >= ' ' && *c <= '~');
                break;
        default:
                assert(false);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        /* A block of exactly its size: one byte too far is seen. */
        _cleanup_free_ uint8_t *copy = malloc(size > 0 ? size : 1);
        uint8_t again[WIRE_FRAME_MAX];
        bool has_shape = false;
        WireFrame frame;
        size_t at = 0;
        ssize_t n;

        assert(copy);
        if (size > 0)
                memcpy(copy, data, size);
        while ((n = wire_parse(copy + at, size - at, &frame)) > 0) {
                assert((size_t) n <= size - at);
                check(&frame);
                assert(wire_write(&frame, again) == (size_t) n);
                assert(memcmp(again, copy + at, (size_t) n) == 0);
                at += (size_t) n;
                has_shape |= frame.kind == WIRE_READ && frame.is_fresh && frame.n_blocks == 3;
        }
        assert(n == 0 || n == -EPROTO || n == -EPROTONOSUPPORT);

        fuzz_planted_fault(data, size, has_shape);
        return 0;
}
