/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/node-bus.h"

#include "common/bus-error.h"
#include "common/log.h"
#include "common/polkit.h"
#include "mirrord/mirror-bus.h"
#include "mirrord/nodes.h"
#include "mirrord/request.h"

#define MANAGER_INTERFACE MIRROR_NAME ".Manager"
#define TIMEOUT_USEC (5 * 1000 * 1000ULL)
#define NODES_MAX 4096

typedef struct Waiting {
        sd_bus_message *call; /* NULL: nobody */
        NodeQuery *query;
} Waiting;

static Waiting waiting[NODE_CALLS_MAX];

static Waiting *find_free(void) {
        for (size_t i = 0; i < NODE_CALLS_MAX; i++)
                if (!waiting[i].call)
                        return waiting + i;

        return NULL;
}

static void end(Waiting *one) {
        one->query = node_query_free(one->query);
        one->call = sd_bus_message_unref(one->call);
}

void node_bus_forget(void) {
        for (size_t i = 0; i < NODE_CALLS_MAX; i++)
                end(waiting + i);
}

static int append_nodes(sd_bus_message *reply, const JsonValue *nodes) {
        size_t n = json_read_length(nodes);
        Node node;
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(sts)");
        for (size_t i = 0; r >= 0 && i < n && i < NODES_MAX; i++)
                if (node_read(json_read_item(nodes, i), &node))
                        r = sd_bus_message_append(reply, "(sts)", node.name, node.size_bytes,
                                                  node.driver);

        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int tell(sd_bus_message *call, const JsonValue *nodes) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = append_nodes(reply, nodes);

        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static void on_nodes(void *userdata, int r, const JsonValue *nodes, const char *words) {
        Waiting *one = userdata;

        if (r < 0)
                r = sd_bus_reply_method_errorf(one->call, NPIVOT_ERROR_NO_MONITOR, "%s", words);
        else
                r = tell(one->call, nodes);
        if (r < 0) {
                log_warning_errno(r, "Cannot tell which nodes a QEMU has: %m");
                (void) sd_bus_reply_method_errno(one->call, r, NULL);
        }
        end(one);
}

static int ask(sd_bus_message *call, const char *monitor, sd_bus_error *error) {
        Waiting *one = find_free();
        int r;

        if (!one)
                return sd_bus_error_setf(error, NPIVOT_ERROR_LIMIT,
                                         "%d QEMUs are being asked already: try again later.",
                                         NODE_CALLS_MAX);
        r = node_query_new(sd_bus_get_event(sd_bus_message_get_bus(call)), monitor, TIMEOUT_USEC,
                           on_nodes, one, &one->query);
        if (r < 0)
                return r;

        one->call = sd_bus_message_ref(call);
        return 1;
}

static int method_query_nodes(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const char *monitor;
        int r;

        r = request_read_monitor(call, &monitor, error);
        if (r < 0)
                return r;
        r = polkit_check(call, MIRROR_ACTION, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;

        return ask(call, monitor, error);
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("QueryNodes", SD_BUS_ARGS("s", monitor),
                                SD_BUS_RESULT("a(sts)", nodes), method_query_nodes,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

/* A part of an interface whose other parts are manager-bus.c's and prepare-bus.c's. */
int node_bus_add(sd_bus *bus) {
        return sd_bus_add_object_vtable(bus, NULL, MIRROR_ROOT, MANAGER_INTERFACE, vtable, NULL);
}
