/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/relay/warm.h"

#include "common/clock.h"
#include "common/log.h"
#include "mirrord/relay/peer.h"

#include <libnbd.h>
#include <string.h>
#include <sys/mman.h>

#define LARGE_PAGE (2 * 1024 * 1024)

typedef struct Warm {
        struct nbd_handle *nbd;
        char *buf;
        uint64_t end_usec;
} Warm;

static void warm_done(Warm *warm) {
        if (warm->nbd)
                nbd_close(warm->nbd);
        free(warm->buf);
}

/* One step: whatever the socket has or takes. */
static int go_on(const Warm *warm) {
        uint64_t now = clock_now_usec(CLOCK_MONOTONIC);
        int r;

        if (now >= warm->end_usec)
                return -ETIMEDOUT;
        r = nbd_poll(warm->nbd, (int) ((warm->end_usec - now) / 1000) + 1);

        return r < 0 ? -EIO : 0;
}

static int begin(Warm *warm, const Settings *settings) {
        int fd, r;

        warm->nbd = nbd_create();
        if (!warm->nbd || nbd_set_export_name(warm->nbd, settings->name) < 0 ||
            nbd_set_pread_initialize(warm->nbd, false) < 0)
                return -ENOMEM;
        fd = peer_connect_unix(&settings->socket);
        if (fd < 0)
                return fd;
        r = settings->has_owner ? peer_check_user(fd, settings->owner) : 0;
        if (r < 0) {
                closep(&fd);
                return r;
        }
        if (nbd_aio_connect_socket(warm->nbd, fd) < 0)
                return -EIO;

        while (r >= 0 && nbd_aio_is_connecting(warm->nbd) == 1)
                r = go_on(warm);
        return r >= 0 && nbd_aio_is_ready(warm->nbd) != 1 ? -EIO : r;
}

/* As much as the disk has, and QEMU gives at a time. */
static size_t count_bytes(const Warm *warm) {
        int64_t disk = nbd_get_size(warm->nbd);
        int64_t most = nbd_get_block_size(warm->nbd, LIBNBD_SIZE_MAXIMUM);
        size_t size = WARM_SIZE;

        if (disk < 0 || (uint64_t) disk < size)
                size = disk < 0 ? 0 : (size_t) disk;
        if (most > 0 && (uint64_t) most < size)
                size = (size_t) most;

        return size;
}

static int read_once(Warm *warm) {
        size_t size = count_bytes(warm);
        int64_t cookie;
        int r = 0, is_done = 0;

        if (size == 0)
                return 0;
        /* In large pages: a hundred relays at once would be busy with small ones. */
        warm->buf = aligned_alloc(LARGE_PAGE, WARM_SIZE);
        if (!warm->buf)
                return -ENOMEM;
        (void) madvise(warm->buf, WARM_SIZE, MADV_HUGEPAGE);
        cookie = nbd_aio_pread(warm->nbd, warm->buf, size, 0, NBD_NULL_COMPLETION, 0);
        if (cookie < 0)
                return -EIO;
        while (r >= 0 && (is_done = nbd_aio_command_completed(warm->nbd, (uint64_t) cookie)) == 0)
                r = go_on(warm);

        return is_done < 0 ? -EIO : r;
}

/* So that QEMU has no client that broke off. */
static void end(Warm *warm) {
        int r = nbd_aio_disconnect(warm->nbd, 0);

        while (r >= 0 && nbd_aio_is_closed(warm->nbd) != 1 && nbd_aio_is_dead(warm->nbd) != 1)
                r = go_on(warm);
}

void warm_up(const Settings *settings) {
        _cleanup_(warm_done) Warm warm = {
                .end_usec = clock_now_usec(CLOCK_MONOTONIC) + WARM_MSEC * 1000ULL,
        };
        int r;

        if (settings->side != RELAY_TARGET || settings->name[0] == '\0')
                return;
        r = begin(&warm, settings);
        if (r >= 0)
                r = read_once(&warm);
        if (r >= 0)
                end(&warm);
        else
                log_info("QEMU's export was not read beforehand: %s. A mirror may be slower.",
                         r == -EIO && nbd_get_error() ? nbd_get_error() : strerror(-r));
}
