/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/relay/settings.h"
#include "mirrord/relay/stall.h"
#include "mirrord/relay/tls.h"

#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#define KEY "000102030405060708090a0b0c0d0e0f"
#define GOOD \
        "[Relay]\nSide=target\nSocket=/run/x\nAddress=192.0.2.1\nPorts=49152-49215\nKey=" KEY "\n"

static char dir[] = "/tmp/test-relay.XXXXXX";

static int read_text(const char *text, Settings *ret, char words[static RELAY_WORDS_MAX]) {
        _cleanup_(fclosep) FILE *f = NULL;
        char path[64];

        (void) snprintf(path, sizeof path, "%s/conf", dir);
        f = fopen(path, "we");
        assert(f && fputs(text, f) >= 0 && fflush(f) == 0);
        assert(chmod(path, 0600) == 0);
        words[0] = '\0';
        return settings_read(path, ret, words);
}

static void test_settings_are_what_the_file_says(void) {
        char words[RELAY_WORDS_MAX];
        Settings settings;

        assert(read_text(GOOD "Limit=1000000\nOwner=64055\nName=vda\n", &settings, words) == 0);
        assert(settings.side == RELAY_TARGET && settings.tls == RELAY_PSK);
        assert(settings.first_port == 49152 && settings.last_port == 49215);
        assert(settings.key_size == 16 && settings.key[15] == 15 && settings.limit == 1000000);
        assert(settings.owner == 64055 && strcmp(settings.name, "vda") == 0);
        assert(settings.address.ss_family == AF_INET);
        settings_done(&settings);
        assert(settings.key[15] == 0);

        assert(read_text(
                       "[Relay]\nSide=source\nSocket=/run/x\nAddress=2001:db8::1\nPorts=7\nTls=no\n",
                       &settings, words) == 0);
        assert(settings.address.ss_family == AF_INET6 && settings.last_port == 7);
        assert(settings.stall_msec == 0);
        settings_done(&settings);

        assert(read_text(
                       "[Relay]\nSide=source\nSocket=/x\nAddress=::1\nPorts=7\nTls=no\nStall=100\n",
                       &settings, words) == 0);
        assert(settings.stall_msec == 100);
        settings_done(&settings);
}

static void test_what_is_wrong_with_settings_is_said_and_no_key_with_it(void) {
        static const struct {
                const char *text, *words;
        } cases[] = {
                { "", "are needed" },
                { "[Relay]\nSide=left\n", "conf:2: Side is source or target" },
                { "[Relay]\nSocket=run\n", "conf:2: Socket is an absolute path" },
                { "[Relay]\nAddress=host.example\n", "conf:2: Address is an IP address" },
                { "[Relay]\nName=\n", "conf:2: Name has 1 to 255 bytes" },
                { "[Relay]\nOwner=-1\n", "Owner is the number" },
                { "[Relay]\nOwner=4294967295\n", "Owner is the number" },
                { "[Relay]\nOwner=root\n", "Owner is the number" },
                { "[Relay]\nPorts=0\n", "Ports is" },
                { "[Relay]\nPorts=9-8\n", "Ports is" },
                { "[Relay]\nPorts=1-65536\n", "Ports is" },
                { "[Relay]\nPorts=1-2-3\n", "Ports is" },
                { "[Relay]\nPorts=+7\n", "Ports is" },
                { "[Relay]\nTls=yes\n", "Tls is psk, x509 or no" },
                { "[Relay]\nKey=00\n", "Key has 16 to 64 bytes" },
                { "[Relay]\nKey=zz0102030405060708090a0b0c0d0e0f\n", "Key has 16 to 64 bytes" },
                { "[Relay]\nLimit=-1\n", "Limit is a number" },
                { "[Relay]\nStall=99\n", "Stall is 0 or 100 to 600000" },
                { "[Relay]\nStall=600001\n", "Stall is 0 or 100 to 600000" },
                { "[Relay]\nStall=1e3\n", "Stall is 0 or 100 to 600000" },
                { GOOD "Stall=1000\n", "Stall is for the source" },
                { "[Relay]\nColour=red\n", "Colour" },
                { GOOD "Tls=x509\n", "Tls=x509 needs" },
                { "[Relay]\nSide=source\nSocket=/x\nAddress=::1\nPorts=1-2\nKey=" KEY "\n",
                  "one port" },
                { "[Relay]\nSide=source\nSocket=/x\nAddress=::1\nPorts=1\n", "needs a Key" },
        };
        char words[RELAY_WORDS_MAX];
        Settings settings;

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                assert(read_text(cases[i].text, &settings, words) == -EINVAL);
                if (!strstr(words, cases[i].words))
                        (void) fprintf(stderr, "%s: %s\n", cases[i].text, words);
                assert(strstr(words, cases[i].words) && !strstr(words, "0102"));
        }
}

static uint64_t now_usec(void) {
        struct timespec now;

        (void) clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t) now.tv_sec * 1000000 + (uint64_t) now.tv_nsec / 1000;
}

/* from[0] -> pump -> to[0]; the test has the other ends. */
typedef struct Pipe {
        int from[2], to[2];
        Channel in, out;
        Pump pump;
} Pipe;

/* Where a pipe cannot be had, it is a buffer: what holds for one holds for the other. */
static bool is_without_pipes;

static void pump_open_either(Pipe *p, uint64_t limit) {
        struct rlimit before, none;

        assert(getrlimit(RLIMIT_NOFILE, &before) == 0);
        none = (struct rlimit){ 0, before.rlim_max };
        assert(!is_without_pipes || setrlimit(RLIMIT_NOFILE, &none) == 0);
        assert(pump_open(&p->pump, &p->in, &p->out, PUMP_SIZE, limit) == 0);
        assert(setrlimit(RLIMIT_NOFILE, &before) == 0);
        assert(is_without_pipes == (p->pump.buf != NULL));
}

static void pipe_open(Pipe *p, uint64_t limit) {
        assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, p->from) == 0);
        assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, p->to) == 0);
        p->in = (Channel){ p->from[0], NULL };
        p->out = (Channel){ p->to[0], NULL };
        pump_open_either(p, limit);
}

static void pipe_close(Pipe *p) {
        pump_done(&p->pump);
        for (size_t i = 0; i < 2; i++) {
                closep(p->from + i);
                closep(p->to + i);
        }
}

static void test_bytes_go_through_whole_and_the_end_after_them(void) {
        char sent[5000], got[5001];
        Pipe p;

        pipe_open(&p, 0);
        for (size_t i = 0; i < sizeof sent; i++)
                sent[i] = (char) (i * 7);
        assert(pump_run(&p.pump, 1) == 0 && p.pump.wants_read && p.pump.n_bytes == 0);
        assert(write(p.from[1], sent, sizeof sent) == sizeof sent);
        assert(shutdown(p.from[1], SHUT_WR) == 0);
        assert(pump_run(&p.pump, 2) == 0);
        assert(p.pump.is_over && p.pump.n_bytes == sizeof sent);
        assert(read(p.to[1], got, sizeof got) == sizeof sent);
        assert(memcmp(got, sent, sizeof sent) == 0 && read(p.to[1], got, 1) == 0);
        pipe_close(&p);
}

static void test_what_the_other_side_does_not_take_waits(void) {
        static char buf[4 * 1024 * 1024];
        size_t sent = 0, got = 0;
        ssize_t n;
        Pipe p;

        pipe_open(&p, 0);
        while (sent < sizeof buf) {
                n = write(p.from[1], buf + sent, sizeof buf - sent);
                if (n > 0)
                        sent += (size_t) n;
                assert(pump_run(&p.pump, 1) == 0);
                if (n < 0 && p.pump.wants_write)
                        break;
        }
        assert(p.pump.wants_write && p.pump.n_bytes < sent);
        while (got < sent) {
                n = read(p.to[1], buf, sizeof buf);
                assert(n > 0 || p.pump.n_bytes < sent);
                got += n > 0 ? (size_t) n : 0;
                assert(pump_run(&p.pump, 1) == 0);
        }
        assert(p.pump.n_bytes == sent);
        pipe_close(&p);
}

/* By a clock of the test's own: 1 MB/s for 2 s, then without a limit. */
static void test_a_limit_is_kept_and_can_be_changed(void) {
        static char buf[64 * 1024];
        uint64_t now = 1000000;
        Pipe p;

        pipe_open(&p, 1000000);
        p.pump.then_usec = now;
        for (unsigned i = 0; i < 2000; i++, now += 1000) {
                (void) !write(p.from[1], buf, sizeof buf);
                (void) !read(p.to[1], buf, sizeof buf);
                assert(pump_run(&p.pump, now) == 0);
        }
        assert(p.pump.n_bytes >= 1900000 && p.pump.n_bytes <= 2100000);

        pump_set_limit(&p.pump, 0);
        for (unsigned i = 0; i < 100; i++) {
                (void) !write(p.from[1], buf, sizeof buf);
                (void) !read(p.to[1], buf, sizeof buf);
                assert(pump_run(&p.pump, now) == 0);
        }
        assert(p.pump.n_bytes >= 5000000 && p.pump.wait_usec == 0);
        pipe_close(&p);
}

/* Two directions, and the clock. */
typedef struct Talk {
        Pipe there, back;
        Stall stall;
        uint64_t now_usec;
} Talk;

static void talk_open(Talk *talk, uint64_t limit) {
        *talk = (Talk){ .stall.limit_msec = 1000, .now_usec = 1000000 };
        pipe_open(&talk->there, limit);
        pipe_open(&talk->back, 0);
        talk->there.pump.then_usec = talk->now_usec;
}

static void talk_close(Talk *talk) {
        pipe_close(&talk->there);
        pipe_close(&talk->back);
}

/* For so long nothing happens but what has been written; then: for how long an answer is owed. */
static uint64_t owed_after(Talk *talk, uint32_t msec) {
        for (uint32_t i = 0; i <= msec; i += 10) {
                talk->now_usec += i > 0 ? 10000 : 0;
                assert(pump_run(&talk->back.pump, talk->now_usec) == 0);
                assert(pump_run(&talk->there.pump, talk->now_usec) == 0);
                stall_look(&talk->stall, &talk->there.pump, &talk->back.pump, talk->now_usec);
        }

        return stall_owed_msec(&talk->stall, talk->now_usec);
}

static void test_an_answer_is_owed_from_what_was_sent_until_it_comes(void) {
        Talk talk;

        talk_open(&talk, 0);
        assert(owed_after(&talk, 5000) == 0 && stall_deadline_usec(&talk.stall) == 0);
        assert(write(talk.there.from[1], "ask", 3) == 3);
        assert(owed_after(&talk, 500) == 500);
        assert(stall_deadline_usec(&talk.stall) == talk.now_usec + 500000);
        /* More of it does not start the clock again. */
        assert(write(talk.there.from[1], "ask", 3) == 3);
        assert(owed_after(&talk, 300) == 800);
        assert(write(talk.back.from[1], "say", 3) == 3);
        assert(owed_after(&talk, 5000) == 0);
        /* What is sent at the time of an answer is not what it answers. */
        assert(write(talk.back.from[1], "say", 3) == 3);
        assert(write(talk.there.from[1], "ask", 3) == 3);
        assert(owed_after(&talk, 1000) == 1000);
        assert(stall_deadline_usec(&talk.stall) == talk.now_usec);
        talk.stall.limit_msec = 0;
        assert(stall_deadline_usec(&talk.stall) == 0);
        talk_close(&talk);
}

/* Until neither the socket nor the pump takes more. */
static void fill(Pipe *p) {
        static char buf[64 * 1024];

        while (write(p->from[1], buf, sizeof buf) > 0 || !p->pump.wants_write)
                assert(pump_run(&p->pump, 1) == 0);
}

static void test_what_the_target_does_not_take_is_owed(void) {
        Talk talk;

        talk_open(&talk, 0);
        fill(&talk.there);
        assert(owed_after(&talk, 100) == 100);
        /* An answer to something earlier: what is stuck is owed anew. */
        assert(write(talk.back.from[1], "say", 3) == 3);
        assert(owed_after(&talk, 200) == 200);
        talk_close(&talk);
}

static void test_nothing_is_owed_while_qemu_does_not_take_the_answer(void) {
        Talk talk;

        talk_open(&talk, 0);
        assert(write(talk.there.from[1], "ask", 3) == 3);
        fill(&talk.back);
        assert(owed_after(&talk, 5000) == 0);
        talk_close(&talk);
}

/* 100 kB at 10 kB/s: the last of it is owed once it has been sent, and nothing before. */
static void test_waiting_for_a_limit_is_not_owed(void) {
        static char buf[100 * 1024];
        unsigned n_waits = 0;
        Talk talk;

        talk_open(&talk, 10 * 1024);
        for (size_t sent = 0; sent < sizeof buf; sent += 4096)
                assert(write(talk.there.from[1], buf, 4096) == 4096);
        for (; talk.there.pump.n_bytes < sizeof buf; n_waits++) {
                assert(n_waits < 2000 && stall_owed_msec(&talk.stall, talk.now_usec) == 0);
                (void) owed_after(&talk, 10);
                (void) !read(talk.there.to[1], buf, sizeof buf);
        }
        assert(n_waits > 900);
        assert(owed_after(&talk, 500) == 500);
        talk_close(&talk);
}

static Tls *make_tls(RelaySide side, const char *key, int fd) {
        char words[RELAY_WORDS_MAX];
        Settings settings = { .side = side, .tls = RELAY_PSK, .key_size = strlen(key) };
        Tls *tls;

        memcpy(settings.key, key, settings.key_size);
        assert(tls_new(&settings, &tls, words) == 0);
        assert(tls_begin(tls, fd) == 0);
        return tls;
}

/* The result on each side; both get their time, by turns. */
static void shake_hands(Tls *server, Tls *client, int *ret_server, int *ret_client) {
        char words[RELAY_WORDS_MAX];
        uint64_t begin = now_usec();

        *ret_server = *ret_client = -EAGAIN;
        while (*ret_server == -EAGAIN || *ret_client == -EAGAIN) {
                if (*ret_client == -EAGAIN)
                        *ret_client = tls_handshake(client, words);
                if (*ret_server == -EAGAIN)
                        *ret_server = tls_handshake(server, words);
                assert(now_usec() - begin < 20000000);
        }
}

static void test_only_who_has_the_key_gets_in(void) {
        int fds[2], server_result, client_result;
        Tls *server, *client;
        char buf[16];

        assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
        server = make_tls(RELAY_TARGET, "0123456789abcdef", fds[0]);
        client = make_tls(RELAY_SOURCE, "0123456789abcdef", fds[1]);
        shake_hands(server, client, &server_result, &client_result);
        assert(server_result == 0 && client_result == 0);
        assert(tls_write(client, "hello", 5) == 5 && tls_read(server, buf, sizeof buf) == 5);
        assert(memcmp(buf, "hello", 5) == 0);
        assert(tls_end(client) == 0 && tls_read(server, buf, sizeof buf) == 0);
        (void) tls_free(client);

        client = make_tls(RELAY_SOURCE, "0123456789abcdeF", fds[1]);
        assert(tls_begin(server, fds[0]) == 0);
        shake_hands(server, client, &server_result, &client_result);
        assert(server_result < 0 && client_result < 0);
        (void) tls_free(client);
        (void) tls_free(server);
        (void) close(fds[0]);
        (void) close(fds[1]);
}

static void test_plain_text_is_no_handshake(void) {
        static const char request[] = "GET / HTTP/1.0\r\n\r\nNBDMAGICIHAVEOPT";
        char words[RELAY_WORDS_MAX] = "";
        Tls *server;
        int fds[2];

        assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
        server = make_tls(RELAY_TARGET, "0123456789abcdef", fds[0]);
        assert(tls_handshake(server, words) == -EAGAIN);
        assert(write(fds[1], request, sizeof request) == sizeof request);
        assert(tls_handshake(server, words) == -EACCES && *words);
        (void) tls_free(server);
        (void) close(fds[0]);
        (void) close(fds[1]);
}

int main(void) {
        char path[64];

        assert(mkdtemp(dir));
        test_settings_are_what_the_file_says();
        test_what_is_wrong_with_settings_is_said_and_no_key_with_it();
        for (unsigned i = 0; i < 2; i++, is_without_pipes = !is_without_pipes) {
                test_bytes_go_through_whole_and_the_end_after_them();
                test_what_the_other_side_does_not_take_waits();
                test_a_limit_is_kept_and_can_be_changed();
        }
        test_an_answer_is_owed_from_what_was_sent_until_it_comes();
        test_what_the_target_does_not_take_is_owed();
        test_nothing_is_owed_while_qemu_does_not_take_the_answer();
        test_waiting_for_a_limit_is_not_owed();
        test_only_who_has_the_key_gets_in();
        test_plain_text_is_no_handshake();
        (void) snprintf(path, sizeof path, "%s/conf", dir);
        (void) unlink(path);
        (void) rmdir(dir);
        return 0;
}
