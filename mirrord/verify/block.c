/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/verify/block.h"

#include "common/cleanup.h"

#include <gnutls/crypto.h>
#include <stdbool.h>
#include <string.h>

size_t block_count(uint64_t size) {
        return (size_t) (size / BLOCK_SIZE + (size % BLOCK_SIZE != 0));
}

int digest_key_draw(DigestKey *ret) {
        return gnutls_rnd(GNUTLS_RND_KEY, ret->bytes, sizeof ret->bytes) < 0 ? -EIO : 0;
}

/* The nonce may be the same each time: what it protects is a digest's secrecy, which it needs not.
 */
static int digest(const DigestKey *key, const uint8_t *data, size_t size, Digest *ret) {
        static const uint8_t nonce[12];
        gnutls_hmac_hd_t mac;
        int r;

        r = gnutls_hmac_init(&mac, GNUTLS_MAC_AES_GMAC_128, key->bytes, sizeof key->bytes);
        if (r < 0)
                return -ENOMEM;
        gnutls_hmac_set_nonce(mac, nonce, sizeof nonce);
        r = gnutls_hmac(mac, data, size);
        gnutls_hmac_deinit(mac, ret->bytes);

        return r < 0 ? -EIO : 0;
}

static bool is_zero(const uint8_t *data, size_t size) {
        return size == 0 || (data[0] == 0 && memcmp(data, data + 1, size - 1) == 0);
}

/* Of whole blocks it is made once for each key. */
int digest_zeroes(const DigestKey *key, size_t size, Digest *ret) {
        static const uint8_t zeroes[BLOCK_SIZE];
        static DigestKey known_key;
        static Digest known;
        static bool is_known;
        size_t left = size;
        int r;

        for (; left > 0; ret++) {
                size_t n = left < BLOCK_SIZE ? left : BLOCK_SIZE;

                left -= n;
                if (n == BLOCK_SIZE && is_known && memcmp(&known_key, key, sizeof *key) == 0) {
                        *ret = known;
                        continue;
                }
                r = digest(key, zeroes, n, ret);
                if (r < 0)
                        return r;
                if (n == BLOCK_SIZE) {
                        known = *ret;
                        known_key = *key;
                        is_known = true;
                }
        }

        return 0;
}

int digest_blocks(const DigestKey *key, const uint8_t *data, size_t size, Digest *ret) {
        int r;

        for (size_t at = 0; at < size; at += BLOCK_SIZE, ret++) {
                size_t n = size - at < BLOCK_SIZE ? size - at : BLOCK_SIZE;

                r = is_zero(data + at, n) ? digest_zeroes(key, n, ret)
                                          : digest(key, data + at, n, ret);
                if (r < 0)
                        return r;
        }

        return 0;
}
