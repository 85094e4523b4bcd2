/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What two verifiers say to each other, as bytes: a length (4 bytes, of what follows it), a kind
 * (1 byte) and the fields of that kind, all big-endian, each frame of exactly the length that its
 * fields make.
 *
 *   HELLO    "npivot-v" version:2 block-size:4 size:8 key:16   first, from the source, then back
 *   READ     id:4 offset:8 blocks:2 fresh:1                    from the source
 *   DIGESTS  id:4 blocks:2 digest:16 each                      back, in any order
 *   ERROR    words, printable ASCII                            the last
 */

#include "mirrord/verify/read.h"

#include <sys/types.h>

#define WIRE_VERSION 1
#define WIRE_WORDS_MAX 200
#define WIRE_BODY_MAX 250
#define WIRE_FRAME_MAX (4 + 1 + WIRE_BODY_MAX)

typedef enum WireKind {
        WIRE_HELLO = 1,
        WIRE_READ,
        WIRE_DIGESTS,
        WIRE_ERROR,
} WireKind;

typedef struct WireFrame {
        WireKind kind;
        uint64_t size; /* HELLO: of the disk, in bytes */
        DigestKey key;
        uint32_t id;
        uint64_t offset;
        uint16_t n_blocks;
        bool is_fresh;
        Digest digests[READ_BLOCKS_MAX];
        char words[WIRE_WORDS_MAX + 1];
} WireFrame;

/* Returns the size. */
size_t wire_write(const WireFrame *frame, uint8_t ret[static WIRE_FRAME_MAX]);

/*
 * The first frame in data: how many bytes it has; 0: not all of it is there yet. -EPROTO: none of
 * ours. -EPROTONOSUPPORT: of another version.
 */
ssize_t wire_parse(const uint8_t *data, size_t size, WireFrame *ret);
