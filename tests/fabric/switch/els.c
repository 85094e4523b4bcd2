/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "els.h"

#include "login.h"

#include <string.h>

enum {
        FEATURE_CONTINUOUS_OFFSET = 0x8000,
        SERVICE_PAYLOAD_MAX = 2048,

        SCR_FUNCTION = 7,
        SCR_CLEAR = 0xff,

        ACCEPT_SIZE = 4,
        RTV_SIZE = 16,
        ADISC_SIZE = 28,
};

/* Each well-known address has a port name of its own. */
static uint64_t service_name(const Fabric *fabric, uint32_t id) {
        return 0x2100000000000000 | (fabric->switch_name & 0xffffffff) |
               (uint64_t) (id & 0xff) << 32;
}

static void els_reply(Fabric *fabric, Port *from, const FcFrame *request, const uint8_t *payload,
                      size_t size) {
        frame_reply(fabric, from, request, R_CTL_ELS_REPLY, payload, size);
}

static void els_reject(Fabric *fabric, Port *from, const FcFrame *request, uint8_t reason,
                       uint8_t explanation) {
        uint8_t payload[ELS_LS_RJT_SIZE];

        login_put_reject(payload, reason, explanation);
        els_reply(fabric, from, request, payload, sizeof payload);
}

static void els_handle_plogi(Fabric *fabric, Port *from, const FcFrame *request) {
        uint8_t payload[ELS_LOGIN_SIZE];
        uint16_t payload_max;

        if (request->payload_size < ELS_LOGIN_SIZE) {
                els_reject(fabric, from, request, REASON_PROTOCOL_ERROR, EXPLANATION_NONE);
                return;
        }
        payload_max = login_payload_max(request->payload);
        if (payload_max > SERVICE_PAYLOAD_MAX)
                payload_max = SERVICE_PAYLOAD_MAX;
        login_put_parameters(payload, service_name(fabric, request->d_id), fabric->switch_name,
                             FEATURE_CONTINUOUS_OFFSET, payload_max, false);
        els_reply(fabric, from, request, payload, sizeof payload);
}

static void els_handle_scr(Fabric *fabric, Port *from, const FcFrame *request) {
        uint8_t payload[ACCEPT_SIZE] = { ELS_LS_ACC };

        if (request->payload_size <= SCR_FUNCTION) {
                els_reject(fabric, from, request, REASON_PROTOCOL_ERROR, EXPLANATION_NONE);
                return;
        }
        from->wants_rscn = request->payload[SCR_FUNCTION] != SCR_CLEAR;
        els_reply(fabric, from, request, payload, sizeof payload);
}

static void els_handle_rtv(Fabric *fabric, Port *from, const FcFrame *request) {
        uint8_t payload[RTV_SIZE] = { ELS_LS_ACC };

        put32(payload + 4, R_A_TOV_MSEC);
        put32(payload + 8, E_D_TOV_MSEC);
        els_reply(fabric, from, request, payload, sizeof payload);
}

static void els_handle_adisc(Fabric *fabric, Port *from, const FcFrame *request) {
        uint8_t payload[ADISC_SIZE] = { ELS_LS_ACC };

        put24(payload + 5, request->d_id);
        put64(payload + 8, service_name(fabric, request->d_id));
        put64(payload + 16, fabric->switch_name);
        put24(payload + 25, request->d_id);
        els_reply(fabric, from, request, payload, sizeof payload);
}

void els_handle(Fabric *fabric, Port *from, const FcFrame *request) {
        static const uint8_t accept[ACCEPT_SIZE] = { ELS_LS_ACC };

        if (request->payload_size == 0) {
                fabric->frames_malformed++;
                return;
        }
        switch (request->payload[0]) {
        case ELS_PLOGI:
                els_handle_plogi(fabric, from, request);
                break;
        case ELS_SCR:
                els_handle_scr(fabric, from, request);
                break;
        case ELS_RTV:
                els_handle_rtv(fabric, from, request);
                break;
        case ELS_ADISC:
                els_handle_adisc(fabric, from, request);
                break;
        case ELS_LOGO: /* from a service; the fabric's own LOGO comes by FIP */
        case ELS_RRQ:
                els_reply(fabric, from, request, accept, sizeof accept);
                break;
        default:
                els_reject(fabric, from, request, REASON_UNSUPPORTED, EXPLANATION_NOT_SUPPORTED);
        }
}
