/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who may log in, what a refusal says, and what ends a login. */

#include "fip.h"
#include "test-lab.h"

#include <assert.h>
#include <string.h>

#define REFUSED(reason, explanation) ((unsigned) (reason) << 8 | (explanation))

typedef struct Lab {
        Fabric fabric;
        TestHost a;
        TestHost b;
} Lab;

static void lab_init(Lab *lab) {
        test_fabric_init(&lab->fabric);
        test_host_init(&lab->a, &lab->fabric, 1);
        test_host_init(&lab->b, &lab->fabric, 2);
        assert(test_login(&lab->a, HOST_A, false, NULL, NULL));
        assert(test_login(&lab->b, HOST_B, false, NULL, NULL));
}

static void lab_done(Lab *lab) {
        test_host_done(&lab->a);
        test_host_done(&lab->b);
        fabric_done(&lab->fabric);
}

static void test_a_host_and_its_vport_get_addresses_of_their_link(void) {
        uint32_t id;
        Lab lab;

        lab_init(&lab);
        assert(port_find_name(&lab.fabric.ports, HOST_A)->id == 0x010100);
        assert(port_find_name(&lab.fabric.ports, HOST_B)->id == 0x010200);
        assert(test_login(&lab.b, VPORT, true, &id, NULL));
        assert(id == 0x010201);
        assert(port_find_id(&lab.fabric.ports, id)->is_virtual);
        lab_done(&lab);
}

static void test_an_accept_grants_the_mac_made_of_the_address(void) {
        static const uint8_t granted[6] = { 0x0e, 0xfc, 0x00, 0x01, 0x01, 0x00 };
        Lab lab;

        lab_init(&lab);
        assert(memcmp(port_find_name(&lab.fabric.ports, HOST_A)->mac, granted, 6) == 0);
        lab_done(&lab);
}

static void test_a_vport_before_its_host_is_refused(void) {
        unsigned reason;
        TestHost host;
        Lab lab;

        lab_init(&lab);
        test_host_init(&host, &lab.fabric, 3);
        assert(!test_login(&host, VPORT, true, NULL, &reason));
        assert(reason == REFUSED(REASON_UNABLE, EXPLANATION_LOGIN_REQUIRED));
        test_host_done(&host);
        lab_done(&lab);
}

static void test_a_name_logged_in_elsewhere_is_refused_and_counted(void) {
        unsigned reason;
        Lab lab;

        lab_init(&lab);
        assert(test_login(&lab.a, VPORT, true, NULL, NULL));
        for (int i = 0; i < 3; i++) {
                assert(!test_login(&lab.b, VPORT, true, NULL, &reason));
                assert(reason == REFUSED(REASON_LOGICAL_ERROR, EXPLANATION_INVALID_PORT_NAME));
        }
        assert(port_find_name(&lab.fabric.ports, VPORT)->link == lab.a.link);
        assert(attempt_log_count_name(&lab.fabric.attempts, VPORT, false) == 4);
        assert(attempt_log_count_name(&lab.fabric.attempts, VPORT, true) == 3);
        assert(lab.fabric.attempts.total_duplicates == 3);
        assert(lab.fabric.attempts.total_logged_in_twice == 0);
        lab_done(&lab);
}

static void test_a_name_is_free_again_after_its_logout(void) {
        uint32_t id;
        Lab lab;

        lab_init(&lab);
        assert(test_login(&lab.a, VPORT, true, &id, NULL));
        assert(!test_login(&lab.b, VPORT, true, NULL, NULL));
        test_logout(&lab.a, id);
        assert(test_login(&lab.b, VPORT, true, NULL, NULL));
        assert(port_find_name(&lab.fabric.ports, VPORT)->link == lab.b.link);
        lab_done(&lab);
}

static void test_a_host_cannot_log_out_another(void) {
        uint32_t id;
        Lab lab;

        lab_init(&lab);
        assert(test_login(&lab.a, VPORT, true, &id, NULL));
        test_logout(&lab.b, id);
        assert(port_find_name(&lab.fabric.ports, VPORT));
        lab_done(&lab);
}

static void test_a_name_logs_in_again_where_it_is(void) {
        Lab lab;

        lab_init(&lab);
        assert(test_login(&lab.a, VPORT, true, NULL, NULL));
        assert(test_login(&lab.a, VPORT, true, NULL, NULL));
        assert(port_count_name(&lab.fabric.ports, VPORT) == 1);
        assert(lab.fabric.attempts.total_duplicates == 0);
        lab_done(&lab);
}

static bool got_clear_virtual_link(TestHost *host, uint64_t port_name) {
        bool got = false;
        TestFrame frame;

        while (test_host_receive(host, &frame)) {
                const uint8_t *header = frame.data + ETHER_HEADER_SIZE;

                if (frame.ethertype == ETHERTYPE_FIP && get16(header + 2) == FIP_OP_CONTROL &&
                    header[5] == FIP_REPLY)
                        /* MAC (8), name (12), then the VN_Port with its name at 12. */
                        got = got || get64(header + FIP_HEADER_SIZE + 8 + 12 + 12) == port_name;
        }
        return got;
}

static void test_takeover_clears_the_link_of_the_owner(void) {
        Lab lab;

        lab_init(&lab);
        lab.fabric.config.duplicate_policy = DUPLICATE_TAKEOVER;
        assert(test_login(&lab.a, VPORT, true, NULL, NULL));
        assert(test_login(&lab.b, VPORT, true, NULL, NULL));
        assert(got_clear_virtual_link(&lab.a, VPORT));
        assert(port_count_name(&lab.fabric.ports, VPORT) == 1);
        assert(port_find_name(&lab.fabric.ports, VPORT)->link == lab.b.link);
        assert(lab.fabric.attempts.total_duplicates == 1);
        lab_done(&lab);
}

static void test_allow_logs_in_twice_and_says_so(void) {
        Lab lab;

        lab_init(&lab);
        lab.fabric.config.duplicate_policy = DUPLICATE_ALLOW;
        assert(test_login(&lab.a, VPORT, true, NULL, NULL));
        assert(test_login(&lab.b, VPORT, true, NULL, NULL));
        assert(port_count_name(&lab.fabric.ports, VPORT) == 2);
        assert(lab.fabric.attempts.total_logged_in_twice == 1);
        lab_done(&lab);
}

static void test_a_full_link_takes_no_more_vports(void) {
        unsigned reason;
        Lab lab;

        lab_init(&lab);
        lab.a.link->vports_max = 1;
        assert(test_login(&lab.a, VPORT, true, NULL, NULL));
        assert(!test_login(&lab.a, VPORT2, true, NULL, &reason));
        assert(reason == REFUSED(REASON_UNABLE, EXPLANATION_NO_RESOURCES));
        assert(test_login(&lab.a, VPORT, true, NULL, NULL)); /* the one it has, again */
        assert(test_login(&lab.b, VPORT2, true, NULL, NULL));
        lab_done(&lab);
}

static void test_addresses_end_with_a_refusal(void) {
        unsigned reason;
        Lab lab;

        lab_init(&lab);
        lab.a.link->vports_max = PORTS_PER_LINK;
        for (unsigned i = 1; i < PORTS_PER_LINK; i++)
                assert(test_login(&lab.a, VPORT + i, true, NULL, NULL));
        assert(!test_login(&lab.a, VPORT, true, NULL, &reason));
        assert(reason == REFUSED(REASON_UNABLE, EXPLANATION_NO_RESOURCES));
        lab_done(&lab);
}

static void test_a_fabric_without_npiv_refuses_vports_only(void) {
        unsigned reason;
        TestHost host;
        Lab lab;

        lab_init(&lab);
        lab.fabric.config.has_npiv = false;
        test_host_init(&host, &lab.fabric, 3);
        assert(test_login(&host, HOST_A + 0x1000, false, NULL, NULL));
        assert(!test_login(&host, VPORT, true, NULL, &reason));
        assert(reason == REFUSED(REASON_UNSUPPORTED, EXPLANATION_NOT_SUPPORTED));
        test_host_done(&host);
        lab_done(&lab);
}

static void test_a_new_flogi_ends_all_logins_of_that_host(void) {
        Lab lab;

        lab_init(&lab);
        assert(test_login(&lab.a, VPORT, true, NULL, NULL));
        assert(test_login(&lab.a, HOST_A, false, NULL, NULL));
        assert(!port_find_name(&lab.fabric.ports, VPORT));
        assert(port_find_name(&lab.fabric.ports, HOST_A));
        assert(port_find_name(&lab.fabric.ports, HOST_B));
        lab_done(&lab);
}

static void test_the_name_zero_is_refused(void) {
        unsigned reason;
        Lab lab;

        lab_init(&lab);
        assert(!test_login(&lab.a, 0, true, NULL, &reason));
        assert(reason == REFUSED(REASON_LOGICAL_ERROR, EXPLANATION_INVALID_PORT_NAME));
        lab_done(&lab);
}

/* Lets time pass in steps in which b keeps its logins alive and a does not. */
static void pass_time_with_a_frozen(Lab *lab, uint64_t msec) {
        for (uint64_t end_msec = test_now_msec + msec; test_now_msec < end_msec;) {
                test_now_msec += 1000;
                test_keep_alive(&lab->b);
                (void) fabric_tick(&lab->fabric);
        }
}

static void test_a_frozen_owner_keeps_its_name_until_the_keep_alive_timeout(void) {
        Lab lab;

        lab_init(&lab);
        assert(test_login(&lab.a, VPORT, true, NULL, NULL));
        pass_time_with_a_frozen(&lab, 19000);
        assert(!test_login(&lab.b, VPORT, true, NULL, NULL));
        pass_time_with_a_frozen(&lab, 1000);
        assert(!port_find_name(&lab.fabric.ports, VPORT));
        assert(got_clear_virtual_link(&lab.a, VPORT));
        assert(test_login(&lab.b, VPORT, true, NULL, NULL));
        assert(lab.fabric.attempts.total_logged_in_twice == 0);
        lab_done(&lab);
}

static void test_a_keep_alive_of_the_host_keeps_its_vports(void) {
        Lab lab;

        lab_init(&lab);
        assert(test_login(&lab.b, VPORT, true, NULL, NULL));
        pass_time_with_a_frozen(&lab, 60000);
        assert(port_find_name(&lab.fabric.ports, VPORT));
        assert(!port_find_name(&lab.fabric.ports, HOST_A));
        lab_done(&lab);
}

static void test_a_lost_link_logs_its_ports_out(void) {
        Lab lab;

        lab_init(&lab);
        assert(test_login(&lab.a, VPORT, true, NULL, NULL));
        fabric_drop_link(&lab.fabric, lab.a.link, "test");
        assert(!port_find_name(&lab.fabric.ports, VPORT));
        assert(!port_find_name(&lab.fabric.ports, HOST_A));
        assert(port_find_name(&lab.fabric.ports, HOST_B));
        lab_done(&lab);
}

static void test_advertisements_come_once_a_period(void) {
        Lab lab;

        lab_init(&lab);
        (void) test_host_drain(&lab.b);
        test_now_msec = lab.fabric.next_advertisement_msec - 1;
        assert(fabric_tick(&lab.fabric) == 1);
        assert(test_host_drain(&lab.b) == 0);
        test_now_msec += 1;
        assert(fabric_tick(&lab.fabric) == 8000);
        assert(test_host_drain(&lab.b) == 1);
        lab_done(&lab);
}

int main(void) {
        test_a_host_and_its_vport_get_addresses_of_their_link();
        test_an_accept_grants_the_mac_made_of_the_address();
        test_a_vport_before_its_host_is_refused();
        test_a_name_logged_in_elsewhere_is_refused_and_counted();
        test_a_name_is_free_again_after_its_logout();
        test_a_host_cannot_log_out_another();
        test_a_name_logs_in_again_where_it_is();
        test_takeover_clears_the_link_of_the_owner();
        test_allow_logs_in_twice_and_says_so();
        test_a_full_link_takes_no_more_vports();
        test_addresses_end_with_a_refusal();
        test_a_fabric_without_npiv_refuses_vports_only();
        test_a_new_flogi_ends_all_logins_of_that_host();
        test_the_name_zero_is_refused();
        test_a_frozen_owner_keeps_its_name_until_the_keep_alive_timeout();
        test_a_keep_alive_of_the_host_keeps_its_vports();
        test_a_lost_link_logs_its_ports_out();
        test_advertisements_come_once_a_period();
        return 0;
}
