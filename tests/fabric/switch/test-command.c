/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The commands of the control socket, and the faults they bring about. */

#include "command.h"
#include "control.h"
#include "test-lab.h"

#include <assert.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

typedef struct Lab {
        Fabric fabric;
        TestHost a;
        TestHost b;
        uint32_t a_id;
        uint32_t b_id;
        char answer[8192];
        char error[256];
} Lab;

static void lab_init(Lab *lab) {
        test_fabric_init(&lab->fabric);
        test_host_init(&lab->a, &lab->fabric, 1);
        test_host_init(&lab->b, &lab->fabric, 2);
        assert(test_login(&lab->a, HOST_A, false, &lab->a_id, NULL));
        assert(test_login(&lab->b, HOST_B, false, &lab->b_id, NULL));
        (void) test_host_drain(&lab->a);
        (void) test_host_drain(&lab->b);
}

static void lab_done(Lab *lab) {
        test_host_done(&lab->a);
        test_host_done(&lab->b);
        fabric_done(&lab->fabric);
}

static int run(Lab *lab, const char *line) {
        Request request = { .fabric = &lab->fabric };
        char copy[1024];
        int r;

        (void) snprintf(copy, sizeof copy, "%s", line);
        memset(lab->answer, 0, sizeof lab->answer);
        request.out = fmemopen(lab->answer, sizeof lab->answer - 1, "w");
        assert(request.out);
        r = command_run(&request, copy);
        assert(fclose(request.out) == 0);
        memcpy(lab->error, request.error, sizeof lab->error);
        assert((r < 0) == (*lab->error != '\0'));
        return r;
}

static bool passes(Lab *lab) {
        static const uint8_t payload[8] = { 'd', 'a', 't', 'a' };
        TestFrame frame;

        test_send_fc(&lab->a, 0x01, TYPE_FCP, lab->b_id, lab->a_id, payload, sizeof payload);
        return test_host_receive(&lab->b, &frame);
}

static void test_nonsense_is_refused_with_a_text(void) {
        static const char *const nonsense[] = {
                "",
                "json",
                "bogus",
                "ports now",
                "link 0",
                "link 7 down",
                "link 0 sideways",
                "link x down",
                "cvl 21",
                "cvl link",
                "cvl 2100001b32a1c0de",
                "max-vports -1",
                "max-vports 256",
                "npiv maybe",
                "duplicate-policy first",
                "keep-alive 1",
                "zone add z",
                "zone add z 12",
                "zone remove nowhere",
                "zone bogus",
                "fault bogus all",
                "fault reject all",
                "fault reject fdisc",
                "fault reject fdisc all 256",
                "fault slow all",
                "fault drop 0 all",
                "fault mute",
                "fault mute all more",
                "fault reject any all times",
                "fault clear 5",
                "wait port 2100001b32a1c0de somewhere",
                "wait port 2100001b32a1c0de present 10 20",
                "wait attempts 2100001b32a1c0de 0",
        };
        Lab lab;

        lab_init(&lab);
        for (size_t i = 0; i < ARRAY_LEN(nonsense); i++)
                assert(run(&lab, nonsense[i]) < 0);
        assert(TAILQ_EMPTY(&lab.fabric.faults.faults));
        lab_done(&lab);
}

static void test_a_zone_name_too_long_is_refused(void) {
        char line[200];
        Lab lab;

        lab_init(&lab);
        (void) snprintf(line, sizeof line, "zone add %0*d 2100001b32a1c0de", ZONE_NAME_SIZE, 0);
        assert(run(&lab, line) == -EINVAL);
        lab_done(&lab);
}

static void test_json_escapes_what_came_from_the_wire(void) {
        Lab lab;
        Port *port;

        lab_init(&lab);
        port = port_find_name(&lab.fabric.ports, HOST_A);
        strcpy(port->symbolic_name, "a\"b\\c\x01\xe4");
        assert(run(&lab, "json ports") == 0);
        assert(strstr(lab.answer, "\"symbolic-name\":\"a\\\"b\\\\c\\u0001\\u00e4\""));
        assert(strstr(lab.answer, "\"wwpn\":\"2100001b32a10001\""));
        assert(run(&lab, "ports") == 0);
        assert(strstr(lab.answer, "a\"b\\c..\n"));
        lab_done(&lab);
}

static void test_reject_refuses_with_the_reason_it_was_given(void) {
        unsigned reason;
        Lab lab;

        lab_init(&lab);
        assert(run(&lab, "fault reject fdisc 2100001b32a1c0de 0x5 0x17") == 0);
        assert(strcmp(lab.answer, "1\n") == 0);
        assert(!test_login(&lab.a, VPORT, true, NULL, &reason));
        assert(reason == 0x0517);
        assert(test_login(&lab.a, VPORT2, true, NULL, NULL));
        assert(run(&lab, "fault clear 1") == 0);
        assert(test_login(&lab.a, VPORT, true, NULL, NULL));
        lab_done(&lab);
}

static void test_a_fault_may_act_a_number_of_times(void) {
        Lab lab;

        lab_init(&lab);
        assert(run(&lab, "fault reject any all times 2") == 0);
        assert(!test_login(&lab.a, VPORT, true, NULL, NULL));
        assert(!test_login(&lab.a, VPORT, true, NULL, NULL));
        assert(test_login(&lab.a, VPORT, true, NULL, NULL));
        lab_done(&lab);
}

static void test_mute_drops_frames_but_not_the_login(void) {
        Lab lab;

        lab_init(&lab);
        assert(run(&lab, "fault mute 2100001b32a10002") == 0);
        assert(!passes(&lab));
        test_now_msec += 10000;
        test_keep_alive(&lab.b);
        test_now_msec += 15000;
        (void) fabric_tick(&lab.fabric);
        assert(port_find_name(&lab.fabric.ports, HOST_B));
        assert(!port_find_name(&lab.fabric.ports, HOST_A)); /* silent, and not muted */
        lab_done(&lab);
}

static void test_freeze_ends_in_a_logout(void) {
        Lab lab;

        lab_init(&lab);
        assert(run(&lab, "fault freeze link 1") == 0);
        assert(!passes(&lab));
        test_now_msec += 10000;
        test_keep_alive(&lab.a);
        test_keep_alive(&lab.b);
        test_now_msec += 10000;
        (void) fabric_tick(&lab.fabric);
        assert(port_find_name(&lab.fabric.ports, HOST_A));
        assert(!port_find_name(&lab.fabric.ports, HOST_B));
        assert(test_host_drain(&lab.b) == 0);
        lab_done(&lab);
}

static void test_a_frozen_name_times_out_alone_and_is_told_nothing(void) {
        Lab lab;

        lab_init(&lab);
        assert(test_login(&lab.b, VPORT, true, NULL, NULL));
        assert(run(&lab, "fault freeze 2100001b32a1c0de") == 0);
        test_now_msec += 10000;
        test_keep_alive(&lab.b);
        (void) fabric_tick(&lab.fabric);
        (void) test_host_drain(&lab.b);
        test_now_msec += 10000;
        (void) fabric_tick(&lab.fabric);
        assert(!port_find_name(&lab.fabric.ports, VPORT));
        assert(port_find_name(&lab.fabric.ports, HOST_B));
        assert(test_host_drain(&lab.b) == 1); /* an advertisement, no clear virtual link */
        lab_done(&lab);
}

static void test_muted_advertisements_do_not_come(void) {
        Lab lab;

        lab_init(&lab);
        assert(run(&lab, "fault mute advertisements link 0") == 0);
        test_now_msec = lab.fabric.next_advertisement_msec;
        (void) fabric_tick(&lab.fabric);
        assert(test_host_drain(&lab.a) == 0);
        assert(test_host_drain(&lab.b) == 1);
        lab_done(&lab);
}

static void test_slow_frames_come_late_and_in_order(void) {
        TestFrame frame;
        Lab lab;

        lab_init(&lab);
        assert(run(&lab, "fault slow 50 2100001b32a10001") == 0);
        assert(!passes(&lab));
        assert(run(&lab, "fault clear") == 0);
        assert(!passes(&lab)); /* it must not overtake the first */
        test_now_msec += 49;
        assert(fabric_tick(&lab.fabric) == 1);
        assert(!test_host_receive(&lab.b, &frame));
        test_now_msec += 1;
        (void) fabric_tick(&lab.fabric);
        assert(test_host_drain(&lab.b) == 2);
        assert(passes(&lab));
        lab_done(&lab);
}

static void test_one_frame_in_n_is_dropped(void) {
        unsigned passed = 0;
        Lab lab;

        lab_init(&lab);
        assert(run(&lab, "fault drop 4 link 0") == 0);
        for (int i = 0; i < 100; i++)
                passed += passes(&lab);
        assert(passed == 75);
        assert(run(&lab, "json faults") == 0);
        assert(strstr(lab.answer, "\"hits\":25"));
        lab_done(&lab);
}

static void test_a_link_taken_down_loses_its_ports_and_frames(void) {
        Lab lab;

        lab_init(&lab);
        assert(run(&lab, "link 2100001b32a10002 down") == 0);
        assert(!port_find_name(&lab.fabric.ports, HOST_B));
        assert(run(&lab, "link 1 up") == 0);
        assert(test_host_drain(&lab.b) == 1); /* an advertisement, at once */
        assert(test_login(&lab.b, HOST_B, false, NULL, NULL));
        lab_done(&lab);
}

static void test_a_fault_of_a_link_ends_with_it(void) {
        Lab lab;

        lab_init(&lab);
        assert(run(&lab, "fault mute link 1") == 0);
        fabric_drop_link(&lab.fabric, lab.b.link, "test");
        assert(TAILQ_EMPTY(&lab.fabric.faults.faults));
        lab_done(&lab);
}

static void test_duplicates_are_counted_per_name(void) {
        Lab lab;

        lab_init(&lab);
        assert(test_login(&lab.a, VPORT, true, NULL, NULL));
        assert(!test_login(&lab.b, VPORT, true, NULL, NULL));
        assert(run(&lab, "duplicates 2100001b32a1c0de") == 0);
        assert(strcmp(lab.answer, "1\n") == 0);
        assert(run(&lab, "json duplicates 2100001b32a10001") == 0);
        assert(strcmp(lab.answer, "{\"duplicates\":0}\n") == 0);
        assert(run(&lab, "logged-in 2100001b32a1c0de") == 0);
        assert(strcmp(lab.answer, "1\n") == 0);
        lab_done(&lab);
}

/* One round of the switch's loop as far as the control socket goes. */
static void turn(Control *control) {
        struct pollfd fds[8];
        size_t n = control_prepare_poll(control, fds, ARRAY_LEN(fds));

        assert(poll(fds, n, 0) >= 0);
        control_handle_poll(control, fds, n);
        (void) control_settle(control);
}

static int control_connect(Control *control, const char *path, const char *line) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

        (void) snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
        assert(connect(fd, (struct sockaddr *) &address, sizeof address) == 0);
        assert(send(fd, line, strlen(line), 0) == (ssize_t) strlen(line));
        turn(control); /* accepts */
        turn(control); /* reads and runs */
        return fd;
}

static void expect(int fd, const char *answer) {
        char buffer[256] = { 0 };

        assert(recv(fd, buffer, sizeof buffer - 1, 0) == (ssize_t) strlen(answer));
        assert(strcmp(buffer, answer) == 0);
        assert(recv(fd, buffer, sizeof buffer, 0) == 0);
        (void) close(fd);
}

static void test_a_wait_is_answered_when_it_comes_true_or_its_time_is_over(void) {
        char directory[] = "/tmp/fabric-test-XXXXXX", path[64], byte;
        Control control;
        int early, late;
        Lab lab;

        lab_init(&lab);
        assert(mkdtemp(directory));
        (void) snprintf(path, sizeof path, "%s/control", directory);
        assert(control_init(&control, &lab.fabric, path) == 0);
        assert(control_listen(path) == -EADDRINUSE);
        turn(&control); /* takes that attempt's look off the socket */
        turn(&control);

        early = control_connect(&control, path, "json wait port 2100001b32a1c0de present 1000\n");
        late = control_connect(&control, path, "wait port 2100001b32a1c0de on 1 2000\n");
        assert(recv(early, &byte, 1, 0) < 0 && errno == EAGAIN);
        assert(test_login(&lab.a, VPORT, true, NULL, NULL));
        test_now_msec += 1500;
        turn(&control);
        expect(early, "ok\n{}\n");
        assert(recv(late, &byte, 1, 0) < 0 && errno == EAGAIN);
        test_now_msec += 500;
        turn(&control);
        expect(late, "error: The time is over and the condition does not hold.\n");

        control_done(&control);
        assert(unlink(path) == 0 && rmdir(directory) == 0);
        lab_done(&lab);
}

int main(void) {
        test_nonsense_is_refused_with_a_text();
        test_a_zone_name_too_long_is_refused();
        test_json_escapes_what_came_from_the_wire();
        test_reject_refuses_with_the_reason_it_was_given();
        test_a_fault_may_act_a_number_of_times();
        test_mute_drops_frames_but_not_the_login();
        test_freeze_ends_in_a_logout();
        test_a_frozen_name_times_out_alone_and_is_told_nothing();
        test_muted_advertisements_do_not_come();
        test_slow_frames_come_late_and_in_order();
        test_one_frame_in_n_is_dropped();
        test_a_link_taken_down_loses_its_ports_and_frames();
        test_a_fault_of_a_link_ends_with_it();
        test_duplicates_are_counted_per_name();
        test_a_wait_is_answered_when_it_comes_true_or_its_time_is_over();
        return 0;
}
