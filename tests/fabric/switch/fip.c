/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fip.h"

#include "frame.h"
#include "login.h"

#include <string.h>

#define BYTES_PER_WORD 4
#define FIP_FRAME_MAX 1024

/* Descriptors and where they keep things, from the start of the descriptor. */
enum {
        DESC_HEADER_SIZE = 2,
        DESC_ELS_HEADER_SIZE = 4, /* then the FC header and the ELS */
        DESC_VN_PORT_SIZE = 20,
        DESC_VN_PORT_ID = 9,
        DESC_MAC_SIZE = 8,

        LOGO_SIZE = 16,
        LOGO_PORT_ID = 5,
};

/* A FIP frame being written: descriptors are appended, then fip_send() fills in their length. */
typedef struct FipFrame {
        uint8_t data[FIP_FRAME_MAX];
        size_t size;
} FipFrame;

/* One FIP frame as it came. */
typedef struct FipRequest {
        const uint8_t *source;
        uint16_t operation;
        uint8_t subcode;
        const uint8_t *descriptors;
        size_t descriptors_size;
} FipRequest;

static void fip_begin(FipFrame *fip, const Fabric *fabric, const uint8_t destination[6],
                      uint16_t operation, uint16_t flags) {
        uint8_t *header = fip->data + ETHER_HEADER_SIZE;

        memset(fip, 0, sizeof *fip);
        memcpy(fip->data, destination, 6);
        memcpy(fip->data + 6, fabric->mac, 6);
        put16(fip->data + 12, ETHERTYPE_FIP);
        header[0] = FIP_VERSION << 4;
        put16(header + 2, operation);
        header[5] = FIP_REPLY;
        put16(header + 8, FIP_FLAG_FPMA | FIP_FLAG_FCF | flags);
        fip->size = ETHER_HEADER_SIZE + FIP_HEADER_SIZE;
}

static uint8_t *fip_append(FipFrame *fip, uint8_t type, size_t size) {
        uint8_t *desc = fip->data + fip->size;

        desc[0] = type;
        desc[1] = (uint8_t) (size / BYTES_PER_WORD);
        fip->size += size;
        return desc;
}

static void fip_append_mac(FipFrame *fip, const uint8_t mac[6]) {
        memcpy(fip_append(fip, FIP_DESC_MAC, DESC_MAC_SIZE) + DESC_HEADER_SIZE, mac, 6);
}

static void fip_send(FipFrame *fip, Fabric *fabric, Link *link) {
        size_t words = (fip->size - ETHER_HEADER_SIZE - FIP_HEADER_SIZE) / BYTES_PER_WORD;

        put16(fip->data + ETHER_HEADER_SIZE + 6, (uint32_t) words);
        if (!fault_hits(&fabric->faults, FAULT_FREEZE, (FaultScope){ 0, link }))
                link_send(link, fip->data, fip->size);
}

/* libfcoe takes an FCF whose advertisement has exactly these five descriptors, once each. */
static void fip_advertise_to(Fabric *fabric, Link *link, const uint8_t destination[6],
                             bool is_solicited) {
        FipFrame fip;
        uint8_t *desc;

        if (fault_hits(&fabric->faults, FAULT_MUTE_ADVERTISEMENTS, (FaultScope){ 0, link }))
                return;
        fip_begin(&fip, fabric, destination, FIP_OP_DISCOVERY,
                  FIP_FLAG_F_PORT | FIP_FLAG_AVAILABLE | (is_solicited ? FIP_FLAG_SOLICITED : 0));
        fip_append(&fip, FIP_DESC_PRIORITY, 4)[3] = 128;
        fip_append_mac(&fip, fabric->mac);
        put64(fip_append(&fip, FIP_DESC_NAME, 12) + 4, fabric->switch_name);
        desc = fip_append(&fip, FIP_DESC_FABRIC, 16);
        put24(desc + 5, FC_MAP);
        put64(desc + 8, fabric->fabric_name);
        put32(fip_append(&fip, FIP_DESC_FKA, 8) + 4, fabric->config.keep_alive_msec);
        fip_send(&fip, fabric, link);
}

void fip_advertise(Fabric *fabric, Link *link) {
        static const uint8_t all_enodes[6] = { 0x01, 0x10, 0x18, 0x01, 0x00, 0x01 };

        fip_advertise_to(fabric, link, all_enodes, false);
}

void fip_clear_virtual_link(Fabric *fabric, const Port *port) {
        FaultScope scope = { port->port_name, port->link };
        FipFrame fip;
        uint8_t *desc;

        if (fault_hits(&fabric->faults, FAULT_FREEZE, scope))
                return;
        fip_begin(&fip, fabric, port->enode_mac, FIP_OP_CONTROL, FIP_FLAG_F_PORT);
        fip_append_mac(&fip, fabric->mac);
        put64(fip_append(&fip, FIP_DESC_NAME, 12) + 4, fabric->switch_name);
        desc = fip_append(&fip, FIP_DESC_VN_PORT, DESC_VN_PORT_SIZE);
        memcpy(desc + DESC_HEADER_SIZE, port->mac, 6);
        put24(desc + DESC_VN_PORT_ID, port->id);
        put64(desc + 12, port->port_name);
        fip_send(&fip, fabric, port->link);
        fabric_log(fabric, "link %u: clear virtual link of %016llx", port->link->number,
                   (unsigned long long) port->port_name);
}

static void fip_handle_vlan(Fabric *fabric, Link *link, const FipRequest *request) {
        FipFrame fip;

        fip_begin(&fip, fabric, request->source, FIP_OP_VLAN, 0);
        fip_append_mac(&fip, fabric->mac);
        /* VLAN 0: the same untagged Ethernet. */
        (void) fip_append(&fip, FIP_DESC_VLAN, 4);
        fip_send(&fip, fabric, link);
}

static const uint8_t *fip_find(const FipRequest *request, uint8_t type, size_t size_min) {
        size_t offset = 0;

        while (offset + DESC_HEADER_SIZE <= request->descriptors_size) {
                const uint8_t *desc = request->descriptors + offset;
                size_t size = (size_t) desc[1] * BYTES_PER_WORD;

                if (size == 0 || offset + size > request->descriptors_size)
                        return NULL;
                if (desc[0] == type)
                        return size >= size_min ? desc : NULL;
                offset += size;
        }
        return NULL;
}

/*
 * A keep-alive with a VN_Port descriptor is that port's; one without is the host's, and keeps all
 * its ports (FC-BB-5, 7.9.4).
 */
static void fip_handle_keep_alive(Fabric *fabric, const Link *link, const FipRequest *request) {
        const uint8_t *vn_port = fip_find(request, FIP_DESC_VN_PORT, DESC_VN_PORT_SIZE);
        const uint8_t *mac = fip_find(request, FIP_DESC_MAC, DESC_MAC_SIZE);
        Port *port;

        TAILQ_FOREACH(port, &fabric->ports, entry) {
                FaultScope scope = { port->port_name, NULL };
                bool is_meant =
                        port->link == link &&
                        (vn_port ? get24(vn_port + DESC_VN_PORT_ID) == port->id
                                 : mac && memcmp(mac + DESC_HEADER_SIZE, port->enode_mac, 6) == 0);

                if (is_meant && !fault_hits(&fabric->faults, FAULT_FREEZE, scope))
                        port->keep_alive_msec = fabric->now_msec();
        }
}

static void fip_reply_els(Fabric *fabric, Link *link, const FipRequest *request, const FcFrame *fc,
                          uint8_t desc_type, const LoginAnswer *answer) {
        size_t els_size = DESC_ELS_HEADER_SIZE + FC_HEADER_SIZE + answer->size;
        uint32_t id = answer->port ? answer->port->id : fc->s_id;
        uint8_t *desc;
        FipFrame fip;

        fip_begin(&fip, fabric, request->source, FIP_OP_LINK_SERVICE, FIP_FLAG_F_PORT);
        desc = fip_append(&fip, desc_type, els_size) + DESC_ELS_HEADER_SIZE;
        frame_put_header(desc, R_CTL_ELS_REPLY, id, ID_F_PORT, TYPE_ELS, F_CTL_REPLY_LAST,
                         get16(fc->header + FC_OX_ID), fabric_next_exchange(fabric));
        memcpy(desc + FC_HEADER_SIZE, answer->payload, answer->size);
        /* libfcoe wants a MAC in every accept, and takes the one granted from it. */
        if (answer->port)
                fip_append_mac(&fip, answer->port->mac);
        else if (answer->payload[0] == ELS_LS_ACC)
                fip_append_mac(&fip, request->source);
        fip_send(&fip, fabric, link);
}

static void fip_handle_logo(Fabric *fabric, const Link *link, const FcFrame *fc, LoginAnswer *ret) {
        Port *port = NULL;

        if (fc->payload_size >= LOGO_SIZE)
                port = port_find_id(&fabric->ports, get24(fc->payload + LOGO_PORT_ID));
        if (port && port->link == link)
                fabric_logout(fabric, port, "LOGO");
        *ret = (LoginAnswer){ .payload = { ELS_LS_ACC }, .size = 4 };
}

static void fip_handle_els(Fabric *fabric, Link *link, const FipRequest *request) {
        const uint8_t *desc = request->descriptors;
        LoginAnswer answer = { .size = ELS_LS_RJT_SIZE };
        size_t desc_size;
        FcFrame fc;

        desc_size = request->descriptors_size >= DESC_ELS_HEADER_SIZE
                            ? (size_t) desc[1] * BYTES_PER_WORD
                            : 0;
        if (desc_size < DESC_ELS_HEADER_SIZE || desc_size > request->descriptors_size ||
            frame_parse(desc + DESC_ELS_HEADER_SIZE, desc_size - DESC_ELS_HEADER_SIZE, &fc) < 0 ||
            fc.payload_size < 4) {
                fabric->frames_malformed++;
                return;
        }

        switch (fc.payload[0]) {
        case ELS_FLOGI:
        case ELS_FDISC:
                if (fc.payload_size < ELS_LOGIN_SIZE) {
                        fabric->frames_malformed++;
                        return;
                }
                if (fault_hits(&fabric->faults, FAULT_FREEZE,
                               (FaultScope){ login_port_name(fc.payload), NULL }))
                        return;
                login_handle(fabric, link, request->source, fc.payload, fc.payload[0] == ELS_FDISC,
                             &answer);
                break;
        case ELS_LOGO:
                fip_handle_logo(fabric, link, &fc, &answer);
                break;
        default:
                login_put_reject(answer.payload, REASON_UNSUPPORTED, EXPLANATION_NOT_SUPPORTED);
        }
        fip_reply_els(fabric, link, request, &fc, desc[0], &answer);
}

static int fip_parse(const uint8_t *frame, size_t size, FipRequest *ret) {
        const uint8_t *header = frame + ETHER_HEADER_SIZE;
        size_t descriptors_size;

        if (size < ETHER_HEADER_SIZE + FIP_HEADER_SIZE || header[0] >> 4 != FIP_VERSION)
                return -EBADMSG;
        descriptors_size = (size_t) get16(header + 6) * BYTES_PER_WORD;
        if (descriptors_size > size - ETHER_HEADER_SIZE - FIP_HEADER_SIZE)
                return -EBADMSG;
        *ret = (FipRequest){
                .source = frame + 6,
                .operation = get16(header + 2),
                .subcode = header[5],
                .descriptors = header + FIP_HEADER_SIZE,
                .descriptors_size = descriptors_size,
        };
        return 0;
}

void fip_handle(Fabric *fabric, Link *link, const uint8_t *frame, size_t size) {
        FipRequest request;

        if (fip_parse(frame, size, &request) < 0) {
                fabric->frames_malformed++;
                return;
        }
        if (request.subcode != FIP_REQUEST)
                return;

        switch (request.operation) {
        case FIP_OP_DISCOVERY:
                memcpy(link->mac, request.source, 6);
                fip_advertise_to(fabric, link, request.source, true);
                break;
        case FIP_OP_LINK_SERVICE:
                fip_handle_els(fabric, link, &request);
                break;
        case FIP_OP_CONTROL:
                fip_handle_keep_alive(fabric, link, &request);
                break;
        case FIP_OP_VLAN:
                fip_handle_vlan(fabric, link, &request);
                break;
        default:
                break;
        }
}
