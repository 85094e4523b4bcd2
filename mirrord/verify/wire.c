/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/verify/wire.h"

#include "common/cleanup.h"

#include <string.h>

#define MAGIC "npivot-v"
#define MAGIC_SIZE (sizeof MAGIC - 1)
#define HEAD_SIZE 5
#define HELLO_SIZE (MAGIC_SIZE + 2 + 4 + 8 + DIGEST_KEY_SIZE)
#define READ_SIZE (4 + 8 + 2 + 1)
#define DIGESTS_SIZE (4 + 2)

_Static_assert(DIGESTS_SIZE + READ_BLOCKS_MAX * DIGEST_SIZE <= WIRE_BODY_MAX, "digests fit");
_Static_assert(WIRE_WORDS_MAX <= WIRE_BODY_MAX, "words fit");

static uint8_t *put(uint8_t *at, uint64_t value, size_t size) {
        for (size_t i = 0; i < size; i++)
                at[i] = (uint8_t) (value >> 8 * (size - 1 - i));

        return at + size;
}

static uint64_t get(const uint8_t **at, size_t size) {
        uint64_t value = 0;

        for (size_t i = 0; i < size; i++)
                value = value << 8 | *(*at)++;

        return value;
}

static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t size) {
        memcpy(at, bytes, size);
        return at + size;
}

size_t wire_write(const WireFrame *frame, uint8_t ret[static WIRE_FRAME_MAX]) {
        uint8_t *at = ret + HEAD_SIZE;

        switch (frame->kind) {
        case WIRE_HELLO:
                at = put_bytes(at, MAGIC, MAGIC_SIZE);
                at = put(at, WIRE_VERSION, 2);
                at = put(at, BLOCK_SIZE, 4);
                at = put(at, frame->size, 8);
                at = put_bytes(at, frame->key.bytes, DIGEST_KEY_SIZE);
                break;
        case WIRE_READ:
                at = put(at, frame->id, 4);
                at = put(at, frame->offset, 8);
                at = put(at, frame->n_blocks, 2);
                at = put(at, frame->is_fresh, 1);
                break;
        case WIRE_DIGESTS:
                at = put(at, frame->id, 4);
                at = put(at, frame->n_blocks, 2);
                at = put_bytes(at, frame->digests, frame->n_blocks * sizeof(Digest));
                break;
        case WIRE_ERROR:
                at = put_bytes(at, frame->words, strlen(frame->words));
                break;
        }
        (void) put(ret, (uint64_t) (at - ret - 4), 4);
        ret[4] = (uint8_t) frame->kind;

        return (size_t) (at - ret);
}

static int parse_hello(const uint8_t *at, size_t size, WireFrame *frame) {
        if (size != HELLO_SIZE || memcmp(at, MAGIC, MAGIC_SIZE) != 0)
                return -EPROTO;
        at += MAGIC_SIZE;
        if (get(&at, 2) != WIRE_VERSION || get(&at, 4) != BLOCK_SIZE)
                return -EPROTONOSUPPORT;
        frame->size = get(&at, 8);
        memcpy(frame->key.bytes, at, DIGEST_KEY_SIZE);

        return frame->size > INT64_MAX ? -EPROTO : 0;
}

static int parse_read(const uint8_t *at, size_t size, WireFrame *frame) {
        uint64_t is_fresh;

        if (size != READ_SIZE)
                return -EPROTO;
        frame->id = (uint32_t) get(&at, 4);
        frame->offset = get(&at, 8);
        frame->n_blocks = (uint16_t) get(&at, 2);
        is_fresh = get(&at, 1);
        frame->is_fresh = is_fresh == 1;
        if (is_fresh > 1 || frame->n_blocks == 0 || frame->n_blocks > READ_BLOCKS_MAX ||
            frame->offset % BLOCK_SIZE != 0 || frame->offset > INT64_MAX)
                return -EPROTO;

        return 0;
}

static int parse_digests(const uint8_t *at, size_t size, WireFrame *frame) {
        if (size < DIGESTS_SIZE)
                return -EPROTO;
        frame->id = (uint32_t) get(&at, 4);
        frame->n_blocks = (uint16_t) get(&at, 2);
        if (frame->n_blocks == 0 || frame->n_blocks > READ_BLOCKS_MAX ||
            size - DIGESTS_SIZE != frame->n_blocks * sizeof(Digest))
                return -EPROTO;
        memcpy(frame->digests, at, frame->n_blocks * sizeof(Digest));

        return 0;
}

/* They go into the journal. */
static int parse_words(const uint8_t *at, size_t size, WireFrame *frame) {
        if (size == 0 || size > WIRE_WORDS_MAX)
                return -EPROTO;
        for (size_t i = 0; i < size; i++)
                if (at[i] < ' ' || at[i] > '~')
                        return -EPROTO;
        memcpy(frame->words, at, size);
        frame->words[size] = '\0';

        return 0;
}

static int parse_body(const uint8_t *at, size_t size, WireFrame *frame) {
        switch (frame->kind) {
        case WIRE_HELLO:
                return parse_hello(at, size, frame);
        case WIRE_READ:
                return parse_read(at, size, frame);
        case WIRE_DIGESTS:
                return parse_digests(at, size, frame);
        case WIRE_ERROR:
                return parse_words(at, size, frame);
        default:
                return -EPROTO;
        }
}

ssize_t wire_parse(const uint8_t *data, size_t size, WireFrame *ret) {
        WireFrame frame = { 0 };
        const uint8_t *at = data;
        uint64_t length;
        int r;

        if (size < HEAD_SIZE)
                return 0;
        length = get(&at, 4);
        if (length < 1 || length > WIRE_FRAME_MAX - 4)
                return -EPROTO;
        if (size - 4 < length)
                return 0;
        frame.kind = (WireKind) get(&at, 1);
        r = parse_body(at, (size_t) length - 1, &frame);
        if (r < 0)
                return r;

        *ret = frame;
        return (ssize_t) length + 4;
}
