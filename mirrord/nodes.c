/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/nodes.h"

#include "common/escape.h"
#include "common/qmp/qmp.h"

#include <stdarg.h>
#include <string.h>

#define WORDS_MAX 512

struct NodeQuery {
        char *monitor;
        NodeQueryFunc func;
        void *userdata;
        Qmp *qmp;
        sd_event_source *timer;
        bool is_answered;
};

static bool keep_word(const char *word, size_t max, char *ret) {
        if (*word == '\0' || strlen(word) > max)
                return false;
        for (const char *c = word; *c; c++)
                if (*c <= ' ' || *c > '~')
                        return false;

        (void) strcpy(ret, word);
        return true;
}

bool node_read(const JsonValue *value, Node *ret) {
        Node node = {
                .size_bytes = json_read_number(json_read_object(value, "image"), "virtual-size", 0),
        };

        if (node.size_bytes == 0 || node.size_bytes > INT64_MAX ||
            !keep_word(json_read_string(value, "node-name"), MIRROR_NODE_MAX, node.name) ||
            !keep_word(json_read_string(value, "drv"), NODE_DRIVER_MAX, node.driver))
                return false;

        *ret = node;
        return true;
}

/* Nothing of the query may be looked at afterwards. */
static void answer(NodeQuery *query, int r, const JsonValue *nodes, const char *format, ...)
        _printf_(4, 5);
static void answer(NodeQuery *query, int r, const JsonValue *nodes, const char *format, ...) {
        char words[WORDS_MAX];
        va_list ap;

        if (query->is_answered)
                return;
        query->is_answered = true;
        va_start(ap, format);
        (void) vsnprintf(words, sizeof words, format, ap);
        va_end(ap);
        query->func(query->userdata, r, nodes, escape_in_place(words));
}

static void on_nodes(void *userdata, int r, const JsonValue *nodes, const QmpError *error) {
        NodeQuery *query = userdata;

        if (error)
                answer(query, r, NULL, "QEMU does not tell its nodes: %s", error->words);
        else if (r >= 0)
                answer(query, 0, nodes, "%s", "");
}

static void on_ready(void *userdata, const QmpVersion *version) {
        NodeQuery *query = userdata;
        QmpArguments *arguments = qmp_arguments_new();
        int r;

        qmp_arguments_bool(arguments, "flat", true);
        r = arguments ? qmp_execute(query->qmp, &(QmpCall){ .command = "query-named-block-nodes",
                                                            .arguments = arguments,
                                                            .func = on_nodes,
                                                            .userdata = query })
                      : -ENOMEM;
        if (r < 0)
                answer(query, r, NULL, "QEMU's nodes cannot be asked for: %s.", strerror(-r));
}

static void on_event(void *userdata, const char *name, const JsonValue *data) {
}

/* One try: somebody waits for it. */
static void on_lost(void *userdata, int error, const char *words) {
        NodeQuery *query = userdata;

        if (error == -ECONNREFUSED || error == -ENOENT)
                answer(query, error, NULL,
                       "Nobody listens at %s: is it a monitor, and its QEMU up?", query->monitor);
        else if (error == -EAGAIN)
                answer(query, error, NULL, "QEMU's monitor %s is taken, and others wait for it.",
                       query->monitor);
        else
                answer(query, error, NULL, "%s", words);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        NodeQuery *query = userdata;

        if (qmp_is_ready(query->qmp))
                answer(query, -ETIMEDOUT, NULL, "QEMU at %s does not answer.", query->monitor);
        else
                answer(query, -ETIMEDOUT, NULL,
                       "QEMU's monitor %s does not begin to talk: another client has it, or QEMU hangs.",
                       query->monitor);
        return 0;
}

int node_query_new(sd_event *event, const char *monitor, uint64_t timeout_usec, NodeQueryFunc func,
                   void *userdata, NodeQuery **ret) {
        _cleanup_(node_query_freep) NodeQuery *query = NULL;
        QmpHandler handler = { on_ready, on_event, on_lost, NULL };
        int r;

        query = calloc(1, sizeof *query);
        if (!query)
                return -ENOMEM;
        *query = (NodeQuery){ .monitor = strdup(monitor), .func = func, .userdata = userdata };
        if (!query->monitor)
                return -ENOMEM;
        handler.userdata = query;
        r = sd_event_add_time_relative(event, &query->timer, CLOCK_MONOTONIC, timeout_usec, 0,
                                       on_timer, query);
        if (r >= 0)
                r = qmp_new(event, monitor, 0, &handler, &query->qmp);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(query);
        return 0;
}

NodeQuery *node_query_free(NodeQuery *query) {
        if (!query)
                return NULL;

        /* Maybe from inside one of its callbacks. */
        qmp_free_later(query->qmp);
        (void) sd_event_source_disable_unref(query->timer);
        free(query->monitor);
        free(query);
        return NULL;
}
