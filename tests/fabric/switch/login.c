/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "login.h"

#include "fip.h"

#include <inttypes.h>
#include <string.h>

/* Common and class 3 service parameters (FC-LS-2, 6.6): offsets in the ELS payload. */
enum {
        CSP_VERSION = 4,
        CSP_BUFFER_CREDIT = 6,
        CSP_FEATURES = 8,
        CSP_PAYLOAD_MAX = 10,
        CSP_R_A_TOV = 12,          /* FLOGI accept */
        CSP_SEQUENCES = 12,        /* PLOGI accept */
        CSP_RELATIVE_OFFSETS = 14, /* PLOGI accept */
        CSP_E_D_TOV = 16,
        CSP_PORT_NAME = 20,
        CSP_NODE_NAME = 28,
        CLASS3 = 68,
        CLASS3_PAYLOAD_MAX = CLASS3 + 6,
        CLASS3_SEQUENCES = CLASS3 + 8,
        CLASS3_OPEN_SEQUENCES = CLASS3 + 13,

        CLASS3_VALID_IN_ORDER = 0x8800,
        FEATURE_F_PORT = 0x1000,
        FEATURE_NPIV = 0x2000,

        PAYLOAD_SMALLEST = 256,
};

typedef struct LoginRequest {
        Link *link;
        const uint8_t *enode_mac;
        uint64_t port_name;
        uint64_t node_name;
        uint16_t payload_max;
        bool is_fdisc;
        Port *owner; /* logged in with this name already */
} LoginRequest;

void login_put_reject(uint8_t payload[static ELS_LS_RJT_SIZE], uint8_t reason,
                      uint8_t explanation) {
        memset(payload, 0, ELS_LS_RJT_SIZE);
        payload[0] = ELS_LS_RJT;
        payload[5] = reason;
        payload[6] = explanation;
}

uint64_t login_port_name(const uint8_t request[static ELS_LOGIN_SIZE]) {
        return get64(request + CSP_PORT_NAME);
}

uint16_t login_payload_max(const uint8_t request[static ELS_LOGIN_SIZE]) {
        uint16_t payload_max = get16(request + CSP_PAYLOAD_MAX) & 0xfff;

        return payload_max < PAYLOAD_SMALLEST || payload_max > FC_PAYLOAD_MAX ? FC_PAYLOAD_MAX
                                                                              : payload_max;
}

void login_put_parameters(uint8_t payload[static ELS_LOGIN_SIZE], uint64_t port_name,
                          uint64_t node_name, uint16_t features, uint16_t payload_max,
                          bool is_fabric) {
        memset(payload, 0, ELS_LOGIN_SIZE);
        payload[0] = ELS_LS_ACC;
        payload[CSP_VERSION] = 0x20;
        payload[CSP_VERSION + 1] = 0x20;
        put16(payload + CSP_BUFFER_CREDIT, 10);
        put16(payload + CSP_FEATURES, features);
        put16(payload + CSP_PAYLOAD_MAX, payload_max);
        if (is_fabric) {
                put32(payload + CSP_R_A_TOV, R_A_TOV_MSEC);
        } else {
                put16(payload + CSP_SEQUENCES, 255);
                put16(payload + CSP_RELATIVE_OFFSETS, 0x1f);
        }
        put32(payload + CSP_E_D_TOV, E_D_TOV_MSEC);
        put64(payload + CSP_PORT_NAME, port_name);
        put64(payload + CSP_NODE_NAME, node_name);
        put16(payload + CLASS3, CLASS3_VALID_IN_ORDER);
        put16(payload + CLASS3_PAYLOAD_MAX, payload_max);
        put16(payload + CLASS3_SEQUENCES, 255);
        payload[CLASS3_OPEN_SEQUENCES] = 1;
}

static bool login_is_repeated(const LoginRequest *request) {
        const Port *owner = request->owner;

        return owner && owner->link == request->link && owner->is_virtual == request->is_fdisc &&
               memcmp(owner->enode_mac, request->enode_mac, 6) == 0;
}

static AttemptResult login_refuse(Attempt *attempt, AttemptResult result, uint8_t reason,
                                  uint8_t explanation) {
        attempt->reason = reason;
        attempt->explanation = explanation;
        return result;
}

/*
 * The order is a switch's: what it can never do, then what it has no room for, then whether the
 * name is free. The reasons are those that HBA drivers turn into vport states.
 */
static AttemptResult login_decide(Fabric *fabric, const LoginRequest *request, Attempt *attempt) {
        const FabricConfig *config = &fabric->config;
        FaultScope scope = { request->port_name, request->link };
        uint8_t reason, explanation;

        if (fault_rejects(&fabric->faults, request->is_fdisc, scope, &reason, &explanation))
                return login_refuse(attempt, ATTEMPT_REJECTED_FAULT, reason, explanation);
        if (request->port_name == 0)
                return login_refuse(attempt, ATTEMPT_REJECTED_NAME, REASON_LOGICAL_ERROR,
                                    EXPLANATION_INVALID_PORT_NAME);
        if (request->is_fdisc) {
                if (!config->has_npiv)
                        return login_refuse(attempt, ATTEMPT_REJECTED_NO_NPIV, REASON_UNSUPPORTED,
                                            EXPLANATION_NOT_SUPPORTED);
                if (!port_find_physical(&fabric->ports, request->link, request->enode_mac))
                        return login_refuse(attempt, ATTEMPT_REJECTED_NO_PHYSICAL, REASON_UNABLE,
                                            EXPLANATION_LOGIN_REQUIRED);
                if (!login_is_repeated(request) &&
                    port_count_virtual(&fabric->ports, request->link) >= request->link->vports_max)
                        return login_refuse(attempt, ATTEMPT_REJECTED_LIMIT, REASON_UNABLE,
                                            EXPLANATION_NO_RESOURCES);
        }
        if (attempt->is_duplicate && config->duplicate_policy == DUPLICATE_REJECT)
                return login_refuse(attempt, ATTEMPT_REJECTED_DUPLICATE, REASON_LOGICAL_ERROR,
                                    EXPLANATION_INVALID_PORT_NAME);
        return ATTEMPT_ACCEPTED;
}

/* Ends what the new login replaces. */
static void login_make_way(Fabric *fabric, LoginRequest *request) {
        if (login_is_repeated(request)) {
                fabric_logout(fabric, request->owner, "logs in again");
        } else if (request->owner && fabric->config.duplicate_policy == DUPLICATE_TAKEOVER) {
                fip_clear_virtual_link(fabric, request->owner);
                fabric_logout(fabric, request->owner, "taken over");
        }
        request->owner = NULL;
        /* A FLOGI ends every login of that host port (FC-LS-2, 4.2.7.1). */
        if (!request->is_fdisc)
                fabric_logout_enode(fabric, request->link, request->enode_mac, "new FLOGI");
}

static int login_add_port(Fabric *fabric, const LoginRequest *request, Port **ret) {
        Port *port;
        int r;

        r = port_list_add(&fabric->ports, request->link, fabric->config.domain, request->is_fdisc,
                          &port);
        if (r < 0)
                return r;
        port->port_name = request->port_name;
        port->node_name = request->node_name;
        port->payload_max = request->payload_max;
        memcpy(port->enode_mac, request->enode_mac, 6);
        port->login_msec = fabric->now_msec();
        port->keep_alive_msec = port->login_msec;
        if (port_count_name(&fabric->ports, port->port_name) > 1)
                fabric->attempts.total_logged_in_twice++;
        *ret = port;
        return 0;
}

void login_handle(Fabric *fabric, Link *link, const uint8_t enode_mac[6],
                  const uint8_t request_payload[static ELS_LOGIN_SIZE], bool is_fdisc,
                  LoginAnswer *ret) {
        LoginRequest request = {
                .link = link,
                .enode_mac = enode_mac,
                .port_name = login_port_name(request_payload),
                .node_name = get64(request_payload + CSP_NODE_NAME),
                .payload_max = login_payload_max(request_payload),
                .is_fdisc = is_fdisc,
        };
        Attempt attempt = {
                .time_msec = fabric->now_msec() - fabric->start_msec,
                .port_name = request.port_name,
                .link_number = link->number,
                .is_fdisc = is_fdisc,
        };
        uint16_t features = FEATURE_F_PORT | (fabric->config.has_npiv ? FEATURE_NPIV : 0);
        Port *port = NULL;

        request.owner = port_find_name(&fabric->ports, request.port_name);
        attempt.is_duplicate = request.owner && !login_is_repeated(&request);
        attempt.result = login_decide(fabric, &request, &attempt);
        if (attempt.result == ATTEMPT_ACCEPTED) {
                login_make_way(fabric, &request);
                if (login_add_port(fabric, &request, &port) < 0)
                        attempt.result = login_refuse(&attempt, ATTEMPT_REJECTED_LIMIT,
                                                      REASON_UNABLE, EXPLANATION_NO_RESOURCES);
        }

        *ret = (LoginAnswer){ .port = port };
        if (port) {
                attempt.id = port->id;
                ret->size = ELS_LOGIN_SIZE;
                login_put_parameters(ret->payload, fabric->switch_name | (link->number + 1) << 8,
                                     fabric->fabric_name, features, port->payload_max, true);
        } else {
                ret->size = ELS_LS_RJT_SIZE;
                login_put_reject(ret->payload, attempt.reason, attempt.explanation);
        }
        attempt_log_add(&fabric->attempts, &attempt);
        fabric->generation++;
        fabric_log(fabric, "link %u: %s %016" PRIx64 " %06x %s", link->number,
                   is_fdisc ? "FDISC" : "FLOGI", attempt.port_name, attempt.id,
                   attempt_result_text(attempt.result));
        if (port)
                fabric_tell_change(fabric, port);
}
