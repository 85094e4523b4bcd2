/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/relay-control.h"

#include "common/socket.h"

#include <inttypes.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define ACCURACY_USEC (10 * 1000ULL)

struct RelayQuestion {
        int fd;
        sd_event_source *io, *timer;
        RelayFunc func;
        void *userdata;
};

RelayQuestion *relay_question_free(RelayQuestion *question) {
        if (!question)
                return NULL;

        (void) sd_event_source_disable_unref(question->io);
        (void) sd_event_source_disable_unref(question->timer);
        closep(&question->fd);
        free(question);
        return NULL;
}

static void answer(RelayQuestion *question, int r, const char *text) {
        RelayFunc func = question->func;
        void *userdata = question->userdata;

        (void) relay_question_free(question);
        func(userdata, r, text);
}

int relay_parse_status(const char *text, RelayStatus *ret) {
        RelayStatus status = { 0 };
        int end = 0;

        /* The end is where the last one that there is ends. */
        (void) sscanf(text,
                      "status %15[a-z] %" SCNu16 " %" SCNu64 " %" SCNu64 " %" SCNu64 "%n %" SCNu64
                      " %" SCNu64 "%n %" SCNu64 "%n",
                      status.state, &status.port, &status.to_target, &status.from_target,
                      &status.limit, &end, &status.owed_msec, &status.stall_msec, &end,
                      &status.rtt_usec, &end);
        if (end == 0 || text[end] != '\0')
                return -EPROTO;

        *ret = status;
        return 0;
}

int verify_parse_status(const char *text, VerifyStatus *ret) {
        VerifyStatus status = { 0 };
        char rest;

        if (sscanf(text,
                   "status %15[a-z] %" SCNu16 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 "%c",
                   status.state, &status.port, &status.done, &status.total, &status.n_different,
                   &status.n_unsettled, &rest) != 6)
                return -EPROTO;

        *ret = status;
        return 0;
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        char text[257];
        ssize_t n;

        n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        text[n > 0 ? n : 0] = '\0';
        if (n <= 0)
                answer(userdata, n < 0 ? -errno : -ECONNREFUSED, NULL);
        else if (strncmp(text, "error", 5) == 0)
                answer(userdata, -EPROTO, NULL);
        else
                answer(userdata, 0, text);

        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        answer(userdata, -ETIMEDOUT, NULL);
        return 0;
}

int relay_ask(sd_event *event, const char *socket_path, const char *request, RelayFunc func,
              void *userdata, RelayQuestion **ret) {
        _cleanup_(relay_question_freep) RelayQuestion *question = NULL;
        int r;

        question = calloc(1, sizeof *question);
        if (!question)
                return -ENOMEM;
        *question = (RelayQuestion){ .fd = socket_connect(socket_path, SOCK_SEQPACKET),
                                     .func = func,
                                     .userdata = userdata };
        if (question->fd < 0)
                return question->fd;
        if (send(question->fd, request, strlen(request), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
                return -errno;
        r = sd_event_add_io(event, &question->io, question->fd, EPOLLIN, on_io, question);
        if (r >= 0)
                r = sd_event_add_time_relative(event, &question->timer, CLOCK_MONOTONIC,
                                               RELAY_ANSWER_USEC, ACCURACY_USEC, on_timer,
                                               question);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(question);
        return 0;
}
