/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/table.h"

#include "common/cleanup.h"

#include <errno.h>
#include <sys/random.h>

#define BUCKETS_MIN 64U
#define BUCKETS_MAX (1U << 30)

static void bucket_push(TableNode **buckets, uint32_t n_buckets, TableNode *node) {
        TableNode **bucket = &buckets[node->hash & (n_buckets - 1)];

        node->next = *bucket;
        *bucket = node;
}

static int grow(Table *table) {
        uint32_t n_buckets = table->n_buckets ? 2 * table->n_buckets : BUCKETS_MIN;
        TableNode **buckets;

        if (n_buckets > BUCKETS_MAX)
                return -ENOMEM;
        buckets = calloc(n_buckets, sizeof *buckets);
        if (!buckets)
                return -ENOMEM;

        for (uint32_t i = 0; i < table->n_buckets; i++)
                for (TableNode *node = table->buckets[i], *next; node; node = next) {
                        next = node->next;
                        bucket_push(buckets, n_buckets, node);
                }

        free(table->buckets);
        table->buckets = buckets;
        table->n_buckets = n_buckets;
        return 0;
}

int table_prepare(Table *table) {
        return table->n_buckets == 0 ? grow(table) : 0;
}

void table_add(Table *table, TableNode *node, uint32_t hash) {
        /* One or two nodes a bucket: half the memory, and a comparison of hashes more. */
        if (table->n_nodes / 2 >= table->n_buckets)
                (void) grow(table);

        node->hash = hash;
        bucket_push(table->buckets, table->n_buckets, node);
        table->n_nodes++;
}

void table_remove(Table *table, TableNode *node) {
        TableNode **p;

        for (p = &table->buckets[node->hash & (table->n_buckets - 1)]; *p; p = &(*p)->next)
                if (*p == node) {
                        *p = node->next;
                        table->n_nodes--;
                        return;
                }
}

static TableNode *find_from(TableNode *node, uint32_t hash) {
        while (node && node->hash != hash)
                node = node->next;

        return node;
}

TableNode *table_first(const Table *table, uint32_t hash) {
        if (table->n_buckets == 0)
                return NULL;

        return find_from(table->buckets[hash & (table->n_buckets - 1)], hash);
}

TableNode *table_next(const TableNode *node) {
        return find_from(node->next, node->hash);
}

void table_done(Table *table) {
        free(table->buckets);
        *table = (Table){ 0 };
}

static uint64_t seed(void) {
        static uint64_t value;

        while (value == 0)
                if (getrandom(&value, sizeof value, GRND_NONBLOCK) != sizeof value)
                        value = (uint64_t) (uintptr_t) &value;

        return value;
}

/* The finaliser of MurmurHash3: every bit of the input reaches every bit of the output. */
static uint64_t mix(uint64_t x) {
        x ^= x >> 33;
        x *= 0xff51afd7ed558ccdULL;
        x ^= x >> 33;
        x *= 0xc4ceb9fe1a85ec53ULL;
        x ^= x >> 33;
        return x;
}

uint32_t hash_bytes(const void *data, size_t size) {
        const unsigned char *p = data;
        uint64_t hash = seed();

        for (; size > 0; size--)
                hash = (hash ^ *p++) * 0x100000001b3ULL;

        return (uint32_t) mix(hash);
}

uint32_t hash_string_nocase(const char *s) {
        uint64_t hash = seed();

        for (; *s; s++) {
                unsigned char c = (unsigned char) *s;

                if (c >= 'A' && c <= 'Z')
                        c |= 0x20;
                hash = (hash ^ c) * 0x100000001b3ULL;
        }

        return (uint32_t) mix(hash);
}

uint32_t hctl_hash(const Hctl *hctl) {
        /* Not the structure itself: it has a hole. */
        const uint64_t words[] = { hctl->host, hctl->channel, hctl->target, hctl->lun };

        return hash_bytes(words, sizeof words);
}
