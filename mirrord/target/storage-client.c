/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/target/storage-client.h"

#include "common/escape.h"
#include "common/socket.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define ACCURACY_USEC (10 * 1000ULL)

struct StorageQuestion {
        int fd;
        sd_event_source *io, *timer;
        StorageFunc func;
        void *userdata;
};

StorageQuestion *storage_question_free(StorageQuestion *question) {
        if (!question)
                return NULL;

        (void) sd_event_source_disable_unref(question->io);
        (void) sd_event_source_disable_unref(question->timer);
        closep(&question->fd);
        free(question);
        return NULL;
}

static void answer(StorageQuestion *question, int r, const char *const *fields, const char *words) {
        StorageFunc func = question->func;
        void *userdata = question->userdata;

        (void) storage_question_free(question);
        func(userdata, r, fields, words);
}

static int errno_of(const char *cause) {
        if (strcmp(cause, "no-space") == 0)
                return -ENOSPC;
        if (strcmp(cause, "in-use") == 0)
                return -EBUSY;
        if (strcmp(cause, "refused") == 0)
                return -EINVAL;

        return strcmp(cause, "timeout") == 0 ? -ETIMEDOUT : -EIO;
}

/* "done" and fields, or "error", a cause and words. */
static void take(StorageQuestion *question, char *text) {
        const char *fields[1 + STORAGE_FIELDS_MAX] = { "", "", "", "", "", "" };
        size_t n = 0;
        char *field;

        while (n < ARRAY_LEN(fields) && (field = strsep(&text, "\t"))) {
                (void) escape_in_place(field);
                fields[n++] = field;
        }
        if (strcmp(fields[0], "done") == 0)
                answer(question, 0, fields + 1, NULL);
        else if (strcmp(fields[0], "error") == 0 && *fields[2])
                answer(question, errno_of(fields[1]), NULL, fields[2]);
        else
                answer(question, -EIO, NULL,
                       "mirror-storage gave an answer that is none; is it of another version?");
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        char text[STORAGE_PACKET_MAX];
        ssize_t n;

        n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n <= 0) {
                answer(userdata, -EAGAIN, NULL,
                       "mirror-storage went without a word: “journalctl -u 'mirror-storage@*'” says "
                       "why.");
                return 0;
        }

        text[n] = '\0';
        take(userdata, text);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        answer(userdata, -ETIMEDOUT, NULL,
               "mirror-storage does not answer in time: “journalctl -u 'mirror-storage@*'” says why.");
        return 0;
}

int storage_ask(sd_event *event, const StorageRequest *request, StorageFunc func, void *userdata,
                StorageQuestion **ret) {
        _cleanup_(storage_question_freep) StorageQuestion *question = NULL;
        char text[STORAGE_PACKET_MAX];
        int r;

        question = calloc(1, sizeof *question);
        if (!question)
                return -ENOMEM;
        *question = (StorageQuestion){ .fd = socket_connect(STORAGE_SOCKET, SOCK_SEQPACKET),
                                       .func = func,
                                       .userdata = userdata };
        if (question->fd < 0)
                return question->fd;
        storage_request_format(request, text);
        if (send(question->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
                return -errno;
        r = sd_event_add_io(event, &question->io, question->fd, EPOLLIN, on_io, question);
        if (r >= 0)
                r = sd_event_add_time_relative(event, &question->timer, CLOCK_MONOTONIC,
                                               request->msec * 1000ULL + STORAGE_GRACE_USEC,
                                               ACCURACY_USEC, on_timer, question);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(question);
        return 0;
}

const char *storage_ask_words(int error) {
        switch (error) {
        case -ENOENT:
        case -ECONNREFUSED:
                return "Nobody listens at " STORAGE_SOCKET
                       ": “systemctl start mirror-storage.socket”.";
        case -EAGAIN:
                return "mirror-storage has too much to do already: try again later.";
        default:
                return strerror(-error);
        }
}
