/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is compared: blocks of 64 KiB, each by its digest.
 *
 * A digest is GMAC, AES-128's, with a key that is drawn anew for each verification: that of two
 * blocks that are not the same is the same with a chance of 2^-115, whatever is in them, as long
 * as whoever wrote them does not know the key. So it need not be what a hash for strangers' files
 * must be, and has three times its speed.
 */

#include <stddef.h>
#include <stdint.h>

#define BLOCK_SIZE 65536
#define DIGEST_SIZE 16
#define DIGEST_KEY_SIZE 16

typedef struct Digest {
        uint8_t bytes[DIGEST_SIZE];
} Digest;

typedef struct DigestKey {
        uint8_t bytes[DIGEST_KEY_SIZE];
} DigestKey;

int digest_key_draw(DigestKey *ret);

/* Of each block in size bytes, the last of which may be shorter. */
int digest_blocks(const DigestKey *key, const uint8_t *data, size_t size, Digest *ret);

/* Of as many zeroes, without looking at any. */
int digest_zeroes(const DigestKey *key, size_t size, Digest *ret);

size_t block_count(uint64_t size);
