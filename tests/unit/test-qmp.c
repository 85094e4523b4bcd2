/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qmp/frame.h"
#include "common/qmp/qmp.h"
#include "common/qmp/schema.h"

#include <assert.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define DEADLINE_USEC (20 * 1000 * 1000ULL)
#define GREETING \
        "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}, " \
        "\"package\": \"x\"}, \"capabilities\": [\"oob\"]}}\r\n"
#define OK(id) "{\"return\": {}, \"id\": " #id "}\r\n"

/* A monitor that says what the test wants, and a client. */
typedef struct Lab {
        char dir[64], socket[108];
        sd_event *event;
        int listen_fd, fd;
        sd_event_source *listening, *reading;
        Qmp *qmp;
        const char *greeting;
        char heard[8192]; /* what the client has sent */
        unsigned n_connections, n_ready, n_lost, n_events, n_answers;
        int lost_error;
        char lost[512], events[256], answers[512];
} Lab;

static void say(Lab *lab, const char *text) {
        assert(write(lab->fd, text, strlen(text)) == (ssize_t) strlen(text));
}

static void hang_up(Lab *lab) {
        lab->reading = sd_event_source_disable_unref(lab->reading);
        closep(&lab->fd);
        lab->fd = -EBADF;
}

/* Negotiation is answered by itself. */
static int on_request(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Lab *lab = userdata;
        size_t used = strlen(lab->heard);
        char *begin = lab->heard + used;
        const char *id;
        ssize_t n;

        n = read(fd, begin, sizeof lab->heard - used - 1);
        if (n <= 0) {
                hang_up(lab);
                return 0;
        }
        begin[n] = '\0';
        if (strstr(begin, "qmp_capabilities")) {
                char reply[64];

                id = strstr(begin, "\"id\":");
                assert(id);
                (void) snprintf(reply, sizeof reply, "{\"return\": {}, %.*s}\r\n",
                                (int) strcspn(id, "}"), id);
                say(lab, reply);
        }
        return 0;
}

static int on_connection(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Lab *lab = userdata;

        hang_up(lab);
        lab->fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        assert(lab->fd >= 0);
        lab->n_connections++;
        assert(sd_event_add_io(lab->event, &lab->reading, lab->fd, EPOLLIN, on_request, lab) >= 0);
        say(lab, lab->greeting);
        return 0;
}

static void on_ready(void *userdata, const QmpVersion *version) {
        Lab *lab = userdata;

        assert(version->major == 7 && version->minor == 2 && version->micro == 22);
        lab->n_ready++;
}

static void on_event(void *userdata, const char *name, const JsonValue *data) {
        Lab *lab = userdata;
        size_t used = strlen(lab->events);

        (void) snprintf(lab->events + used, sizeof lab->events - used, "%s:%s;", name,
                        json_read_string(data, "device"));
        lab->n_events++;
}

static void on_lost(void *userdata, int error, const char *words) {
        Lab *lab = userdata;

        (void) snprintf(lab->lost, sizeof lab->lost, "%s", words);
        lab->lost_error = error;
        lab->n_lost++;
}

static void on_answer(void *userdata, int r, const JsonValue *value, const QmpError *error) {
        Lab *lab = userdata;
        size_t used = strlen(lab->answers);

        (void) snprintf(lab->answers + used, sizeof lab->answers - used, "%d %s%s%s;", r,
                        json_read_string(value, "status"), error ? error->error_class : "",
                        error ? error->words : "");
        lab->n_answers++;
}

static void lab_open(Lab *lab, size_t size_max) {
        const QmpHandler handler = { on_ready, on_event, on_lost, lab };
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        *lab = (Lab){ .fd = -EBADF, .greeting = GREETING, .dir = "/tmp/test-qmp.XXXXXX" };
        assert(mkdtemp(lab->dir));
        (void) snprintf(lab->socket, sizeof lab->socket, "%s/qmp", lab->dir);
        (void) strcpy(address.sun_path, lab->socket);
        lab->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert(lab->listen_fd >= 0);
        assert(bind(lab->listen_fd, (struct sockaddr *) &address, sizeof address) >= 0);
        assert(listen(lab->listen_fd, 4) >= 0);
        assert(sd_event_new(&lab->event) >= 0);
        assert(sd_event_add_io(lab->event, &lab->listening, lab->listen_fd, EPOLLIN, on_connection,
                               lab) >= 0);
        assert(qmp_new(lab->event, lab->socket, size_max, &handler, &lab->qmp) >= 0);
}

static void lab_done(Lab *lab) {
        lab->qmp = qmp_free(lab->qmp);
        hang_up(lab);
        lab->listening = sd_event_source_disable_unref(lab->listening);
        (void) close(lab->listen_fd);
        lab->event = sd_event_unref(lab->event);
        (void) unlink(lab->socket);
        (void) rmdir(lab->dir);
}

static void run_until(Lab *lab, const unsigned *count, unsigned wanted) {
        uint64_t start, now;

        assert(sd_event_now(lab->event, CLOCK_MONOTONIC, &start) >= 0);
        while (*count < wanted) {
                assert(sd_event_run(lab->event, DEADLINE_USEC) >= 0);
                assert(sd_event_now(lab->event, CLOCK_MONOTONIC, &now) >= 0);
                assert(now - start < DEADLINE_USEC);
        }
}

static int ask(Lab *lab, const char *command, bool is_oob, uint64_t timeout_usec) {
        const QmpCall call = {
                .command = command,
                .is_oob = is_oob,
                .timeout_usec = timeout_usec,
                .func = on_answer,
                .userdata = lab,
        };

        return qmp_execute(lab->qmp, &call);
}

static void test_answers_find_who_asked_in_any_order(void) {
        QmpArguments *arguments = qmp_arguments_new();
        Lab lab;

        lab_open(&lab, 0);
        assert(ask(&lab, "query-status", false, 0) == -ENOTCONN);
        run_until(&lab, &lab.n_ready, 1);
        assert(strstr(lab.heard, "\"enable\":[\"oob\"]"));

        qmp_arguments_string(arguments, "device", "a\"b\n/");
        qmp_arguments_number(arguments, "speed", INT64_MAX);
        assert(qmp_execute(lab.qmp, &(QmpCall){ .command = "block-job-set-speed",
                                                .arguments = arguments,
                                                .func = on_answer,
                                                .userdata = &lab }) == 0);
        assert(ask(&lab, "query-status", false, 0) == 0);
        assert(ask(&lab, "yank", true, 0) == 0);
        assert(sd_event_run(lab.event, DEADLINE_USEC) > 0);
        assert(strstr(lab.heard, "{\"execute\":\"block-job-set-speed\",\"arguments\":{\"device\":"
                                 "\"a\\\"b\\n/\",\"speed\":9223372036854775807},\"id\":2}\r\n"));
        assert(strstr(lab.heard, "{\"exec-oob\":\"yank\",\"arguments\":{},\"id\":4}"));

        say(&lab, "{\"return\": {}, \"id\": 4}\r\n"
                  "{\"return\": {\"status\": \"running\"}, \"id\": 3}"
                  "{\"timestamp\": {\"seconds\": 1}, \"event\": \"JOB_STATUS_CHANGE\", \"data\": "
                  "{\"device\": \"vda\"}}\n"
                  "{\"id\": 2, \"error\": {\"class\": \"DeviceNotActive\", \"desc\": "
                  "\"No \\u001b[31mjob\"}}\r\n");
        run_until(&lab, &lab.n_answers, 3);
        assert(strcmp(lab.answers, "0 ;0 running;-121 DeviceNotActiveNo ?[31mjob;") == 0);
        assert(strcmp(lab.events, "JOB_STATUS_CHANGE:vda;") == 0);
        lab_done(&lab);
}

static void test_a_message_may_come_in_any_pieces(void) {
        static const char text[] =
                "{\"event\": \"E\", \"data\": {\"device\": \"}{\\\"\"}}\r\n" OK(2);
        const size_t length = strlen(text);
        Lab lab;

        lab_open(&lab, 0);
        run_until(&lab, &lab.n_ready, 1);
        assert(ask(&lab, "stop", false, 0) == 0);
        for (size_t i = 0; i < length; i++) {
                assert(write(lab.fd, text + i, 1) == 1);
                assert(sd_event_run(lab.event, 1000) >= 0);
        }
        run_until(&lab, &lab.n_answers, 1);
        assert(strcmp(lab.events, "E:}{\";") == 0 && strcmp(lab.answers, "0 ;") == 0);
        lab_done(&lab);
}

static void test_a_command_that_is_not_answered_ends_and_its_answer_is_dropped(void) {
        Lab lab;

        lab_open(&lab, 0);
        run_until(&lab, &lab.n_ready, 1);
        assert(ask(&lab, "query-block", false, 1000) == 0);
        run_until(&lab, &lab.n_answers, 1);
        assert(ask(&lab, "query-block", false, 0) == 0);
        say(&lab, OK(2) OK(3));
        run_until(&lab, &lab.n_answers, 2);
        assert(strcmp(lab.answers, "-110 ;0 ;") == 0 && lab.n_lost == 0);
        lab_done(&lab);
}

static void test_what_lies_or_is_too_much_ends_the_connection_in_words(void) {
        static const struct {
                const char *text, *words;
        } cases[] = {
                { "[]\r\n", "QMP does not have" },
                { "hello\r\n", "QMP does not have" },
                { "}", "QMP does not have" },
                { "{\"return\": {}}\r\n", "QMP does not have" },
                { "{\"return\": {}, \"id\": -2}\r\n", "QMP does not have" },
                { "{\"return\": {}, \"id\": 99}\r\n", "QMP does not have" },
                { "{\"return\": {}, \"id\": \"2\"}\r\n", "QMP does not have" },
                { "{\"return\": {}, \"id\": 2, }\r\n", "QMP does not have" },
                { "{\"a\": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
                  "too deep" },
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                Lab lab;

                lab_open(&lab, 0);
                run_until(&lab, &lab.n_ready, 1);
                assert(ask(&lab, "query-block", false, 0) == 0);
                say(&lab, cases[i].text);
                run_until(&lab, &lab.n_lost, 1);
                if (!strstr(lab.lost, cases[i].words))
                        (void) fprintf(stderr, "%s: %s\n", cases[i].text, lab.lost);
                assert(strstr(lab.lost, cases[i].words));
                assert(strcmp(lab.answers, "-104 ;") == 0);
                assert(ask(&lab, "query-block", false, 0) == -ENOTCONN);
                lab_done(&lab);
        }
}

static void test_a_message_has_a_largest_size(void) {
        char text[3000] = "{\"event\": \"E\", \"data\": {\"device\": \"";
        Lab lab;

        lab_open(&lab, 2000);
        run_until(&lab, &lab.n_ready, 1);
        memset(text + strlen(text), 'x', sizeof text - strlen(text) - 1);
        say(&lab, text);
        run_until(&lab, &lab.n_lost, 1);
        assert(strstr(lab.lost, "too long"));
        lab_done(&lab);
}

static void test_it_comes_back_by_itself_and_says_so(void) {
        Lab lab;

        lab_open(&lab, 0);
        run_until(&lab, &lab.n_ready, 1);
        assert(ask(&lab, "query-block", false, 0) == 0);
        hang_up(&lab);
        run_until(&lab, &lab.n_ready, 2);
        assert(lab.n_lost == 1 && lab.n_connections == 2 && strstr(lab.lost, "has closed"));
        assert(strcmp(lab.answers, "-104 ;") == 0);
        lab_done(&lab);
}

static void test_who_is_gone_is_told_from_who_says_nothing(void) {
        Lab lab;

        lab_open(&lab, 0);
        run_until(&lab, &lab.n_ready, 1);
        assert(unlink(lab.socket) == 0);
        hang_up(&lab);
        run_until(&lab, &lab.n_lost, 1);
        assert(lab.lost_error == -ECONNRESET);
        run_until(&lab, &lab.n_lost, 2);
        assert(lab.lost_error == -ENOENT);
        lab_done(&lab);
}

static void test_only_so_many_wait_at_once(void) {
        Lab lab;
        unsigned n;

        lab_open(&lab, 0);
        run_until(&lab, &lab.n_ready, 1);
        for (n = 0; ask(&lab, "query-block", false, 0) == 0; n++)
                assert(n < QMP_PENDING_MAX);
        assert(n == QMP_PENDING_MAX);
        qmp_forget(lab.qmp, &lab);
        hang_up(&lab);
        run_until(&lab, &lab.n_lost, 1);
        assert(lab.n_answers == 0);
        lab_done(&lab);
}

static void test_half_of_the_arguments_are_never_sent(void) {
        QmpArguments *arguments = qmp_arguments_new();

        qmp_arguments_string(arguments, "a", "b");
        qmp_arguments_object(arguments, "missing", NULL);
        assert(!qmp_arguments_text(arguments));
        (void) qmp_arguments_free(arguments);
        assert(!qmp_arguments_text(NULL));
}

/* Left out, it would be what the header of an image says. */
static void test_nothing_can_be_said_as_well(void) {
        QmpArguments *arguments = qmp_arguments_new();

        qmp_arguments_null(NULL, "backing");
        qmp_arguments_null(arguments, "backing");
        assert(strcmp(qmp_arguments_text(arguments), "{\"backing\":null}") == 0);
        (void) qmp_arguments_free(arguments);
}

static void test_the_schema_says_what_there_is(void) {
        static const char text[] =
                "[{\"name\": \"blockdev-add\", \"meta-type\": \"command\", \"arg-type\": \"1\"},"
                "{\"name\": \"1\", \"meta-type\": \"object\", \"members\": [{\"name\": \"driver\", "
                "\"type\": \"2\"}], \"tag\": \"driver\", \"variants\": [{\"case\": \"nbd\", "
                "\"type\": \"3\"}]},"
                "{\"name\": \"2\", \"meta-type\": \"enum\", \"values\": [\"nbd\", \"file\"]},"
                "{\"name\": \"3\", \"meta-type\": \"object\", \"members\": [{\"name\": "
                "\"reconnect-delay\", \"type\": \"int\"}]},"
                "{\"name\": \"int\", \"meta-type\": \"builtin\"},"
                "{\"name\": \"BLOCK_JOB_READY\", \"meta-type\": \"event\", \"arg-type\": \"1\"}]";
        _cleanup_(json_read_freep) JsonValue *schema = NULL;

        assert(json_read(text, strlen(text), 64, &schema) == 0);
        assert(schema_has_command(schema, "blockdev-add"));
        assert(!schema_has_command(schema, "BLOCK_JOB_READY"));
        assert(schema_has_event(schema, "BLOCK_JOB_READY"));
        assert(schema_has_argument(schema, "blockdev-add", "driver"));
        assert(schema_has_argument(schema, "blockdev-add", "nbd.reconnect-delay"));
        assert(!schema_has_argument(schema, "blockdev-add", "nbd.open-timeout"));
        assert(!schema_has_argument(schema, "blockdev-add", "file.reconnect-delay"));
        assert(schema_has_value(schema, "blockdev-add", "driver", "nbd"));
        assert(!schema_has_value(schema, "blockdev-add", "driver", "rbd"));
        assert(!schema_has_command(NULL, "blockdev-add"));
}

int main(void) {
        test_answers_find_who_asked_in_any_order();
        test_a_message_may_come_in_any_pieces();
        test_a_command_that_is_not_answered_ends_and_its_answer_is_dropped();
        test_what_lies_or_is_too_much_ends_the_connection_in_words();
        test_a_message_has_a_largest_size();
        test_it_comes_back_by_itself_and_says_so();
        test_who_is_gone_is_told_from_who_says_nothing();
        test_only_so_many_wait_at_once();
        test_half_of_the_arguments_are_never_sent();
        test_nothing_can_be_said_as_well();
        test_the_schema_says_what_there_is();
        return 0;
}
