/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/verify/export.h"

#include "common/cleanup.h"

#include <libnbd.h>
#include <string.h>

/* What is asked about zeroes at a time: blocks, a bit each in what is kept of the answer. */
#define MAP_BLOCKS 4096
#define MAP_SIZE ((uint64_t) MAP_BLOCKS * BLOCK_SIZE)

typedef struct Slot {
        struct Export *export;
        Read *read; /* NULL: free */
        uint8_t *buf;
        bool is_waiting; /* for the map */
} Slot;

struct Export {
        struct nbd_handle *nbd;
        uint64_t size;
        bool is_ready, can_map;
        DigestKey key;
        Slot slots[READS_MAX];

        uint64_t map_begin, map_end; /* bytes; equal: nothing is known */
        bool is_zero[MAP_BLOCKS];
        bool is_mapping, has_new_map;
        uint64_t new_end; /* as far as the answer has come */
};

Export *export_free(Export *export) {
        if (!export)
                return NULL;

        nbd_close(export->nbd);
        for (size_t i = 0; i < READS_MAX; i++)
                free(export->slots[i].buf);
        free(export);
        return NULL;
}

DEFINE_CLEANUP(Export *, export_free);

static int refuse(char words[static EXPORT_WORDS_MAX], int error) {
        const char *text = nbd_get_error();

        (void) snprintf(words, EXPORT_WORDS_MAX, "%.190s", text ? text : strerror(-error));
        return error;
}

static int refuse_by_errno(char words[static EXPORT_WORDS_MAX]) {
        int error = nbd_get_errno();

        return refuse(words, error > 0 ? -error : -EIO);
}

int export_new(const char *socket, const char *name, Export **ret,
               char words[static EXPORT_WORDS_MAX]) {
        _cleanup_(export_freep) Export *export = calloc(1, sizeof *export);

        words[0] = '\0';
        if (!export)
                return -ENOMEM;
        export->nbd = nbd_create();
        if (!export->nbd)
                return -ENOMEM;
        for (size_t i = 0; i < READS_MAX; i++)
                export->slots[i].export = export;
        if (nbd_set_export_name(export->nbd, name) < 0 ||
            nbd_add_meta_context(export->nbd, LIBNBD_CONTEXT_BASE_ALLOCATION) < 0 ||
            nbd_set_pread_initialize(export->nbd, false) < 0 ||
            nbd_aio_connect_unix(export->nbd, socket) < 0)
                return refuse_by_errno(words);

        *ret = TAKE_PTR(export);
        return 0;
}

bool export_is_ready(const Export *export) {
        return export->is_ready;
}

uint64_t export_size(const Export *export) {
        return export->size;
}

void export_set_key(Export *export, const DigestKey *key) {
        export->key = *key;
}

struct pollfd export_poll(const Export *export) {
        struct pollfd poll = { .fd = nbd_aio_get_fd(export->nbd) };
        unsigned direction = nbd_aio_get_direction(export->nbd);

        if (direction & LIBNBD_AIO_DIRECTION_READ)
                poll.events |= POLLIN;
        if (direction & LIBNBD_AIO_DIRECTION_WRITE)
                poll.events |= POLLOUT;
        return poll;
}

/* ---- reads */

static void end(Slot *slot, int error) {
        Read *read = TAKE_PTR(slot->read);

        read->error = error;
        read->is_done = true;
}

/* Runs within notify: nothing may be asked of libnbd here. 1: it may forget the command. */
static int on_read(void *userdata, int *error) {
        Slot *slot = userdata;
        int r = -*error;

        if (r == 0)
                r = digest_blocks(&slot->export->key, slot->buf, slot->read->size,
                                  slot->read->digests);
        end(slot, r);
        return 1;
}

static int read_disk(Slot *slot) {
        int64_t cookie;

        if (!slot->buf)
                slot->buf = malloc(READ_SIZE_MAX);
        if (!slot->buf)
                return -ENOMEM;
        cookie = nbd_aio_pread(slot->export->nbd, slot->buf, slot->read->size, slot->read->offset,
                               (nbd_completion_callback){ .callback = on_read, .user_data = slot },
                               0);

        return cookie < 0 ? -EIO : 0;
}

/* ---- where there are zeroes */

static bool is_mapped(const Export *export, const Read *read) {
        return read->offset >= export->map_begin && read->offset + read->size <= export->map_end;
}

static bool is_all_zero(const Export *export, const Read *read) {
        size_t first = (size_t) ((read->offset - export->map_begin) / BLOCK_SIZE);

        for (size_t i = 0; i < block_count(read->size); i++)
                if (!export->is_zero[first + i])
                        return false;

        return true;
}

/* Blocks are zero until an extent touches them that is not. */
static int on_extents(void *userdata, const char *context, uint64_t offset, uint32_t *entries,
                      size_t n_entries, int *error) {
        Export *export = userdata;
        uint64_t at = offset;

        if (strcmp(context, LIBNBD_CONTEXT_BASE_ALLOCATION) != 0)
                return 0;
        for (size_t i = 0; i + 1 < n_entries; i += 2) {
                uint64_t extent_end = at + entries[i];
                uint64_t most = export->map_begin + MAP_SIZE;

                if (extent_end > most)
                        extent_end = most;
                for (uint64_t b = at / BLOCK_SIZE * BLOCK_SIZE;
                     !(entries[i + 1] & LIBNBD_STATE_ZERO) && b < extent_end; b += BLOCK_SIZE)
                        export->is_zero[(b - export->map_begin) / BLOCK_SIZE] = false;
                at = extent_end;
        }
        export->new_end = at;

        return 0;
}

/* What cannot be mapped is read. */
static int on_mapped(void *userdata, int *error) {
        Export *export = userdata;

        export->has_new_map = true;
        if (*error != 0)
                export->can_map = false;
        return 1;
}

static int ask_for_map(Export *export, uint64_t offset) {
        uint64_t size = export->size - offset < MAP_SIZE ? export->size - offset : MAP_SIZE;

        export->map_begin = export->map_end = export->new_end = offset;
        for (size_t i = 0; i < MAP_BLOCKS; i++)
                export->is_zero[i] = true;
        if (nbd_aio_block_status(
                    export->nbd, size, offset,
                    (nbd_extent_callback){ .callback = on_extents, .user_data = export },
                    (nbd_completion_callback){ .callback = on_mapped, .user_data = export }, 0) < 0)
                return -EIO;

        export->is_mapping = true;
        return 0;
}

/* An answer that does not reach over the whole read is no help for it. */
static int begin_by_map(Slot *slot) {
        Export *export = slot->export;
        int r;

        slot->is_waiting = false;
        if (!is_mapped(export, slot->read) || !is_all_zero(export, slot->read))
                return read_disk(slot);
        r = digest_zeroes(&export->key, slot->read->size, slot->read->digests);
        end(slot, r);

        return 0;
}

static int begin(Slot *slot) {
        Export *export = slot->export;
        int r;

        if (slot->read->is_fresh || !export->can_map)
                return read_disk(slot);
        if (is_mapped(export, slot->read) && !export->is_mapping)
                return begin_by_map(slot);
        if (!export->is_mapping) {
                r = ask_for_map(export, slot->read->offset);
                if (r < 0)
                        return r;
        }
        slot->is_waiting = true;

        return 0;
}

int export_begin(void *userdata, Read *read) {
        Export *export = userdata;
        int r;

        if (read->size == 0 || read->size > READ_SIZE_MAX || read->offset > export->size ||
            read->size > export->size - read->offset)
                return -EINVAL;
        for (size_t i = 0; i < READS_MAX; i++) {
                Slot *slot = export->slots + i;

                if (slot->read)
                        continue;
                slot->read = read;
                r = begin(slot);
                if (r < 0)
                        slot->read = NULL;
                return r;
        }

        return -EBUSY;
}

/* The one that asked is read in any case, so that each map is a step forward. */
static bool is_answered(const Export *export, const Slot *slot) {
        return slot->read && slot->is_waiting &&
               (!export->can_map || is_mapped(export, slot->read) ||
                slot->read->offset == export->map_begin);
}

static Slot *first_waiting(Export *export) {
        Slot *first = NULL;

        for (size_t i = 0; i < READS_MAX; i++) {
                Slot *slot = export->slots + i;

                if (slot->read && slot->is_waiting &&
                    (!first || slot->read->offset < first->read->offset))
                        first = slot;
        }

        return first;
}

static int take_map(Export *export) {
        Slot *next;
        int r = 0;

        export->has_new_map = export->is_mapping = false;
        /* Only blocks that were answered for to their ends are known. */
        export->map_end = export->new_end == export->size
                                  ? export->new_end
                                  : export->new_end / BLOCK_SIZE * BLOCK_SIZE;
        for (size_t i = 0; r >= 0 && i < READS_MAX; i++)
                if (is_answered(export, export->slots + i))
                        r = begin_by_map(export->slots + i);
        next = first_waiting(export);

        return r >= 0 && next ? ask_for_map(export, next->read->offset) : r;
}

/* ---- the connection */

static int become_ready(Export *export, char words[static EXPORT_WORDS_MAX]) {
        int64_t size = nbd_get_size(export->nbd);

        if (size < 0)
                return refuse_by_errno(words);
        export->size = (uint64_t) size;
        export->can_map = nbd_can_meta_context(export->nbd, LIBNBD_CONTEXT_BASE_ALLOCATION) == 1;
        export->is_ready = true;
        return 0;
}

int export_run(Export *export, short revents, char words[static EXPORT_WORDS_MAX]) {
        unsigned direction = nbd_aio_get_direction(export->nbd);
        int r = 0;

        words[0] = '\0';
        if (revents & (POLLIN | POLLHUP | POLLERR) && direction & LIBNBD_AIO_DIRECTION_READ)
                r = nbd_aio_notify_read(export->nbd);
        else if (revents & (POLLOUT | POLLHUP | POLLERR) && direction & LIBNBD_AIO_DIRECTION_WRITE)
                r = nbd_aio_notify_write(export->nbd);
        if (r < 0 || nbd_aio_is_dead(export->nbd) == 1)
                return refuse_by_errno(words);
        if (nbd_aio_is_closed(export->nbd) == 1) {
                (void) snprintf(words, EXPORT_WORDS_MAX, "QEMU has ended the connection");
                return -ECONNRESET;
        }
        if (!export->is_ready && nbd_aio_is_ready(export->nbd) == 1) {
                r = become_ready(export, words);
                if (r < 0)
                        return r;
        }
        if (export->has_new_map && take_map(export) < 0)
                return refuse_by_errno(words);

        return 0;
}
