/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/question.h"

#include "common/socket.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define ACCURACY_USEC (10 * 1000ULL)

struct Question {
        int fd;
        sd_event_source *io, *timer;
        QuestionFunc func;
        void *userdata;
};

Question *question_free(Question *question) {
        if (!question)
                return NULL;

        (void) sd_event_source_disable_unref(question->io);
        (void) sd_event_source_disable_unref(question->timer);
        closep(&question->fd);
        free(question);
        return NULL;
}

static void answer(Question *question, int r, const char *text) {
        QuestionFunc func = question->func;
        void *userdata = question->userdata;

        (void) question_free(question);
        func(userdata, r, text);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        char text[QUESTION_ANSWER_MAX];
        ssize_t n;

        n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n <= 0) {
                answer(userdata, n < 0 ? -errno : -ECONNREFUSED, NULL);
                return 0;
        }

        text[n] = '\0';
        answer(userdata, strncmp(text, "error", 5) == 0 ? -EPROTO : 0, text);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        answer(userdata, -ETIMEDOUT, NULL);
        return 0;
}

int question_ask(sd_event *event, const char *socket, const char *text, uint64_t timeout_usec,
                 QuestionFunc func, void *userdata, Question **ret) {
        _cleanup_(question_freep) Question *question = NULL;
        int r;

        question = calloc(1, sizeof *question);
        if (!question)
                return -ENOMEM;
        *question = (Question){ .fd = socket_connect(socket, SOCK_SEQPACKET),
                                .func = func,
                                .userdata = userdata };
        if (question->fd < 0)
                return question->fd;
        if (send(question->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
                return -errno;
        r = sd_event_add_io(event, &question->io, question->fd, EPOLLIN, on_io, question);
        if (r >= 0)
                r = sd_event_add_time_relative(event, &question->timer, CLOCK_MONOTONIC,
                                               timeout_usec, ACCURACY_USEC, on_timer, question);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(question);
        return 0;
}
