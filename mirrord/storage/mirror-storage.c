/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * mirror-storage(8): makes and removes the disks of targets (request.h), which mirrord, whom
 * everybody may talk to, shall not do itself, and ends. Run by mirror-storage@.service, once a
 * connection; the socket is its standard input and output.
 */

#include "common/child.h"
#include "common/log.h"
#include "mirrord/storage/found.h"
#include "mirrord/storage/image.h"
#include "mirrord/storage/reply.h"
#include "mirrord/storage/volume.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#define REQUEST_WAIT_MSEC 5000

static int check(const StorageRequest *request) {
        struct stat is;
        int r;

        if (strncmp(request->path, "/dev/", 5) != 0)
                return image_check(request);
        /* It was seen to be one before; LVM need not be asked again. */
        if (request->kind == STORAGE_DEVICE)
                return device_check(request);
        if (volume_is_one(request->path) && (stat(request->path, &is) < 0 || S_ISBLK(is.st_mode))) {
                r = volume_check(request);
                if (r != 0)
                        return r < 0 ? r : 0;
        }
        return device_check(request);
}

static int create(const StorageRequest *request) {
        return request->kind == STORAGE_VOLUME ? volume_create(request) : image_create(request);
}

static int place(const StorageRequest *request) {
        return request->kind == STORAGE_VOLUME ? volume_place(request) : image_place(request);
}

static int remove_disk(const StorageRequest *request) {
        return request->kind == STORAGE_VOLUME ? volume_remove(request) : image_remove(request);
}

static int do_work(void *userdata) {
        static int (*const verbs[_STORAGE_VERB_MAX])(
                const StorageRequest *request) = { check, create, place, remove_disk };
        const StorageRequest *request = userdata;

        if (request->verb != STORAGE_CHECK && request->kind != STORAGE_FILE &&
            request->kind != STORAGE_VOLUME)
                return reply_error("failed", "Only files and volumes are made and removed.");

        return verbs[request->verb](request);
}

/* Who connects and says nothing is not waited for. */
static int read_packet(char *text, size_t size) {
        struct pollfd poll_fd = { .fd = STDIN_FILENO, .events = POLLIN };
        ssize_t n;

        if (poll(&poll_fd, 1, REQUEST_WAIT_MSEC) <= 0)
                return -ETIMEDOUT;
        n = read(STDIN_FILENO, text, size - 1);
        if (n <= 0)
                return n < 0 ? -errno : -ENODATA;
        text[n] = '\0';

        return strlen(text) == (size_t) n ? 0 : -EINVAL;
}

static void run(void) {
        static char text[STORAGE_PACKET_MAX];
        static StorageRequest request;
        const char *words;
        int r;

        r = read_packet(text, sizeof text);
        if (r < 0) {
                (void) reply_error("failed", "The request is not one packet: %s.", strerror(-r));
                return;
        }
        if (storage_request_parse(text, &request, &words) < 0) {
                (void) reply_error("failed", "%s", words);
                return;
        }

        r = child_run(do_work, &request, request.msec);
        if (r == -ETIMEDOUT)
                (void) reply_error("timeout", "%s was not through after %" PRIu32 " ms.",
                                   request.path, request.msec);
        else if (r < 0 && r != -ECANCELED)
                (void) reply_error("failed", "mirror-storage failed: %s.", strerror(-r));
}

int main(int argc, char *argv[]) {
        log_open("mirror-storage", LOG_TO_AUTO);
        if (argc > 1) {
                (void) fprintf(stderr,
                               "Usage: mirror-storage takes one request on its standard input; see "
                               "mirror-storage(8).\n");
                return EXIT_FAILURE;
        }
        (void) signal(SIGPIPE, SIG_IGN);

        /* What was asked for and refused is no failure of the service. */
        run();
        return EXIT_SUCCESS;
}
