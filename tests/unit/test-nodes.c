/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/bus-error.h"
#include "mirrord/mirror-bus.h"
#include "mirrord/node-bus.h"
#include "mirrord/nodes.h"
#include "tests/unit/bus-peer.h"

#include <string.h>
#include <sys/un.h>

#define MANAGER MIRROR_NAME ".Manager"
#define SHORT_USEC (200 * 1000ULL) /* for what never comes */
#define LONG_USEC (15 * 1000 * 1000ULL)

static JsonValue *parse(const char *text) {
        JsonValue *value = NULL;

        assert(json_read(text, strlen(text), 16, &value) == 0);
        return value;
}

static void test_a_node_has_a_name_a_size_and_a_driver(void) {
        static const char *const bad[] = {
                "{}",
                "{\"node-name\": \"a\", \"drv\": \"raw\"}",
                "{\"node-name\": \"a\", \"drv\": \"raw\", \"image\": {\"virtual-size\": 0}}",
                "{\"node-name\": \"a\", \"drv\": \"raw\", \"image\": {\"virtual-size\": -512}}",
                "{\"node-name\": \"a\", \"drv\": \"raw\", \"image\": {\"virtual-size\": \"1\"}}",
                "{\"node-name\": \"\", \"drv\": \"raw\", \"image\": {\"virtual-size\": 512}}",
                "{\"node-name\": \"a b\", \"drv\": \"raw\", \"image\": {\"virtual-size\": 512}}",
                "{\"node-name\": \"\\u00e4\", \"drv\": \"raw\", \"image\": {\"virtual-size\": 512}}",
                "{\"node-name\": \"a\", \"drv\": \"\", \"image\": {\"virtual-size\": 512}}",
                "{\"node-name\": \"12345678901234567890123456789012\", \"drv\": \"raw\", "
                "\"image\": {\"virtual-size\": 512}}",
        };
        _cleanup_(json_read_freep) JsonValue *good =
                parse("{\"node-name\": \"#block123\", \"drv\": \"qcow2\", \"image\": "
                      "{\"virtual-size\": 9223372036854775807}}");
        Node node;

        assert(node_read(good, &node));
        assert(strcmp(node.name, "#block123") == 0 && strcmp(node.driver, "qcow2") == 0);
        assert(node.size_bytes == INT64_MAX);
        assert(!node_read(NULL, &node));
        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
                _cleanup_(json_read_freep) JsonValue *value = parse(bad[i]);

                assert(!node_read(value, &node));
        }
}

/* ---- a monitor that says what the test wants */

typedef struct Lab {
        BusPeer peer;
        char dir[32], socket[64];
        int listen_fd, fds[16];
        sd_event_source *listening, *reading;
        const char *greeting, *nodes; /* NULL: nothing is said */
        unsigned n_connections, n_closed;
        int r;
        bool is_answered;
        char words[512];
} Lab;

#define GREETING \
        "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 2, \"major\": 7}}, " \
        "\"capabilities\": []}}\r\n"
#define NODES \
        "[{\"node-name\": \"vda\", \"drv\": \"raw\", \"image\": {\"virtual-size\": 1024}}, 7, " \
        "{\"node-name\": \"cd\", \"drv\": \"raw\"}, " \
        "{\"node-name\": \"vdb\", \"drv\": \"qcow2\", \"image\": {\"virtual-size\": 512}}]"

static int on_request(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Lab *lab = userdata;
        char heard[1024], reply[1024];
        const char *id, *value;
        ssize_t n;

        n = read(fd, heard, sizeof heard - 1);
        if (n <= 0) {
                lab->n_closed++;
                lab->reading = sd_event_source_disable_unref(lab->reading);
                return 0;
        }
        heard[n] = '\0';
        id = strstr(heard, "\"id\":");
        value = strstr(heard, "qmp_capabilities") ? "{}" : lab->nodes;
        assert(id && (strstr(heard, "qmp_capabilities") || strstr(heard, "\"flat\":true")));
        if (!value)
                return 0;
        n = snprintf(reply, sizeof reply, "{\"%s\": %s, %.*s}\r\n",
                     strstr(value, "\"class\"") ? "error" : "return", value, (int) strcspn(id, "}"),
                     id);
        assert(write(fd, reply, (size_t) n) == n);
        return 0;
}

static int on_connection(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Lab *lab = userdata;
        int *taken = lab->fds + lab->n_connections++;

        assert(lab->n_connections <= ARRAY_LEN(lab->fds));
        *taken = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        assert(*taken >= 0);
        if (!lab->greeting)
                return 0;
        lab->reading = sd_event_source_disable_unref(lab->reading);
        assert(sd_event_add_io(lab->peer.event, &lab->reading, *taken, EPOLLIN, on_request, lab) >=
               0);
        assert(write(*taken, lab->greeting, strlen(lab->greeting)) > 0);
        return 0;
}

static void lab_open(Lab *lab) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        *lab = (Lab){ .greeting = GREETING, .nodes = NODES, .dir = "/tmp/test-nodes.XXXXXX" };
        bus_peer_open(&lab->peer);
        assert(node_bus_add(lab->peer.server) >= 0);
        assert(mkdtemp(lab->dir));
        (void) snprintf(lab->socket, sizeof lab->socket, "%s/qmp", lab->dir);
        (void) strcpy(address.sun_path, lab->socket);
        lab->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert(lab->listen_fd >= 0);
        assert(bind(lab->listen_fd, (struct sockaddr *) &address, sizeof address) >= 0);
        assert(listen(lab->listen_fd, 16) >= 0);
        assert(sd_event_add_io(lab->peer.event, &lab->listening, lab->listen_fd, EPOLLIN,
                               on_connection, lab) >= 0);
}

static void lab_done(Lab *lab) {
        node_bus_forget();
        bus_peer_settle(&lab->peer);
        lab->reading = sd_event_source_disable_unref(lab->reading);
        lab->listening = sd_event_source_disable_unref(lab->listening);
        for (unsigned i = 0; i < lab->n_connections; i++)
                (void) close(lab->fds[i]);
        (void) close(lab->listen_fd);
        (void) unlink(lab->socket);
        (void) rmdir(lab->dir);
        bus_peer_done(&lab->peer);
}

static void on_answer(void *userdata, int r, const JsonValue *nodes, const char *words) {
        Lab *lab = userdata;

        assert(!lab->is_answered && (r < 0 || json_read_length(nodes) > 0));
        lab->r = r;
        (void) snprintf(lab->words, sizeof lab->words, "%s", words);
        lab->is_answered = true;
}

/* The answer to one question: 0 or an errno, and words. */
static int query(Lab *lab, uint64_t timeout_usec) {
        NodeQuery *one;

        lab->is_answered = false;
        assert(node_query_new(lab->peer.event, lab->socket, timeout_usec, on_answer, lab, &one) >=
               0);
        bus_peer_run_until(lab->peer.event, &lab->is_answered);
        (void) node_query_free(one);
        bus_peer_settle(&lab->peer);
        return lab->r;
}

static void test_a_monitor_that_is_no_use_is_given_up_and_why_is_said(void) {
        _cleanup_(lab_done) Lab lab;

        lab_open(&lab);
        lab.greeting = NULL;
        assert(query(&lab, SHORT_USEC) == -ETIMEDOUT);
        assert(strstr(lab.words, lab.socket) && strstr(lab.words, "another client has it"));
        lab.greeting = "220 mail.example.com ESMTP\r\n";
        assert(query(&lab, LONG_USEC) < 0 && strstr(lab.words, lab.socket));
        lab.greeting = GREETING;
        lab.nodes = NULL;
        assert(query(&lab, SHORT_USEC) == -ETIMEDOUT && strstr(lab.words, "does not answer"));
        lab.nodes = "{\"class\": \"CommandNotFound\", \"desc\": \"no such\"}";
        assert(query(&lab, LONG_USEC) == -EREMOTEIO && strstr(lab.words, "no such"));
        assert(unlink(lab.socket) == 0);
        assert(query(&lab, LONG_USEC) == -ENOENT && strstr(lab.words, "Nobody listens at /tmp/"));
        assert(lab.n_connections <= 4);
}

static int call(Lab *lab, sd_bus_error *error, sd_bus_message **ret, const char *monitor) {
        return bus_peer_call(&lab->peer, error, ret, MIRROR_ROOT, MANAGER, "QueryNodes", "s",
                             monitor);
}

static void test_nodes_with_a_size_are_told_and_the_monitor_is_left(void) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *name, *driver;
        _cleanup_(lab_done) Lab lab;
        uint64_t size;

        lab_open(&lab);
        assert(call(&lab, NULL, &reply, lab.socket) >= 0);
        assert(sd_bus_message_enter_container(reply, 'a', "(sts)") > 0);
        assert(sd_bus_message_read(reply, "(sts)", &name, &size, &driver) > 0);
        assert(strcmp(name, "vda") == 0 && size == 1024 && strcmp(driver, "raw") == 0);
        assert(sd_bus_message_read(reply, "(sts)", &name, &size, &driver) > 0);
        assert(strcmp(name, "vdb") == 0 && size == 512 && strcmp(driver, "qcow2") == 0);
        assert(sd_bus_message_read(reply, "(sts)", &name, &size, &driver) == 0);
        bus_peer_settle(&lab.peer);
        assert(lab.n_connections == 1 && lab.n_closed == 1);
}

static void refuses(Lab *lab, const char *monitor, const char *name) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;

        assert(call(lab, &error, NULL, monitor) < 0);
        assert(sd_bus_error_has_name(&error, name));
}

static int on_ignored(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return 0;
}

static void test_only_so_many_are_asked_at_once(void) {
        _cleanup_(lab_done) Lab lab;

        lab_open(&lab);
        refuses(&lab, "qmp", NPIVOT_ERROR_INVALID_ARGUMENT);
        refuses(&lab, "/", NPIVOT_ERROR_NO_MONITOR);
        refuses(&lab, "/nowhere/qmp", NPIVOT_ERROR_NO_MONITOR);
        lab.greeting = NULL;
        for (size_t i = 0; i < NODE_CALLS_MAX; i++)
                assert(sd_bus_call_method_async(lab.peer.client, NULL, NULL, MIRROR_ROOT, MANAGER,
                                                "QueryNodes", on_ignored, NULL, "s",
                                                lab.socket) >= 0);
        refuses(&lab, lab.socket, NPIVOT_ERROR_LIMIT);
}

int main(void) {
        assert(bus_error_register() >= 0);
        test_a_node_has_a_name_a_size_and_a_driver();
        test_a_monitor_that_is_no_use_is_given_up_and_why_is_said();
        test_nodes_with_a_size_are_told_and_the_monitor_is_left();
        test_only_so_many_are_asked_at_once();

        return EXIT_SUCCESS;
}
