/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/service.h"

#include "tests/unit/fake-bus.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/un.h>
#include <sys/wait.h>

#define BUS_NAME "org.npivot.test1"

/* A daemon in a process of its own, and around it a bus and a service manager. */
typedef struct World {
        char path[64];
        int bus_fd;    /* listens */
        int notify_fd; /* what systemd would read */
        pid_t pid;
        FakeBus fake;

        /* What the daemon has said to systemd. */
        sd_event_source *notify_source;
        bool ready;
        bool ready_before_named;
        bool watchdog;
        bool stopping;
} World;

static int listen_at(const char *directory, const char *name, int type) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd;

        (void) snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", directory, name);
        fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert(fd >= 0);
        assert(bind(fd, (struct sockaddr *) &address, sizeof address) == 0);
        assert(type != SOCK_STREAM || listen(fd, 1) == 0);

        return fd;
}

static void set_path(const char *variable, const char *prefix, const char *directory,
                     const char *name) {
        char value[128];

        (void) snprintf(value, sizeof value, "%s%s/%s", prefix, directory, name);
        assert(setenv(variable, value, true) == 0);
}

/* What the daemon waits for before it takes its name. */
static uint64_t settle_usec;
static unsigned settled_after;

static bool is_settled(void *userdata) {
        unsigned *n = userdata;

        return ++*n > settled_after;
}

static int run(int argc, char *argv[]) {
        _cleanup_(service_done) Service service = { 0 };
        unsigned n = 0;
        int r;

        r = service_open(&service, "testd", "testd - for a test\n", argc, argv);
        if (r != 0)
                return r;
        r = service_settle(&service, is_settled, &n, settle_usec);
        if (r != 0)
                return r > 0 ? 0 : r;

        return service_run(&service, BUS_NAME);
}

static int run_without_arguments(void) {
        char *argv[] = { (char[]){ "testd" }, NULL };

        return run(1, argv);
}

static pid_t start_daemon(void) {
        pid_t pid;

        pid = fork();
        assert(pid >= 0);
        if (pid == 0)
                exit(-run_without_arguments());

        return pid;
}

static int on_notify(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        World *world = userdata;
        char text[256];
        ssize_t n;

        n = recv(fd, text, sizeof text - 1, 0);
        assert(n > 0);
        text[n] = '\0';

        if (strstr(text, "READY=1")) {
                world->ready = true;
                world->ready_before_named = !world->fake.named;
        }
        if (strstr(text, "WATCHDOG=1"))
                world->watchdog = true;
        if (strstr(text, "STOPPING=1"))
                world->stopping = true;
        return 0;
}

static int accept_when_there(int listen_fd) {
        struct sockaddr_un address;
        socklen_t size = sizeof address;
        int fd;

        assert(fcntl(listen_fd, F_SETFL, 0) == 0);
        fd = accept4(listen_fd, &address, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
        assert(fd >= 0);
        return fd;
}

static void world_init(World *world, bool name_taken) {
        *world = (World){ .path = "/tmp/npivot-test-service-XXXXXX" };
        assert(mkdtemp(world->path));
        world->bus_fd = listen_at(world->path, "bus", SOCK_STREAM);
        world->notify_fd = listen_at(world->path, "notify", SOCK_DGRAM);
        set_path("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=", world->path, "bus");
        set_path("NOTIFY_SOCKET", "", world->path, "notify");

        world->pid = start_daemon();
        world->fake.name_taken = name_taken;
        fake_bus_open(&world->fake, accept_when_there(world->bus_fd));
        assert(sd_event_add_io(world->fake.event, &world->notify_source, world->notify_fd, EPOLLIN,
                               on_notify, world) >= 0);
}

/* The daemon has ended or is about to: returns its exit status. */
static int world_wait(World *world) {
        int status;

        assert(waitpid(world->pid, &status, 0) == world->pid);
        assert(WIFEXITED(status));

        return WEXITSTATUS(status);
}

static void world_done(World *world) {
        char path[128];

        sd_event_source_unref(world->notify_source);
        fake_bus_done(&world->fake);
        (void) close(world->bus_fd);
        (void) close(world->notify_fd);

        (void) snprintf(path, sizeof path, "%s/bus", world->path);
        assert(unlink(path) == 0);
        (void) snprintf(path, sizeof path, "%s/notify", world->path);
        assert(unlink(path) == 0);
        assert(rmdir(world->path) == 0);
}

static void check_signal(int signal_number) {
        _cleanup_(world_done) World world;

        world_init(&world, false);
        bus_peer_run_until(world.fake.event, &world.ready);
        assert(strcmp(world.fake.name, BUS_NAME) == 0);
        assert(!world.ready_before_named);

        assert(kill(world.pid, signal_number) == 0);
        bus_peer_run_until(world.fake.event, &world.stopping);
        assert(world_wait(&world) == 0);
}

static void test_a_service_is_ready_once_it_has_its_name_and_ends_on_a_signal(void) {
        check_signal(SIGTERM);
        check_signal(SIGINT);
}

static void test_a_service_that_does_not_settle_is_ready_when_its_time_is_over(void) {
        settled_after = UINT_MAX;
        settle_usec = 50 * 1000;
        check_signal(SIGTERM);
        settle_usec = settled_after = 0;
}

static void test_a_signal_ends_a_service_that_has_not_settled(void) {
        _cleanup_(world_done) World world;

        settled_after = UINT_MAX;
        settle_usec = UINT64_MAX / 2;
        world_init(&world, false);
        settle_usec = settled_after = 0;
        bus_peer_run_until(world.fake.event, &world.fake.greeted);
        assert(sd_bus_flush(world.fake.bus) >= 0);

        assert(kill(world.pid, SIGTERM) == 0);
        assert(world_wait(&world) == 0);
        assert(!world.fake.named && !world.ready);
}

static void test_a_service_feeds_the_watchdog(void) {
        _cleanup_(world_done) World world;

        assert(setenv("WATCHDOG_USEC", "100000", true) == 0);
        world_init(&world, false);
        assert(unsetenv("WATCHDOG_USEC") == 0);

        bus_peer_run_until(world.fake.event, &world.ready);
        world.watchdog = false;
        bus_peer_run_until(world.fake.event, &world.watchdog);

        assert(kill(world.pid, SIGTERM) == 0);
        bus_peer_run_until(world.fake.event, &world.stopping);
        assert(world_wait(&world) == 0);
}

static void test_a_name_that_somebody_else_has_is_an_error(void) {
        _cleanup_(world_done) World world;

        world_init(&world, true);
        bus_peer_run_until(world.fake.event, &world.fake.named);
        assert(sd_bus_flush(world.fake.bus) >= 0);

        assert(world_wait(&world) == EEXIST);
        assert(!world.ready);
}

static void test_a_service_ends_when_the_bus_goes_away(void) {
        _cleanup_(world_done) World world;

        world_init(&world, false);
        bus_peer_run_until(world.fake.event, &world.ready);
        sd_bus_close(world.fake.bus);

        assert(world_wait(&world) == ENOTCONN);
}

static void test_without_a_bus_there_is_no_service(void) {
        assert(setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", true) == 0);
        assert(run_without_arguments() == -ENOENT);
}

/* Runs it with one argument, stdout and stderr going into text. */
static int run_with(const char *argument, char *text, size_t size) {
        char *argv[] = { (char[]){ "testd" }, strdup(argument), NULL };
        int fds[2], out, err, r;
        ssize_t n;

        assert(argv[1]);
        assert(pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0);
        assert((out = dup(STDOUT_FILENO)) >= 0 && (err = dup(STDERR_FILENO)) >= 0);
        assert(dup2(fds[1], STDOUT_FILENO) >= 0 && dup2(fds[1], STDERR_FILENO) >= 0);

        r = run(2, argv);

        assert(fflush(stdout) == 0);
        assert(dup2(out, STDOUT_FILENO) >= 0 && dup2(err, STDERR_FILENO) >= 0);
        n = read(fds[0], text, size - 1);
        text[n > 0 ? n : 0] = '\0';

        free(argv[1]);
        for (size_t i = 0; i < 4; i++)
                (void) close((const int[]){ out, err, fds[0], fds[1] }[i]);
        return r;
}

static void test_questions_about_itself_need_no_bus(void) {
        char text[512];

        assert(run_with("--help", text, sizeof text) > 0);
        assert(strcmp(text, "testd - for a test\n") == 0);

        assert(run_with("--version", text, sizeof text) > 0);
        assert(strcmp(text, "testd " NPIVOT_VERSION "\n") == 0);
}

static void test_arguments_are_not_ignored(void) {
        static const char *const arguments[] = { "--hel0", "-x", "start", "" };

        for (size_t i = 0; i < ARRAY_LEN(arguments); i++) {
                char text[512];

                assert(run_with(arguments[i], text, sizeof text) == -EINVAL);
                assert(strstr(text, "Try 'testd --help'."));
        }
}

int main(void) {
        test_a_service_is_ready_once_it_has_its_name_and_ends_on_a_signal();
        test_a_service_that_does_not_settle_is_ready_when_its_time_is_over();
        test_a_signal_ends_a_service_that_has_not_settled();
        test_a_service_feeds_the_watchdog();
        test_a_name_that_somebody_else_has_is_an_error();
        test_a_service_ends_when_the_bus_goes_away();
        test_without_a_bus_there_is_no_service();
        test_questions_about_itself_need_no_bus();
        test_arguments_are_not_ignored();

        return EXIT_SUCCESS;
}
