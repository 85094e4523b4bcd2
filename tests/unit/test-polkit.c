/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/bus-error.h"
#include "common/polkit.h"
#include "tests/unit/fake-bus.h"

#include <pthread.h>

#define PATH "/org/npivot/test"
#define INTERFACE "org.npivot.Test"
#define ACTION "org.npivot.test.manage"
#define OTHER_ACTION "org.npivot.test.other"

/* A user that is neither root nor the one who runs the test. */
#define CALLER (geteuid() == 1000 ? ":1.1001" : ":1.1000")

static const char *const details[] = { "wwpn", "2100001b32a90004", "verb", "start", NULL };

/* The service asks in a thread of its own; the test is the rest of the world. */
typedef struct World {
        FakeBus fake;
        pthread_t thread;
        int service_fd;
        unsigned deliveries; /* of the service; to be read when it has stopped */
} World;

static int method_change(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        World *world = userdata;
        int r;

        world->deliveries++;
        r = polkit_check(call, ACTION, details, error);
        if (r <= 0)
                return r < 0 ? r : 1;

        return sd_bus_reply_method_return(call, NULL);
}

/* Breaks the rule "one call is one check". */
static int method_change_two(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        World *world = userdata;
        int r;

        r = polkit_check(call, world->deliveries++ == 0 ? ACTION : OTHER_ACTION, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;

        return sd_bus_reply_method_return(call, NULL);
}

/* What the call is about is another thing when it comes again: somebody has changed it meanwhile.
 */
static int method_change_whom(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        static const char *const first[] = { "wwpn", "2100001b32a90004", NULL };
        static const char *const second[] = { "wwpn", "2100001b32a90004 2100001b32a90002", NULL };
        World *world = userdata;
        int r;

        r = polkit_check(call, ACTION, world->deliveries++ == 0 ? first : second, error);
        if (r <= 0)
                return r < 0 ? r : 1;

        return sd_bus_reply_method_return(call, NULL);
}

/* Asks only the first time that a call comes, as when its object is gone by the second. */
static int method_vanish(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        World *world = userdata;
        int r;

        if (world->deliveries++ % 2 == 1)
                return sd_bus_error_set(error, SD_BUS_ERROR_UNKNOWN_OBJECT, "Gone.");

        r = polkit_check(call, ACTION, NULL, error);
        assert(r == 0);
        return 1;
}

static int method_exit(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        return sd_event_exit(sd_bus_get_event(sd_bus_message_get_bus(call)), 0);
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Change", NULL, NULL, method_change, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ChangeTwo", NULL, NULL, method_change_two, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ChangeWhom", NULL, NULL, method_change_whom, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Vanish", NULL, NULL, method_vanish, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Exit", NULL, NULL, method_exit, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

static void *run_service(void *userdata) {
        World *world = userdata;
        sd_event *event = NULL;
        sd_bus *bus = NULL;

        assert(sd_event_new(&event) >= 0);
        assert(sd_bus_new(&bus) >= 0);
        assert(sd_bus_set_fd(bus, world->service_fd, world->service_fd) >= 0);
        assert(sd_bus_set_bus_client(bus, true) >= 0);
        assert(sd_bus_add_object_vtable(bus, NULL, PATH, INTERFACE, vtable, world) >= 0);
        assert(sd_bus_start(bus) >= 0);
        assert(sd_bus_attach_event(bus, event, SD_EVENT_PRIORITY_NORMAL) >= 0);

        assert(sd_event_loop(event) == 0);

        polkit_forget(bus);
        sd_bus_flush_close_unref(bus);
        sd_event_unref(event);
        return NULL;
}

static void world_init(World *world, FakePolicy policy) {
        int fds[2];

        *world = (World){ .fake.policy = policy };
        assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) >= 0);
        fake_bus_open(&world->fake, fds[0]);
        world->service_fd = fds[1];
        assert(pthread_create(&world->thread, NULL, run_service, world) == 0);
        bus_peer_run_until(world->fake.event, &world->fake.greeted);
}

static void call_start(World *world, FakeCall *call, const char *sender) {
        fake_call_start(&world->fake, call, sender, PATH, INTERFACE, "Change", false);
}

static void call_member(World *world, FakeCall *call, const char *member) {
        fake_call_start(&world->fake, call, CALLER, PATH, INTERFACE, member, false);
        fake_call_wait(&world->fake, call);
}

static void call(World *world, FakeCall *call, const char *sender) {
        call_start(world, call, sender);
        fake_call_wait(&world->fake, call);
}

/* Ends the service, with whatever is still open in it. */
static void world_stop(World *world) {
        _cleanup_(fake_call_done) FakeCall exit_call = { 0 };

        fake_call_start(&world->fake, &exit_call, ":1.0", PATH, INTERFACE, "Exit", false);
        assert(sd_bus_flush(world->fake.bus) >= 0);
        assert(pthread_join(world->thread, NULL) == 0);
}

static void world_done(World *world) {
        fake_bus_done(&world->fake);
}

static void test_root_passes_at_once(void) {
        _cleanup_(fake_call_done) FakeCall root = { 0 };
        _cleanup_(world_done) World world;

        world_init(&world, POLICY_NO);
        call(&world, &root, ":1.0");
        world_stop(&world);

        assert(fake_call_failed_with(&root, NULL) == false);
        assert(world.fake.questions == 0);
        assert(world.deliveries == 1);
}

static void test_a_caller_whom_polkit_accepts_is_served(void) {
        _cleanup_(fake_call_done) FakeCall caller = { 0 };
        _cleanup_(world_done) World world;

        world_init(&world, POLICY_YES);
        call(&world, &caller, CALLER);
        world_stop(&world);

        assert(fake_call_failed_with(&caller, NULL) == false);
        assert(world.deliveries == 2);

        assert(strcmp(world.fake.subject, CALLER) == 0);
        assert(strcmp(world.fake.action, ACTION) == 0);
        assert(strcmp(world.fake.details, "wwpn=2100001b32a90004;verb=start;") == 0);
        assert(world.fake.flags == 0);
}

static void test_an_answer_counts_for_one_call(void) {
        _cleanup_(fake_call_done) FakeCall first = { 0 }, second = { 0 };
        _cleanup_(world_done) World world;

        world_init(&world, POLICY_YES);
        call(&world, &first, CALLER);
        world.fake.policy = POLICY_NO;
        call(&world, &second, CALLER);
        world_stop(&world);

        assert(fake_call_failed_with(&first, NULL) == false);
        assert(fake_call_failed_with(&second, SD_BUS_ERROR_ACCESS_DENIED));
        assert(world.fake.questions == 2);
}

static void test_an_answer_counts_for_one_action(void) {
        _cleanup_(fake_call_done) FakeCall caller = { 0 };
        _cleanup_(world_done) World world;

        world_init(&world, POLICY_YES);
        call_member(&world, &caller, "ChangeTwo");
        world_stop(&world);

        assert(fake_call_failed_with(&caller, SD_BUS_ERROR_ACCESS_DENIED));
}

static void test_an_answer_counts_for_what_was_asked_about(void) {
        _cleanup_(fake_call_done) FakeCall caller = { 0 };
        _cleanup_(world_done) World world;

        world_init(&world, POLICY_YES);
        call_member(&world, &caller, "ChangeWhom");
        world_stop(&world);

        assert(fake_call_failed_with(&caller, SD_BUS_ERROR_ACCESS_DENIED));
}

static void test_a_caller_whom_polkit_refuses_is_refused(void) {
        _cleanup_(fake_call_done) FakeCall caller = { 0 };
        _cleanup_(world_done) World world;

        world_init(&world, POLICY_NO);
        call(&world, &caller, CALLER);
        world_stop(&world);

        assert(fake_call_failed_with(&caller, SD_BUS_ERROR_ACCESS_DENIED));
        assert(strstr(sd_bus_message_get_error(caller.reply)->message, ACTION));
        assert(world.deliveries == 1);
}

static void test_a_caller_who_could_log_in_is_told_so(void) {
        _cleanup_(fake_call_done) FakeCall caller = { 0 };
        _cleanup_(world_done) World world;

        world_init(&world, POLICY_CHALLENGE);
        call(&world, &caller, CALLER);
        world_stop(&world);

        assert(fake_call_failed_with(&caller, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED));
        assert(world.deliveries == 1);
}

static void test_polkit_may_ask_for_a_password_if_the_caller_allows_it(void) {
        _cleanup_(fake_call_done) FakeCall caller = { 0 };
        _cleanup_(world_done) World world;

        world_init(&world, POLICY_YES);
        fake_call_start(&world.fake, &caller, CALLER, PATH, INTERFACE, "Change", true);
        fake_call_wait(&world.fake, &caller);
        world_stop(&world);

        assert(fake_call_failed_with(&caller, NULL) == false);
        assert(world.fake.flags == 1);
}

static void test_without_polkit_only_root_is_served(void) {
        _cleanup_(fake_call_done) FakeCall caller = { 0 }, root = { 0 };
        _cleanup_(world_done) World world;

        world_init(&world, POLICY_ABSENT);
        call(&world, &caller, CALLER);
        call(&world, &root, ":1.0");
        world_stop(&world);

        assert(fake_call_failed_with(&caller, SD_BUS_ERROR_ACCESS_DENIED));
        assert(strstr(sd_bus_message_get_error(caller.reply)->message, "polkit does not answer"));
        assert(fake_call_failed_with(&root, NULL) == false);
}

static void test_a_slow_answer_holds_nobody_else_up(void) {
        _cleanup_(fake_call_done) FakeCall caller = { 0 }, root = { 0 };
        _cleanup_(world_done) World world;

        world_init(&world, POLICY_SILENT);
        call_start(&world, &caller, CALLER);
        bus_peer_run_until(world.fake.event, &world.fake.asked);

        call(&world, &root, ":1.0");
        assert(!caller.done);

        fake_bus_answer(&world.fake, POLICY_YES);
        fake_call_wait(&world.fake, &caller);
        world_stop(&world);

        assert(fake_call_failed_with(&caller, NULL) == false);
        assert(fake_call_failed_with(&root, NULL) == false);
}

static void test_a_question_ends_when_its_caller_leaves(void) {
        _cleanup_(fake_call_done) FakeCall caller = { 0 }, root = { 0 };
        _cleanup_(world_done) World world;

        world_init(&world, POLICY_SILENT);
        call_start(&world, &caller, CALLER);
        bus_peer_run_until(world.fake.event, &world.fake.asked);

        fake_bus_drop_client(&world.fake, CALLER);
        bus_peer_run_until(world.fake.event, &world.fake.cancelled);
        assert(strcmp(world.fake.cancelled_id, world.fake.id) == 0);

        /* A late yes changes nothing. */
        fake_bus_answer(&world.fake, POLICY_YES);
        call(&world, &root, ":1.0");
        world_stop(&world);

        assert(!caller.done);
        assert(world.deliveries == 2);
}

static void test_somebody_else_leaving_changes_nothing(void) {
        _cleanup_(fake_call_done) FakeCall caller = { 0 };
        _cleanup_(world_done) World world;

        world_init(&world, POLICY_SILENT);
        call_start(&world, &caller, CALLER);
        bus_peer_run_until(world.fake.event, &world.fake.asked);

        fake_bus_drop_client(&world.fake, ":7.1000");
        fake_bus_answer(&world.fake, POLICY_YES);
        fake_call_wait(&world.fake, &caller);
        world_stop(&world);

        assert(fake_call_failed_with(&caller, NULL) == false);
        assert(!world.fake.cancelled);
}

static void test_one_user_cannot_fill_the_queue_for_others(void) {
        FakeCall flood[POLKIT_PENDING_MAX] = { 0 };
        _cleanup_(fake_call_done) FakeCall one_more = { 0 }, other = { 0 }, root = { 0 };
        _cleanup_(world_done) World world;

        world_init(&world, POLICY_SILENT);

        /* Over as many connections. */
        for (unsigned i = 0; i < POLKIT_PENDING_MAX; i++) {
                char sender[32];

                (void) snprintf(sender, sizeof sender, ":%u.12345", i + 1);
                call_start(&world, &flood[i], sender);
        }
        call(&world, &one_more, ":99.12345");
        assert(fake_call_failed_with(&one_more, NPIVOT_ERROR_LIMIT));
        assert(world.fake.questions == POLKIT_PENDING_MAX);

        world.fake.policy = POLICY_YES;
        call(&world, &other, ":1.23456");
        assert(fake_call_failed_with(&other, NULL) == false);
        call(&world, &root, ":1.0");
        assert(fake_call_failed_with(&root, NULL) == false);

        /* Ends the service with all of them open: nothing may leak. */
        world_stop(&world);
        for (unsigned i = 0; i < POLKIT_PENDING_MAX; i++)
                fake_call_done(&flood[i]);
}

static void test_a_place_in_the_queue_is_free_again_after_the_answer(void) {
        _cleanup_(world_done) World world;

        world_init(&world, POLICY_NO);
        for (unsigned i = 0; i < 2 * POLKIT_PENDING_MAX; i++) {
                _cleanup_(fake_call_done) FakeCall caller = { 0 };

                call(&world, &caller, CALLER);
                assert(fake_call_failed_with(&caller, SD_BUS_ERROR_ACCESS_DENIED));
        }
        world_stop(&world);
}

static void test_an_answer_that_nobody_fetches_takes_no_place(void) {
        _cleanup_(fake_call_done) FakeCall caller = { 0 };
        _cleanup_(world_done) World world;

        world_init(&world, POLICY_YES);
        for (unsigned i = 0; i < POLKIT_PENDING_MAX; i++) {
                _cleanup_(fake_call_done) FakeCall vanished = { 0 };

                call_member(&world, &vanished, "Vanish");
                assert(fake_call_failed_with(&vanished, SD_BUS_ERROR_UNKNOWN_OBJECT));
        }
        call(&world, &caller, CALLER);
        world_stop(&world);

        assert(fake_call_failed_with(&caller, NULL) == false);
}

int main(void) {
        test_root_passes_at_once();
        test_a_caller_whom_polkit_accepts_is_served();
        test_an_answer_counts_for_one_call();
        test_an_answer_counts_for_one_action();
        test_an_answer_counts_for_what_was_asked_about();
        test_a_caller_whom_polkit_refuses_is_refused();
        test_a_caller_who_could_log_in_is_told_so();
        test_polkit_may_ask_for_a_password_if_the_caller_allows_it();
        test_without_polkit_only_root_is_served();
        test_a_slow_answer_holds_nobody_else_up();
        test_a_question_ends_when_its_caller_leaves();
        test_somebody_else_leaving_changes_nothing();
        test_one_user_cannot_fill_the_queue_for_others();
        test_a_place_in_the_queue_is_free_again_after_the_answer();
        test_an_answer_that_nobody_fetches_takes_no_place();

        return EXIT_SUCCESS;
}
