/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/job/client.h"

#include "common/escape.h"
#include "common/socket.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

/* Far more than 256 devices and all that can be said of them. */
#define LINES_MAX 20000

#define ACCURACY_USEC (10 * 1000ULL)

struct Act {
        int fd;
        sd_event_source *io, *timer;
        ActHandler handler;
        unsigned n_lines;
        size_t n; /* bytes in buf that are not yet looked at */
        char buf[ACT_LINE_MAX + 1];
};

Act *act_free(Act *act) {
        if (!act)
                return NULL;

        (void) sd_event_source_disable_unref(act->io);
        (void) sd_event_source_disable_unref(act->timer);
        closep(&act->fd);
        free(act);
        return NULL;
}

/* Nothing may be done with the request after this. */
static void finish(Act *act, const char *cause, const char *words) {
        (void) sd_event_source_set_enabled(act->io, SD_EVENT_OFF);
        (void) sd_event_source_set_enabled(act->timer, SD_EVENT_OFF);
        act->handler.on_end(act->handler.userdata, cause, words);
}

static void fail(Act *act, const char *words) {
        finish(act, "helper-failed", words);
}

/* Cuts at the tabs; what is behind the last field is part of it. */
static size_t split(char *line, char **fields, size_t max) {
        size_t n = 0;

        fields[n++] = line;
        while (n < max && (line = strchr(line, '\t'))) {
                *line++ = '\0';
                fields[n++] = line;
        }
        for (size_t i = 0; i < n; i++)
                (void) escape_in_place(fields[i]);

        return n;
}

typedef struct Word {
        const char *text;
        size_t n_fields;
        bool is_last;
        ActLine line;
} Word;

static const Word *find_word(const char *text) {
        static const Word words[] = {
                { "step", 1, false, ACT_STEP },
                { "use", 4, false, ACT_USE },
                { "removed", 1, false, ACT_REMOVED },
                { "error", 2, true, 0 },
                { "done", 0, true, 0 },
        };

        for (size_t i = 0; i < ARRAY_LEN(words); i++)
                if (strcmp(words[i].text, text) == 0)
                        return words + i;

        return NULL;
}

/* > 0: there may be more. Words that are not known are those of a newer lun-act. */
static int take_line(Act *act, char *line) {
        char *fields[1 + ACT_FIELDS_MAX] = { 0 };
        size_t n = split(line, fields, ARRAY_LEN(fields));
        const Word *word = find_word(fields[0]);

        if (!word && ++act->n_lines <= LINES_MAX)
                return 1;
        if (!word || ++act->n_lines > LINES_MAX || n - 1 < word->n_fields) {
                fail(act, "lun-act gave an answer that is none; is it of another version?");
                return 0;
        }
        if (word->is_last) {
                finish(act, word->n_fields > 0 ? fields[1] : NULL,
                       word->n_fields > 0 ? fields[2] : NULL);
                return 0;
        }

        act->handler.on_line(act->handler.userdata, word->line, (const char *const *) fields + 1);
        return 1;
}

/* > 0: there may be more. */
static int take_lines(Act *act) {
        char *line = act->buf, *end;
        int r = 1;

        act->buf[act->n] = '\0';
        while (r > 0 && (end = memchr(line, '\n', (size_t) (act->buf + act->n - line)))) {
                *end = '\0';
                r = take_line(act, line);
                if (r > 0)
                        line = end + 1;
        }
        if (r <= 0)
                return r;

        act->n -= (size_t) (line - act->buf);
        memmove(act->buf, line, act->n);
        if (act->n == ACT_LINE_MAX) {
                fail(act, "lun-act gave a line that has no end.");
                return 0;
        }
        return 1;
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Act *act = userdata;
        ssize_t n;

        n = recv(fd, act->buf + act->n, ACT_LINE_MAX - act->n, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n <= 0) {
                fail(act, "lun-act went without a word on how it ended: " ACT_LOG_HINT ".");
                return 0;
        }

        act->n += (size_t) n;
        (void) take_lines(act);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        finish(userdata, "timeout",
               "lun-act does not answer in time; a command to a device may hang: " ACT_LOG_HINT
               ".");
        return 0;
}

static int make_line(const char *verb, uint64_t timeout_usec, const char *const *fields,
                     size_t n_fields, char **ret) {
        _cleanup_free_ char *line = NULL;
        size_t size;
        FILE *f;

        for (size_t i = 0; i < n_fields; i++)
                if (!*fields[i] || strpbrk(fields[i], "\t\n"))
                        return -EINVAL;

        f = open_memstream(&line, &size);
        if (!f)
                return -ENOMEM;
        (void) fprintf(f, "%s\t%" PRIu64, verb, (timeout_usec + 999) / 1000);
        for (size_t i = 0; i < n_fields; i++)
                (void) fprintf(f, "\t%s", fields[i]);
        (void) fputc('\n', f);
        if (fclose(f) != 0)
                return -ENOMEM;
        if (size > ACT_LINE_MAX)
                return -E2BIG;

        *ret = TAKE_PTR(line);
        return 0;
}

static int send_line(int fd, const char *line) {
        size_t size = strlen(line);
        ssize_t n;

        n = send(fd, line, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0)
                return -errno;

        return (size_t) n == size ? 0 : -EAGAIN;
}

int act_start(sd_event *event, const char *socket, const char *verb, uint64_t timeout_usec,
              const char *const *fields, size_t n_fields, const ActHandler *handler, Act **ret) {
        _cleanup_free_ char *line = NULL;
        _cleanup_(act_freep) Act *act = NULL;
        int r;

        r = make_line(verb, timeout_usec, fields, n_fields, &line);
        if (r < 0)
                return r;
        act = calloc(1, sizeof *act);
        if (!act)
                return -ENOMEM;
        act->handler = *handler;
        act->fd = socket_connect(socket, SOCK_STREAM);
        if (act->fd < 0)
                return act->fd;

        r = sd_event_add_io(event, &act->io, act->fd, EPOLLIN, on_io, act);
        if (r >= 0)
                r = sd_event_add_time_relative(event, &act->timer, CLOCK_MONOTONIC,
                                               timeout_usec + ACT_GRACE_USEC, ACCURACY_USEC,
                                               on_timer, act);
        if (r >= 0)
                r = send_line(act->fd, line);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(act);
        return 0;
}

const char *act_start_words(int error) {
        switch (error) {
        case -ENOENT:
        case -ECONNREFUSED:
                return "Nobody listens at " ACT_SOCKET ": “systemctl start lun-act.socket”.";
        case -EAGAIN:
                return "lun-act has too much to do already: try again when other jobs have ended.";
        case -E2BIG:
                return "It has more paths than lun-act takes at once.";
        default:
                return strerror(-error);
        }
}
