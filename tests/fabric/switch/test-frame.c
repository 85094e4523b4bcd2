/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames that nobody should send: none may crash the switch or change who is logged in. */

#include "frame.h"
#include "test-lab.h"

#include <assert.h>
#include <string.h>
#include <sys/socket.h>

typedef struct Lab {
        Fabric fabric;
        TestHost a;
        TestHost b;
        uint32_t a_id;
        uint32_t b_id;
} Lab;

static void lab_init(Lab *lab) {
        test_fabric_init(&lab->fabric);
        test_host_init(&lab->a, &lab->fabric, 1);
        test_host_init(&lab->b, &lab->fabric, 2);
        assert(test_login(&lab->a, HOST_A, false, &lab->a_id, NULL));
        assert(test_login(&lab->b, HOST_B, false, &lab->b_id, NULL));
}

static void lab_done(Lab *lab) {
        test_host_done(&lab->a);
        test_host_done(&lab->b);
        fabric_done(&lab->fabric);
}

/* Hands a copy of exactly this size to the switch, so that a sanitizer sees a read past its end. */
static void handle_copy(Lab *lab, const uint8_t *frame, size_t size) {
        uint8_t *copy = malloc(size > 0 ? size : 1);

        assert(copy);
        memcpy(copy, frame, size);
        frame_handle(&lab->fabric, lab->a.link, copy, size);
        free(copy);
        (void) test_host_drain(&lab->a);
        (void) test_host_drain(&lab->b);
}

static size_t make_fip_flogi(const Lab *lab, uint8_t frame[static 512]) {
        uint8_t *header = frame + ETHER_HEADER_SIZE;
        uint8_t *desc = header + FIP_HEADER_SIZE;
        size_t desc_size = 4 + FC_HEADER_SIZE + ELS_LOGIN_SIZE;

        memset(frame, 0, 512);
        memcpy(frame, lab->fabric.mac, 6);
        put16(frame + 12, ETHERTYPE_FIP);
        header[0] = FIP_VERSION << 4;
        put16(header + 2, FIP_OP_LINK_SERVICE);
        header[5] = FIP_REQUEST;
        put16(header + 6, (uint32_t) desc_size / 4);
        desc[0] = FIP_DESC_FLOGI;
        desc[1] = (uint8_t) (desc_size / 4);
        desc[4 + FC_HEADER_SIZE] = ELS_FLOGI;
        put64(desc + 4 + FC_HEADER_SIZE + 20, VPORT);
        return ETHER_HEADER_SIZE + FIP_HEADER_SIZE + desc_size;
}

static size_t make_ct(const Lab *lab, uint16_t code, uint8_t frame[static 512]) {
        uint8_t *ct = frame + FC_OFFSET + FC_HEADER_SIZE;

        memset(frame, 0, 512);
        put16(frame + 12, ETHERTYPE_FCOE);
        frame_put_header(frame + FC_OFFSET, R_CTL_UNSOLICITED_CONTROL, ID_DIRECTORY_SERVER,
                         lab->a_id, TYPE_CT, F_CTL_REQUEST, 1, UINT16_MAX);
        ct[0] = 1;
        ct[4] = CT_TYPE_DIRECTORY;
        ct[5] = CT_SUBTYPE_NAME_SERVER;
        put16(ct + 8, code);
        return FC_OFFSET + FC_HEADER_SIZE + CT_HEADER_SIZE + 40 + FCOE_TRAILER_SIZE;
}

static void test_a_login_cut_short_anywhere_is_no_login(void) {
        uint8_t frame[512];
        size_t size;
        Lab lab;

        lab_init(&lab);
        size = make_fip_flogi(&lab, frame);
        for (size_t cut = 0; cut < size; cut++) {
                handle_copy(&lab, frame, cut);
                assert(!port_find_name(&lab.fabric.ports, VPORT));
        }
        handle_copy(&lab, frame, size);
        assert(port_find_name(&lab.fabric.ports, VPORT));
        lab_done(&lab);
}

static void test_a_descriptor_longer_than_its_frame_is_refused(void) {
        uint8_t frame[512];
        size_t size;
        Lab lab;

        lab_init(&lab);
        size = make_fip_flogi(&lab, frame);
        frame[ETHER_HEADER_SIZE + FIP_HEADER_SIZE + 1]++;
        handle_copy(&lab, frame, size);
        assert(!port_find_name(&lab.fabric.ports, VPORT));
        assert(lab.fabric.frames_malformed == 1);
        lab_done(&lab);
}

static void test_a_descriptor_of_no_length_ends_the_search(void) {
        uint8_t frame[ETHER_FRAME_MIN] = { 0 };
        uint8_t *header = frame + ETHER_HEADER_SIZE;
        Lab lab;

        lab_init(&lab);
        put16(frame + 12, ETHERTYPE_FIP);
        header[0] = FIP_VERSION << 4;
        put16(header + 2, FIP_OP_CONTROL);
        header[5] = FIP_REQUEST;
        put16(header + 6, 4);
        handle_copy(&lab, frame, sizeof frame);
        lab_done(&lab);
}

static void test_every_query_cut_short_anywhere_is_survived(void) {
        uint8_t frame[512];
        size_t size;
        Lab lab;

        lab_init(&lab);
        for (uint16_t code = 0x0100; code <= 0x0300; code++) {
                size = make_ct(&lab, code, frame);
                for (size_t cut = FC_OFFSET; cut <= size; cut++)
                        handle_copy(&lab, frame, cut);
        }
        assert(port_find_name(&lab.fabric.ports, HOST_A));
        assert(port_find_name(&lab.fabric.ports, HOST_B));
        lab_done(&lab);
}

static void test_a_host_cannot_speak_for_a_port_of_another_link(void) {
        uint8_t els[8] = { ELS_SCR, [7] = 3 };
        TestFrame frame;
        Lab lab;

        lab_init(&lab);
        (void) test_host_drain(&lab.a);
        (void) test_host_drain(&lab.b);
        test_send_fc(&lab.a, R_CTL_ELS_REQUEST, TYPE_ELS, ID_FABRIC_CONTROLLER, lab.b_id, els,
                     sizeof els);
        assert(!test_host_receive(&lab.a, &frame) && !test_host_receive(&lab.b, &frame));
        assert(!port_find_name(&lab.fabric.ports, HOST_B)->wants_rscn);
        assert(lab.fabric.frames_unroutable == 1);
        lab_done(&lab);
}

static void test_a_stream_that_promises_too_long_a_frame_is_closed(void) {
        uint8_t header[4];
        Lab lab;

        lab_init(&lab);
        put32(header, ETHER_FRAME_MAX + 1);
        assert(send(lab.a.fd, header, sizeof header, 0) == sizeof header);
        assert(link_receive(lab.a.link, NULL, NULL) == -EMSGSIZE);
        lab_done(&lab);
}

static void test_a_host_that_does_not_read_loses_frames_not_the_switch(void) {
        uint8_t payload[FC_PAYLOAD_MAX] = { 0 };
        Lab lab;

        lab_init(&lab);
        /* 17,000 frames of 2 KiB are more than the 32 MiB that a link queues. */
        for (int i = 0; i < 17000; i++)
                test_send_fc(&lab.a, 0x01, TYPE_FCP, lab.b_id, lab.a_id, payload, sizeof payload);
        assert(lab.b.link->stats.dropped > 0);
        assert(port_find_name(&lab.fabric.ports, HOST_B));
        lab_done(&lab);
}

/* Good frames with bytes changed at random: always the same ones, by a fixed seed. */
static void test_random_damage_is_survived(void) {
        uint32_t random = 12345;
        uint8_t frame[512];
        Lab lab;

        lab_init(&lab);
        for (int i = 0; i < 50000; i++) {
                size_t size = i % 2 ? make_fip_flogi(&lab, frame)
                                    : make_ct(&lab, (uint16_t) (0x0100 + i % 0x220), frame);

                for (int damage = 0; damage < 4; damage++) {
                        random = random * 1664525 + 1013904223;
                        frame[(random >> 8) % size] = (uint8_t) (random >> 24);
                }
                handle_copy(&lab, frame, size);
        }
        lab_done(&lab);
}

int main(void) {
        test_a_login_cut_short_anywhere_is_no_login();
        test_a_descriptor_longer_than_its_frame_is_refused();
        test_a_descriptor_of_no_length_ends_the_search();
        test_every_query_cut_short_anywhere_is_survived();
        test_a_host_cannot_speak_for_a_port_of_another_link();
        test_a_stream_that_promises_too_long_a_frame_is_closed();
        test_a_host_that_does_not_read_loses_frames_not_the_switch();
        test_random_damage_is_survived();
        return 0;
}
