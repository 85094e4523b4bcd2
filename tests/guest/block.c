/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/guest/block.h"

#include <string.h>

#define BLOCK_WORDS (BLOCK_BYTES / sizeof(uint64_t))

static uint64_t step(uint64_t x) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        return x;
}

void block_sign(uint8_t *bytes, const BlockSign *sign) {
        uint64_t words[BLOCK_WORDS], x;

        words[0] = (uint64_t) sign->disk << 32 | sign->write;
        words[1] = sign->block;
        /* Odd, so never the zero from which xorshift does not come away. */
        x = (words[0] * 0x9e3779b97f4a7c15ULL + words[1] * 0xc2b2ae3d27d4eb4fULL) | 1;
        for (size_t i = 2; i < BLOCK_WORDS; i++)
                words[i] = x = step(x);
        memcpy(bytes, words, BLOCK_BYTES);
}

bool block_is_signed(const uint8_t *bytes, const BlockSign *sign) {
        uint8_t expected[BLOCK_BYTES];

        block_sign(expected, sign);
        return memcmp(bytes, expected, BLOCK_BYTES) == 0;
}

bool block_is_zero(const uint8_t *bytes) {
        return bytes[0] == 0 && memcmp(bytes, bytes + 1, BLOCK_BYTES - 1) == 0;
}

BlockSign block_read_sign(const uint8_t *bytes) {
        uint64_t words[2];

        memcpy(words, bytes, sizeof words);
        return (BlockSign){
                .disk = (uint32_t) (words[0] >> 32),
                .write = (uint32_t) words[0],
                .block = words[1],
        };
}
