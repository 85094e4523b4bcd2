/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/question.h"
#include "tests/unit/bus-peer.h"

#include <string.h>
#include <sys/un.h>

#define LONG_USEC (20 * 1000000ULL)

/* Somebody to ask: listens at a path of its own. */
typedef struct Host {
        char dir[32];
        struct sockaddr_un address;
        sd_event *event;
        int fd;
} Host;

typedef struct Heard {
        bool done;
        int r;
        char text[QUESTION_ANSWER_MAX];
} Heard;

static void host_open(Host *host) {
        *host = (Host){ .dir = "/tmp/test-question-XXXXXX", .address.sun_family = AF_UNIX };
        assert(mkdtemp(host->dir));
        (void) snprintf(host->address.sun_path, sizeof host->address.sun_path, "%s/socket",
                        host->dir);
        assert(sd_event_new(&host->event) >= 0);
        host->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        assert(bind(host->fd, (struct sockaddr *) &host->address, sizeof host->address) == 0);
        assert(listen(host->fd, 1) == 0);
}

static void host_done(Host *host) {
        closep(&host->fd);
        (void) sd_event_unref(host->event);
        assert(unlink(host->address.sun_path) == 0 && rmdir(host->dir) == 0);
}

static void on_answer(void *userdata, int r, const char *answer) {
        Heard *heard = userdata;

        assert(!heard->done);
        heard->done = true;
        heard->r = r;
        (void) snprintf(heard->text, sizeof heard->text, "%s", answer ?: "(nothing)");
}

static Question *ask(Host *host, uint64_t timeout_usec, Heard *heard) {
        Question *question = NULL;

        *heard = (Heard){ 0 };
        assert(question_ask(host->event, host->address.sun_path, "status", timeout_usec, on_answer,
                            heard, &question) == 0);
        return question;
}

/* What came in; answer: NULL for none. */
static void serve(Host *host, const char *answer) {
        _cleanup_close_ int fd = accept4(host->fd, NULL, NULL, SOCK_CLOEXEC);
        char text[64] = "";

        assert(fd >= 0 && recv(fd, text, sizeof text - 1, 0) > 0);
        assert(strcmp(text, "status") == 0);
        if (answer)
                assert(send(fd, answer, strlen(answer), 0) == (ssize_t) strlen(answer));
}

static void test_an_answer_is_told_once(void) {
        static const struct {
                const char *answer;
                int r;
                const char *text;
        } cases[] = {
                { "status running 7", 0, "status running 7" },
                { "error No such thing.", -EPROTO, "error No such thing." },
                { NULL, -ECONNREFUSED, "(nothing)" },
        };
        _cleanup_(host_done) Host host;

        host_open(&host);
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                Heard heard;

                (void) ask(&host, LONG_USEC, &heard);
                serve(&host, cases[i].answer);
                bus_peer_run_until(host.event, &heard.done);
                assert(heard.r == cases[i].r && strcmp(heard.text, cases[i].text) == 0);
        }
}

static void test_who_says_nothing_is_not_waited_for(void) {
        _cleanup_(host_done) Host host;
        Heard heard;

        host_open(&host);
        (void) ask(&host, 1, &heard);
        bus_peer_run_until(host.event, &heard.done);
        assert(heard.r == -ETIMEDOUT && strcmp(heard.text, "(nothing)") == 0);
}

static void test_who_is_not_interested_any_more_hears_nothing(void) {
        _cleanup_(host_done) Host host;
        Question *question;
        Heard heard;

        host_open(&host);
        question = ask(&host, LONG_USEC, &heard);
        serve(&host, "ok");
        assert(!question_free(question));
        assert(sd_event_run(host.event, 0) >= 0 && !heard.done);
}

static void test_nobody_is_there_to_be_asked(void) {
        _cleanup_(host_done) Host host;
        Question *question = NULL;
        Heard heard = { 0 };

        host_open(&host);
        closep(&host.fd);
        host.fd = -EBADF;
        assert(question_ask(host.event, host.address.sun_path, "status", LONG_USEC, on_answer,
                            &heard, &question) == -ECONNREFUSED);
        assert(question_ask(host.event, "/nonexistent", "status", LONG_USEC, on_answer, &heard,
                            &question) == -ENOENT);
        assert(!question && !heard.done);
}

int main(void) {
        test_an_answer_is_told_once();
        test_who_says_nothing_is_not_waited_for();
        test_who_is_not_interested_any_more_hears_nothing();
        test_nobody_is_there_to_be_asked();
        return 0;
}
