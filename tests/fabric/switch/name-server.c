/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "name-server.h"

#include <string.h>

#define LAST_ENTRY 0x80
#define SYMBOLIC_ANSWER_SIZE 256

typedef struct NsQuery {
        Fabric *fabric;
        Port *asker;
        const uint8_t *args;
        size_t args_size;
        uint8_t *answer; /* a CT header and what the command appends; malloc'ed */
        size_t answer_size;
} NsQuery;

/* Returns 0, an explanation of a reject (CT_NO_*, CT_ACCESS_DENIED), or a negative errno. */
typedef int (*NsAnswerFn)(NsQuery *query);

static uint8_t *ns_append(NsQuery *query, size_t size) {
        uint8_t *answer = realloc(query->answer, query->answer_size + size);

        if (!answer)
                return NULL;
        query->answer = answer;
        answer += query->answer_size;
        memset(answer, 0, size);
        query->answer_size += size;
        return answer;
}

static int ns_append_data(NsQuery *query, const void *data, size_t size) {
        uint8_t *answer = ns_append(query, size);

        if (!answer)
                return -ENOMEM;
        memcpy(answer, data, size);
        return 0;
}

static int ns_append_name(NsQuery *query, uint64_t name) {
        uint8_t data[8];

        put64(data, name);
        return ns_append_data(query, data, sizeof data);
}

/* A string as GSPN_ID and GSNN_NN give it: its length, then it, in a field of fixed size. */
static int ns_append_symbolic(NsQuery *query, const char *name) {
        uint8_t *answer = ns_append(query, SYMBOLIC_ANSWER_SIZE);
        size_t size = strlen(name);

        if (!answer)
                return -ENOMEM;
        answer[0] = (uint8_t) size;
        memcpy(answer + 1, name, size);
        return 0;
}

static bool ns_may_see(const NsQuery *query, const Port *port) {
        return zoning_permits(&query->fabric->zoning, query->asker->port_name, port->port_name);
}

/* The port whose address the query begins with, if the asker may see it. */
static Port *ns_subject(const NsQuery *query) {
        Port *port = port_find_id(&query->fabric->ports, get24(query->args + 1));

        return port && ns_may_see(query, port) ? port : NULL;
}

static int ns_gpn_id(NsQuery *query) {
        const Port *port = ns_subject(query);

        return port && port->is_registered ? ns_append_name(query, port->port_name) : CT_NO_PORT_ID;
}

static int ns_gnn_id(NsQuery *query) {
        const Port *port = ns_subject(query);

        return port && port->is_registered ? ns_append_name(query, port->node_name) : CT_NO_PORT_ID;
}

static int ns_gft_id(NsQuery *query) {
        const Port *port = ns_subject(query);

        return port ? ns_append_data(query, port->fc4_types, sizeof port->fc4_types)
                    : CT_NO_PORT_ID;
}

static int ns_gspn_id(NsQuery *query) {
        const Port *port = ns_subject(query);

        return port ? ns_append_symbolic(query, port->symbolic_name) : CT_NO_PORT_ID;
}

static int ns_gff_id(NsQuery *query) {
        const Port *port = ns_subject(query);

        return port ? ns_append_data(query, port->fc4_features, sizeof port->fc4_features)
                    : CT_NO_PORT_ID;
}

static int ns_gid_pn(NsQuery *query) {
        const Port *port = port_find_name(&query->fabric->ports, get64(query->args));
        uint8_t data[4] = { 0 };

        if (!port || (query->fabric->config.has_ns_zoning && !ns_may_see(query, port)))
                return CT_NO_PORT_NAME;
        put24(data + 1, port->id);
        return ns_append_data(query, data, sizeof data);
}

static int ns_gsnn_nn(NsQuery *query) {
        uint64_t node_name = get64(query->args);
        const Port *port;

        TAILQ_FOREACH(port, &query->fabric->ports, entry)
                if (port->node_name == node_name && ns_may_see(query, port))
                        return ns_append_symbolic(query, port->node_symbolic_name);
        return CT_NO_NODE_NAME;
}

/* All registered ports of a type, or of any; each with its address and perhaps a name. */
static int ns_list(NsQuery *query, bool (*is_wanted)(const Port *, uint8_t), uint8_t type,
                   size_t name_offset) {
        size_t entry_size = name_offset ? 16 : 4;
        size_t last_offset = 0;
        const Port *port;

        TAILQ_FOREACH(port, &query->fabric->ports, entry) {
                uint8_t *answer;
                uint64_t name;

                if (!port->is_registered || !ns_may_see(query, port) ||
                    (is_wanted && !is_wanted(port, type)))
                        continue;
                last_offset = query->answer_size;
                answer = ns_append(query, entry_size);
                if (!answer)
                        return -ENOMEM;
                put24(answer + 1, port->id);
                if (name_offset) {
                        memcpy(&name, (const uint8_t *) port + name_offset, sizeof name);
                        put64(answer + 8, name);
                }
        }
        if (last_offset == 0)
                return CT_NO_FC4_TYPE;
        query->answer[last_offset] |= LAST_ENTRY;
        return 0;
}

static int ns_gid_ft(NsQuery *query) {
        return ns_list(query, port_has_type, query->args[3], 0);
}

static int ns_gpn_ft(NsQuery *query) {
        return ns_list(query, port_has_type, query->args[3], offsetof(Port, port_name));
}

static int ns_gnn_ft(NsQuery *query) {
        return ns_list(query, port_has_type, query->args[3], offsetof(Port, node_name));
}

static int ns_gid_pt(NsQuery *query) {
        uint8_t type = query->args[0];

        return type == PORT_TYPE_N || type == PORT_TYPE_NX ? ns_list(query, NULL, 0, 0)
                                                           : CT_NO_FC4_TYPE;
}

/* A port registers what is true of itself; a host may do it for the vports it made. */
static int ns_own(const NsQuery *query, Port **ret) {
        Port *port = port_find_id(&query->fabric->ports, get24(query->args + 1));

        if (!port)
                return CT_NO_PORT_ID;
        if (port->link != query->asker->link ||
            memcmp(port->enode_mac, query->asker->enode_mac, 6) != 0)
                return CT_ACCESS_DENIED;
        *ret = port;
        return 0;
}

/* RPN_ID, RNN_ID, RCS_ID, RPT_ID: the fabric knows these from the login and keeps what it knows. */
static int ns_register_known(NsQuery *query) {
        Port *port;

        return ns_own(query, &port);
}

static int ns_rft_id(NsQuery *query) {
        Port *port;
        int r;

        r = ns_own(query, &port);
        if (r != 0)
                return r;
        memcpy(port->fc4_types, query->args + 4, sizeof port->fc4_types);
        port->is_registered = true;
        query->fabric->generation++;
        return 0;
}

static void ns_copy_symbolic(char to[static PORT_SYMBOLIC_SIZE], const uint8_t *from,
                             size_t from_size) {
        size_t size = from[0] < from_size - 1 ? from[0] : from_size - 1;

        memcpy(to, from + 1, size);
        to[size] = '\0';
}

static int ns_rspn_id(NsQuery *query) {
        Port *port;
        int r;

        r = ns_own(query, &port);
        if (r == 0)
                ns_copy_symbolic(port->symbolic_name, query->args + 4, query->args_size - 4);
        return r;
}

static int ns_rff_id(NsQuery *query) {
        Port *port;
        int r;

        r = ns_own(query, &port);
        if (r != 0)
                return r;
        port_set_feature(port, query->args[7], query->args[6]);
        fabric_tell_change(query->fabric, port);
        query->fabric->generation++;
        return 0;
}

static int ns_rsnn_nn(NsQuery *query) {
        if (get64(query->args) != query->asker->node_name)
                return CT_NO_NODE_NAME;
        ns_copy_symbolic(query->asker->node_symbolic_name, query->args + 8, query->args_size - 8);
        return 0;
}

static int ns_da_id(NsQuery *query) {
        Port *port;
        int r;

        r = ns_own(query, &port);
        if (r != 0)
                return r;
        port->is_registered = false;
        memset(port->fc4_types, 0, sizeof port->fc4_types);
        memset(port->fc4_features, 0, sizeof port->fc4_features);
        fabric_tell_change(query->fabric, port);
        query->fabric->generation++;
        return 0;
}

/* The codes and the bytes of arguments each must have (FC-GS-6, table 20). */
static const struct {
        uint16_t code;
        uint16_t args_min;
        NsAnswerFn answer;
} ns_commands[] = {
        { 0x0112, 4, ns_gpn_id },         { 0x0113, 4, ns_gnn_id },
        { 0x0117, 4, ns_gft_id },         { 0x0118, 4, ns_gspn_id },
        { 0x011f, 4, ns_gff_id },         { 0x0121, 8, ns_gid_pn },
        { 0x0139, 8, ns_gsnn_nn },        { 0x0171, 4, ns_gid_ft },
        { 0x0172, 4, ns_gpn_ft },         { 0x0173, 4, ns_gnn_ft },
        { 0x01a1, 4, ns_gid_pt },         { 0x0212, 4, ns_register_known },
        { 0x0213, 4, ns_register_known }, { 0x0214, 4, ns_register_known },
        { 0x0217, 36, ns_rft_id },        { 0x0218, 5, ns_rspn_id },
        { 0x021a, 4, ns_register_known }, { 0x021f, 8, ns_rff_id },
        { 0x0239, 9, ns_rsnn_nn },        { 0x0300, 4, ns_da_id },
};

static int ns_run(NsQuery *query, uint16_t code, uint8_t *ret_reason) {
        for (size_t i = 0; i < ARRAY_LEN(ns_commands); i++) {
                if (ns_commands[i].code != code)
                        continue;
                *ret_reason = CT_REASON_UNABLE;
                if (query->args_size >= ns_commands[i].args_min)
                        return ns_commands[i].answer(query);
                *ret_reason = CT_REASON_INVALID_SIZE;
                return CT_NO_PORT_ID;
        }
        *ret_reason = CT_REASON_UNSUPPORTED;
        return CT_NO_PORT_ID;
}

void name_server_handle(Fabric *fabric, Port *asker, const FcFrame *request) {
        uint8_t header[CT_HEADER_SIZE], reason = CT_REASON_UNSUPPORTED;
        _cleanup_free_ uint8_t *answer = NULL;
        NsQuery query = { .fabric = fabric, .asker = asker };
        uint16_t code;
        int r;

        if (request->payload_size < CT_HEADER_SIZE) {
                fabric->frames_malformed++;
                return;
        }
        memcpy(header, request->payload, sizeof header);
        code = get16(header + 8);
        put16(header + 8, CT_ACCEPT);
        memset(header + 10, 0, sizeof header - 10);

        query.args = request->payload + CT_HEADER_SIZE;
        query.args_size = request->payload_size - CT_HEADER_SIZE;
        r = ns_append_data(&query, header, sizeof header);
        if (r == 0)
                r = header[4] == CT_TYPE_DIRECTORY && header[5] == CT_SUBTYPE_NAME_SERVER
                            ? ns_run(&query, code, &reason)
                            : CT_NO_PORT_ID;
        answer = query.answer;
        if (r < 0)
                return; /* out of memory: as if the request had been lost */
        if (r > 0) {
                put16(answer + 8, CT_REJECT);
                answer[13] = reason;
                answer[14] = reason == CT_REASON_UNABLE ? (uint8_t) r : 0;
                query.answer_size = CT_HEADER_SIZE;
                fabric_log(fabric, "name server: %04x from %06x refused, %02x/%02x", code,
                           asker->id, reason, answer[14]);
        }
        frame_reply(fabric, asker, request, R_CTL_SOLICITED_CONTROL, answer, query.answer_size);
}
