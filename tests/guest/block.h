/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A block that says which write made it: disk, place and number of the write are in it, and every
 * other byte follows from them. A block that is old, torn, somebody else's or at the wrong place is
 * not the one that was expected.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOCK_BYTES 4096

typedef struct BlockSign {
        uint32_t disk;
        uint32_t write; /* the number of the write on this disk, from 1 */
        uint64_t block;
} BlockSign;

/* bytes: BLOCK_BYTES of them. */
void block_sign(uint8_t *bytes, const BlockSign *sign);
bool block_is_signed(const uint8_t *bytes, const BlockSign *sign);
bool block_is_zero(const uint8_t *bytes);

/* What a block says of itself, true or not. */
BlockSign block_read_sign(const uint8_t *bytes);
