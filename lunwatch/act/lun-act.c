/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * lun-act(8): does one thing to LUNs that lunwatch must not do itself (request.h), because it opens
 * disks or writes sysfs, and ends. Run by lun-act@.service, once a connection; the socket is its
 * standard input and output.
 */

#include "common/child.h"
#include "common/log.h"
#include "lunwatch/act/inspect.h"
#include "lunwatch/act/remove.h"
#include "lunwatch/act/reply.h"
#include "lunwatch/act/scsi.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#define REQUEST_WAIT_MSEC 5000

typedef struct Work {
        int root_fd;
        const Request *request;
} Work;

static int rescan(const Work *work) {
        int r;

        r = scsi_scan(work->root_fd, work->request);
        if (r == -ENOENT || r == -ENODEV)
                return reply_error("no-such-object", "host%" PRIu32 " has gone.",
                                   work->request->host);
        if (r < 0)
                return reply_error("helper-failed", "host%" PRIu32 " could not be scanned: %s.",
                                   work->request->host, strerror(-r));

        return 0;
}

/* One that has gone is what was to be found out. */
static int reread(const Work *work) {
        for (size_t i = 0; i < work->request->n; i++) {
                const Hctl *hctl = work->request->hctls + i;
                HctlString text;
                int r;

                r = scsi_reread(work->root_fd, hctl);
                if (r < 0 && r != -ENOENT && r != -ENODEV)
                        return reply_error("helper-failed", "%s could not be read again: %s.",
                                           hctl_format(hctl, text), strerror(-r));
        }

        return 0;
}

static int do_work(void *userdata) {
        const Work *work = userdata;

        switch (work->request->verb) {
        case REQUEST_INSPECT:
                return inspect(work->root_fd, work->request);
        case REQUEST_RESCAN:
                return rescan(work);
        case REQUEST_REREAD:
                return reread(work);
        default:
                return lun_remove(work->root_fd, work->request);
        }
}

/* Until the end of the line; who connects and says nothing is not waited for. */
static int read_line(char *line, size_t size) {
        struct pollfd poll_fd = { .fd = STDIN_FILENO, .events = POLLIN };
        size_t used = 0;

        while (used < size - 1) {
                ssize_t n;

                if (poll(&poll_fd, 1, REQUEST_WAIT_MSEC) <= 0)
                        return -ETIMEDOUT;
                n = read(STDIN_FILENO, line + used, size - 1 - used);
                if (n <= 0)
                        return n < 0 ? -errno : -ENODATA;
                used += (size_t) n;
                line[used] = '\0';
                if (strlen(line) != used)
                        return -EINVAL;
                if (line[used - 1] == '\n')
                        return 0;
        }

        return -EMSGSIZE;
}

static int run(int root_fd) {
        static char line[REQUEST_LINE_MAX + 1];
        static Request request;
        const Work work = { root_fd, &request };
        const char *words;
        int r;

        r = read_line(line, sizeof line);
        if (r < 0)
                return reply_error("helper-failed", "The request is not one line: %s.",
                                   strerror(-r));
        r = request_parse(line, &request, &words);
        if (r < 0)
                return reply_error("helper-failed", "%s", words);

        r = child_run(do_work, (void *) &work, request.msec);
        if (r == -ETIMEDOUT)
                return reply_error("timeout",
                                   "The kernel is not through with it after %" PRIu32 " ms: a "
                                   "target or a device does not answer.",
                                   request.msec);
        if (r == -ECANCELED)
                return r;
        if (r < 0)
                return reply_error("helper-failed", "lun-act failed: %s.", strerror(-r));

        reply_done();
        return 0;
}

int main(int argc, char *argv[]) {
        _cleanup_close_ int root_fd = -EBADF;

        log_open("lun-act", LOG_TO_AUTO);
        if (argc > 1) {
                (void) fprintf(stderr,
                               "Usage: lun-act takes one request on its standard input; see "
                               "lun-act(8).\n");
                return EXIT_FAILURE;
        }
        (void) signal(SIGPIPE, SIG_IGN);
        root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0) {
                (void) log_error_errno(-errno, "Cannot open the root directory: %m");
                return EXIT_FAILURE;
        }

        /* What was asked for and refused is no failure of the service. */
        (void) run(root_fd);
        return EXIT_SUCCESS;
}
