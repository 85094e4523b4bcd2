/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-lab.h"

#include "frame.h"

#include <assert.h>
#include <string.h>
#include <sys/socket.h>

uint64_t test_now_msec = 1000000;

static uint64_t clock_of_test(void) {
        return test_now_msec;
}

void test_fabric_init(Fabric *fabric) {
        assert(fabric_init(fabric, &fabric_config_default, clock_of_test) == 0);
}

void test_host_init(TestHost *host, Fabric *fabric, uint8_t number) {
        int fds[2];

        assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
        *host = (TestHost){ .fabric = fabric,
                            .fd = fds[1],
                            .mac = { 0x52, 0x54, 0, 0, 0, number } };
        assert(link_new(fds[0], LINK_STREAM, "test", &host->link) == 0);
        assert(fabric_add_link(fabric, host->link) == 0);
        assert(test_host_drain(host) == 1); /* an advertisement */
}

void test_host_done(TestHost *host) {
        (void) close(host->fd);
}

static void on_frame(Link *link, uint8_t *frame, size_t size, void *userdata) {
        frame_handle(userdata, link, frame, size);
}

void test_host_send(TestHost *host, const uint8_t *frame, size_t size) {
        uint8_t header[4];

        put32(header, (uint32_t) size);
        assert(send(host->fd, header, sizeof header, 0) == sizeof header);
        assert(send(host->fd, frame, size, 0) == (ssize_t) size);
        assert(link_receive(host->link, on_frame, host->fabric) == 0);
}

bool test_host_receive(TestHost *host, TestFrame *ret) {
        uint8_t header[4];

        if (recv(host->fd, header, sizeof header, 0) != sizeof header)
                return false;
        ret->size = get32(header);
        assert(ret->size >= ETHER_FRAME_MIN && ret->size <= sizeof ret->data);
        assert(recv(host->fd, ret->data, ret->size, 0) == (ssize_t) ret->size);
        ret->ethertype = get16(ret->data + 12);
        if (ret->ethertype == ETHERTYPE_FCOE) {
                ret->fc = ret->data + FC_OFFSET;
                ret->els_size = ret->size - FC_OFFSET - FC_HEADER_SIZE - FCOE_TRAILER_SIZE;
        } else {
                ret->fc = ret->data + ETHER_HEADER_SIZE + FIP_HEADER_SIZE + 4;
                ret->els_size =
                        ret->size - ETHER_HEADER_SIZE - FIP_HEADER_SIZE - 4 - FC_HEADER_SIZE;
        }
        ret->els = ret->fc + FC_HEADER_SIZE;
        return true;
}

unsigned test_host_drain(TestHost *host) {
        unsigned count = 0;
        TestFrame frame;

        while (test_host_receive(host, &frame))
                count++;
        return count;
}

static size_t begin_fip(const TestHost *host, uint8_t *frame, size_t size, uint16_t operation,
                        size_t descriptors_size) {
        uint8_t *header = frame + ETHER_HEADER_SIZE;

        memset(frame, 0, size);
        memcpy(frame, host->fabric->mac, 6);
        memcpy(frame + 6, host->mac, 6);
        put16(frame + 12, ETHERTYPE_FIP);
        header[0] = FIP_VERSION << 4;
        put16(header + 2, operation);
        header[5] = FIP_REQUEST;
        put16(header + 6, (uint32_t) descriptors_size / 4);
        return ETHER_HEADER_SIZE + FIP_HEADER_SIZE + descriptors_size;
}

/* ELS in FIP: one descriptor with the FC frame, then the MAC that is asked for. */
static void send_fip_els(TestHost *host, uint8_t desc_type, uint32_t s_id, const uint8_t *els,
                         size_t els_size) {
        uint8_t frame[512];
        size_t desc_size = 4 + FC_HEADER_SIZE + els_size;
        size_t size = begin_fip(host, frame, sizeof frame, FIP_OP_LINK_SERVICE, desc_size + 8);
        uint8_t *desc = frame + ETHER_HEADER_SIZE + FIP_HEADER_SIZE;

        desc[0] = desc_type;
        desc[1] = (uint8_t) (desc_size / 4);
        frame_put_header(desc + 4, R_CTL_ELS_REQUEST, ID_F_PORT, s_id, TYPE_ELS, F_CTL_REQUEST,
                         0x1234, UINT16_MAX);
        memcpy(desc + 4 + FC_HEADER_SIZE, els, els_size);
        desc += desc_size;
        desc[0] = FIP_DESC_MAC;
        desc[1] = 2;
        test_host_send(host, frame, size);
}

/* The answer to an ELS in FIP, among RSCNs and advertisements that may come in between. */
static bool receive_fip(TestHost *host, TestFrame *ret) {
        while (test_host_receive(host, ret))
                if (ret->ethertype == ETHERTYPE_FIP &&
                    get16(ret->data + ETHER_HEADER_SIZE + 2) == FIP_OP_LINK_SERVICE)
                        return true;
        return false;
}

bool test_login(TestHost *host, uint64_t port_name, bool is_fdisc, uint32_t *ret_id,
                unsigned *ret_reason) {
        uint8_t els[ELS_LOGIN_SIZE] = { is_fdisc ? ELS_FDISC : ELS_FLOGI };
        TestFrame answer;

        put16(els + 10, FC_PAYLOAD_MAX);
        put64(els + 20, port_name);
        put64(els + 28, port_name ^ 0x0100000000000000);
        send_fip_els(host, is_fdisc ? FIP_DESC_FDISC : FIP_DESC_FLOGI, 0, els, sizeof els);
        assert(receive_fip(host, &answer));
        if (answer.els[0] == ELS_LS_RJT) {
                if (ret_reason)
                        *ret_reason = (unsigned) answer.els[5] << 8 | answer.els[6];
                return false;
        }
        assert(answer.els[0] == ELS_LS_ACC);
        if (ret_id)
                *ret_id = get24(answer.fc + FC_D_ID);
        return true;
}

void test_logout(TestHost *host, uint32_t id) {
        uint8_t els[16] = { ELS_LOGO };
        TestFrame answer;

        put24(els + 5, id);
        send_fip_els(host, FIP_DESC_LOGO, id, els, sizeof els);
        assert(receive_fip(host, &answer));
        assert(answer.els[0] == ELS_LS_ACC);
}

void test_keep_alive(TestHost *host) {
        uint8_t frame[64];
        size_t size = begin_fip(host, frame, sizeof frame, FIP_OP_CONTROL, 8);
        uint8_t *desc = frame + ETHER_HEADER_SIZE + FIP_HEADER_SIZE;

        desc[0] = FIP_DESC_MAC;
        desc[1] = 2;
        memcpy(desc + 2, host->mac, 6);
        test_host_send(host, frame, size);
}

void test_send_fc(TestHost *host, uint8_t r_ctl, uint8_t type, uint32_t d_id, uint32_t s_id,
                  const uint8_t *payload, size_t size) {
        uint8_t frame[ETHER_FRAME_MAX] = { 0 };

        memcpy(frame + 6, host->mac, 6);
        put16(frame + 12, ETHERTYPE_FCOE);
        frame_put_header(frame + FC_OFFSET, r_ctl, d_id, s_id, type, F_CTL_REQUEST, 0x4321,
                         UINT16_MAX);
        memcpy(frame + FC_OFFSET + FC_HEADER_SIZE, payload, size);
        test_host_send(host, frame, FC_OFFSET + FC_HEADER_SIZE + size + FCOE_TRAILER_SIZE);
}

void test_els(TestHost *host, uint32_t d_id, uint32_t s_id, const uint8_t *payload, size_t size,
              TestFrame *ret) {
        test_send_fc(host, R_CTL_ELS_REQUEST, TYPE_ELS, d_id, s_id, payload, size);
        assert(test_host_receive(host, ret));
        assert(ret->fc[FC_R_CTL] == R_CTL_ELS_REPLY);
        assert(get16(ret->fc + FC_OX_ID) == 0x4321);
}

uint16_t test_query(TestHost *host, uint32_t s_id, uint16_t code, const uint8_t *args, size_t size,
                    TestFrame *ret) {
        uint8_t ct[512] = { 1, 0, 0, 0, CT_TYPE_DIRECTORY, CT_SUBTYPE_NAME_SERVER };

        put16(ct + 8, code);
        memcpy(ct + CT_HEADER_SIZE, args, size);
        test_send_fc(host, R_CTL_UNSOLICITED_CONTROL, TYPE_CT, ID_DIRECTORY_SERVER, s_id, ct,
                     CT_HEADER_SIZE + size);
        do
                assert(test_host_receive(host, ret));
        while (ret->fc[FC_R_CTL] != R_CTL_SOLICITED_CONTROL);
        return get16(ret->els + 8);
}

uint32_t test_gid_pn(TestHost *host, uint32_t s_id, uint64_t port_name) {
        TestFrame answer;
        uint8_t args[8];

        put64(args, port_name);
        if (test_query(host, s_id, 0x0121, args, sizeof args, &answer) == CT_ACCEPT)
                return get24(answer.els + CT_HEADER_SIZE + 1);
        assert(answer.els[13] == CT_REASON_UNABLE && answer.els[14] == CT_NO_PORT_NAME);
        return 0;
}

void test_register(TestHost *host, uint32_t id) {
        uint8_t scr[8] = { ELS_SCR, [7] = 3 };
        uint8_t types[36] = { 0 }, features[8] = { 0 };
        TestFrame answer;

        test_els(host, ID_FABRIC_CONTROLLER, id, scr, sizeof scr, &answer);
        assert(answer.els[0] == ELS_LS_ACC);
        put24(types + 1, id);
        types[4 + 2] = 1; /* FCP */
        assert(test_query(host, id, 0x0217, types, sizeof types, &answer) == CT_ACCEPT);
        put24(features + 1, id);
        features[6] = 2; /* initiator */
        features[7] = TYPE_FCP;
        assert(test_query(host, id, 0x021f, features, sizeof features, &answer) == CT_ACCEPT);
}

bool test_got_rscn(TestHost *host, uint32_t about) {
        bool got = false;
        TestFrame frame;

        while (test_host_receive(host, &frame)) {
                if (frame.ethertype != ETHERTYPE_FCOE || frame.els[0] != ELS_RSCN)
                        continue;
                for (size_t i = 4; i + 4 <= get16(frame.els + 2); i += 4)
                        got = got || get24(frame.els + i + 1) == about;
        }
        return got;
}
