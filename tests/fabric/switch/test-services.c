/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What ports ask of the fabric: name server, zoning, RSCN, well-known addresses. */

#include "test-lab.h"

#include <assert.h>
#include <string.h>

enum {
        GPN_ID = 0x0112,
        GFF_ID = 0x011f,
        GSPN_ID = 0x0118,
        GPN_FT = 0x0172,
        RFT_ID = 0x0217,
        RSPN_ID = 0x0218,
};

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
        test_register(&lab->a, lab->a_id);
        test_register(&lab->b, lab->b_id);
        (void) test_host_drain(&lab->a);
        (void) test_host_drain(&lab->b);
}

static void lab_done(Lab *lab) {
        test_host_done(&lab->a);
        test_host_done(&lab->b);
        fabric_done(&lab->fabric);
}

static void zone_apart(Lab *lab) {
        assert(zoning_add(&lab->fabric.zoning, "a", HOST_A) == 1);
        assert(zoning_add(&lab->fabric.zoning, "b", HOST_B) == 1);
        assert(fabric_activate_zoning(&lab->fabric) == 0);
}

static uint16_t gpn_id(TestHost *host, uint32_t s_id, uint32_t id, TestFrame *ret) {
        uint8_t args[4] = { 0 };

        put24(args + 1, id);
        return test_query(host, s_id, GPN_ID, args, sizeof args, ret);
}

/* How many ports of type FCP the name server lists. */
static unsigned gpn_ft(TestHost *host, uint32_t s_id) {
        static const uint8_t args[4] = { 0, 0, 0, TYPE_FCP };
        unsigned count = 0;
        TestFrame answer;

        assert(test_query(host, s_id, GPN_FT, args, sizeof args, &answer) == CT_ACCEPT);
        for (size_t i = CT_HEADER_SIZE; i + 16 <= answer.els_size; i += 16) {
                count++;
                if (answer.els[i] & 0x80)
                        return count;
        }
        assert(false);
        return 0;
}

static void test_a_logged_in_name_is_found_and_another_is_not(void) {
        Lab lab;

        lab_init(&lab);
        assert(test_gid_pn(&lab.a, lab.a_id, HOST_B) == lab.b_id);
        assert(test_gid_pn(&lab.a, lab.a_id, VPORT) == 0);
        lab_done(&lab);
}

static void test_registered_ports_are_listed_with_their_names(void) {
        TestFrame answer;
        Lab lab;

        lab_init(&lab);
        assert(gpn_ft(&lab.a, lab.a_id) == 2);
        assert(gpn_id(&lab.a, lab.a_id, lab.b_id, &answer) == CT_ACCEPT);
        assert(get64(answer.els + CT_HEADER_SIZE) == HOST_B);
        lab_done(&lab);
}

static void test_an_unregistered_port_is_not_listed(void) {
        uint32_t id;
        Lab lab;

        lab_init(&lab);
        assert(test_login(&lab.b, VPORT, true, &id, NULL));
        (void) test_host_drain(&lab.a);
        assert(gpn_ft(&lab.a, lab.a_id) == 2);
        assert(test_gid_pn(&lab.a, lab.a_id, VPORT) == id);
        lab_done(&lab);
}

static void test_features_and_symbolic_names_come_back_as_registered(void) {
        uint8_t name[5 + 4] = { 0, 0, 0, 0, 4, 'w', 'e', 'b', '1' };
        uint8_t args[4] = { 0 };
        TestFrame answer;
        Lab lab;

        lab_init(&lab);
        put24(name + 1, lab.b_id);
        put24(args + 1, lab.b_id);
        assert(test_query(&lab.b, lab.b_id, RSPN_ID, name, sizeof name, &answer) == CT_ACCEPT);
        assert(test_query(&lab.a, lab.a_id, GSPN_ID, args, sizeof args, &answer) == CT_ACCEPT);
        assert(memcmp(answer.els + CT_HEADER_SIZE, "\4web1", 5) == 0);
        assert(test_query(&lab.a, lab.a_id, GFF_ID, args, sizeof args, &answer) == CT_ACCEPT);
        assert(get32(answer.els + CT_HEADER_SIZE + 4) == 2);
        lab_done(&lab);
}

static void test_a_port_cannot_register_for_another_host(void) {
        uint8_t types[36] = { 0 };
        TestFrame answer;
        Lab lab;

        lab_init(&lab);
        put24(types + 1, lab.b_id);
        assert(test_query(&lab.a, lab.a_id, RFT_ID, types, sizeof types, &answer) == CT_REJECT);
        assert(answer.els[14] == CT_ACCESS_DENIED);
        assert(gpn_ft(&lab.a, lab.a_id) == 2);
        lab_done(&lab);
}

static void test_a_long_list_comes_in_several_frames(void) {
        static const uint8_t args[4] = { 0, 0, 0, TYPE_FCP };
        unsigned seq_cnt = 1, entries;
        TestFrame answer;
        uint32_t id;
        Lab lab;

        lab_init(&lab);
        for (uint64_t i = 0; i < 200; i++) {
                assert(test_login(&lab.b, VPORT + i, true, &id, NULL));
                test_register(&lab.b, id);
                (void) test_host_drain(&lab.a);
        }
        assert(test_query(&lab.a, lab.a_id, GPN_FT, args, sizeof args, &answer) == CT_ACCEPT);
        assert(answer.data[FC_OFFSET - 1] == FC_SOF_I3);
        entries = (unsigned) (answer.els_size - CT_HEADER_SIZE) / 16;
        while (get24(answer.fc + FC_F_CTL) == F_CTL_REPLY_MORE) {
                assert(test_host_receive(&lab.a, &answer));
                assert(answer.data[FC_OFFSET - 1] == FC_SOF_N3);
                assert(get16(answer.fc + FC_SEQ_CNT) == seq_cnt++);
                entries += (unsigned) answer.els_size / 16;
        }
        assert(seq_cnt == 2 && entries == 202);
        assert(answer.els[answer.els_size - 16] & 0x80);
        lab_done(&lab);
}

static void test_zoning_hides_a_port_from_lists_and_addresses(void) {
        TestFrame answer;
        Lab lab;

        lab_init(&lab);
        zone_apart(&lab);
        (void) test_host_drain(&lab.a);
        assert(gpn_ft(&lab.a, lab.a_id) == 1);
        assert(gpn_id(&lab.a, lab.a_id, lab.b_id, &answer) == CT_REJECT);
        assert(answer.els[13] == CT_REASON_UNABLE && answer.els[14] == CT_NO_PORT_ID);
        lab_done(&lab);
}

static void test_a_name_is_found_across_zones_unless_ns_zoning_is_on(void) {
        Lab lab;

        lab_init(&lab);
        zone_apart(&lab);
        (void) test_host_drain(&lab.a);
        assert(test_gid_pn(&lab.a, lab.a_id, HOST_B) == lab.b_id);
        lab.fabric.config.has_ns_zoning = true;
        assert(test_gid_pn(&lab.a, lab.a_id, HOST_B) == 0);
        assert(test_gid_pn(&lab.a, lab.a_id, HOST_A) == lab.a_id);
        lab_done(&lab);
}

static bool passes(Lab *lab) {
        static const uint8_t payload[8] = { 'd', 'a', 't', 'a' };
        TestFrame frame;

        (void) test_host_drain(&lab->b);
        test_send_fc(&lab->a, 0x01, TYPE_FCP, lab->b_id, lab->a_id, payload, sizeof payload);
        if (!test_host_receive(&lab->b, &frame))
                return false;
        assert(memcmp(frame.els, payload, sizeof payload) == 0);
        /* libfcoe wants the FC-MAP and the D_ID for a destination and the switch for a source. */
        assert(get24(frame.data) == FC_MAP && get24(frame.data + 3) == lab->b_id);
        assert(memcmp(frame.data + 6, lab->fabric.mac, 6) == 0);
        return true;
}

static void test_frames_pass_between_ports_of_a_zone_only(void) {
        Lab lab;

        lab_init(&lab);
        assert(passes(&lab));
        zone_apart(&lab);
        assert(!passes(&lab));
        assert(port_find_name(&lab.fabric.ports, HOST_A)->frames_dropped == 1);
        assert(zoning_add(&lab.fabric.zoning, "b", HOST_A) == 1);
        assert(!passes(&lab)); /* edited is not active */
        assert(fabric_activate_zoning(&lab.fabric) == 0);
        assert(passes(&lab));
        lab_done(&lab);
}

static void test_the_default_zone_can_be_closed(void) {
        Lab lab;

        lab_init(&lab);
        lab.fabric.zoning.edited_default_permit = false;
        assert(fabric_activate_zoning(&lab.fabric) == 0);
        assert(!passes(&lab));
        lab_done(&lab);
}

static void test_activation_tells_those_whose_view_changed(void) {
        Lab lab;

        lab_init(&lab);
        zone_apart(&lab);
        assert(test_got_rscn(&lab.a, lab.b_id));
        assert(test_got_rscn(&lab.b, lab.a_id));
        assert(fabric_activate_zoning(&lab.fabric) == 0); /* nothing changed */
        assert(test_host_drain(&lab.a) == 0);
        lab_done(&lab);
}

static void test_login_and_logout_are_told_to_those_who_may_see(void) {
        uint32_t id;
        Lab lab;

        lab_init(&lab);
        assert(test_login(&lab.b, VPORT, true, &id, NULL));
        assert(test_got_rscn(&lab.a, id));
        test_logout(&lab.b, id);
        assert(test_got_rscn(&lab.a, id));

        assert(zoning_add(&lab.fabric.zoning, "b", VPORT) == 1);
        assert(fabric_activate_zoning(&lab.fabric) == 0);
        assert(test_login(&lab.b, VPORT, true, &id, NULL));
        test_logout(&lab.b, id);
        assert(!test_got_rscn(&lab.a, id));
        lab_done(&lab);
}

static void test_no_rscn_without_scr(void) {
        static const uint8_t clear[8] = { ELS_SCR, [7] = 0xff };
        TestFrame answer;
        uint32_t id;
        Lab lab;

        lab_init(&lab);
        test_els(&lab.a, ID_FABRIC_CONTROLLER, lab.a_id, clear, sizeof clear, &answer);
        assert(test_login(&lab.b, VPORT, true, &id, NULL));
        assert(test_host_drain(&lab.a) == 0);
        lab_done(&lab);
}

static void test_well_known_addresses_answer_what_hosts_ask(void) {
        static const uint8_t accepted[] = { ELS_PLOGI, ELS_LOGO, ELS_RTV, ELS_ADISC, ELS_RRQ };
        TestFrame answer;
        Lab lab;

        lab_init(&lab);
        for (size_t i = 0; i < ARRAY_LEN(accepted); i++) {
                uint8_t els[ELS_LOGIN_SIZE] = { accepted[i] };

                test_els(&lab.a, ID_DIRECTORY_SERVER, lab.a_id, els, sizeof els, &answer);
                assert(answer.els[0] == ELS_LS_ACC);
                assert(get24(answer.fc + FC_S_ID) == ID_DIRECTORY_SERVER);
        }
        test_els(&lab.a, ID_DIRECTORY_SERVER, lab.a_id, (const uint8_t[8]){ 0x20 }, 8, &answer);
        assert(answer.els[0] == ELS_LS_RJT && answer.els[5] == REASON_UNSUPPORTED);
        lab_done(&lab);
}

int main(void) {
        test_a_logged_in_name_is_found_and_another_is_not();
        test_registered_ports_are_listed_with_their_names();
        test_an_unregistered_port_is_not_listed();
        test_features_and_symbolic_names_come_back_as_registered();
        test_a_port_cannot_register_for_another_host();
        test_a_long_list_comes_in_several_frames();
        test_zoning_hides_a_port_from_lists_and_addresses();
        test_a_name_is_found_across_zones_unless_ns_zoning_is_on();
        test_frames_pass_between_ports_of_a_zone_only();
        test_the_default_zone_can_be_closed();
        test_activation_tells_those_whose_view_changed();
        test_login_and_logout_are_told_to_those_who_may_see();
        test_no_rscn_without_scr();
        test_well_known_addresses_answer_what_hosts_ask();
        return 0;
}
