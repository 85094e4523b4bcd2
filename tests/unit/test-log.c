/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/cleanup.h"
#include "common/log.h"
#include "common/message-ids.h"

#include <assert.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#define SKIPPED 77

/* Between these two, stderr is a pipe that the test reads. */
static int real_stderr = -EBADF, pipe_fds[2];

static void capture_begin(void) {
        assert(pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) == 0);
        real_stderr = dup(STDERR_FILENO);
        assert(real_stderr >= 0);
        assert(dup2(pipe_fds[1], STDERR_FILENO) == STDERR_FILENO);
}

static const char *capture_end(void) {
        static char text[8192];
        ssize_t n;

        assert(dup2(real_stderr, STDERR_FILENO) == STDERR_FILENO);
        n = read(pipe_fds[0], text, sizeof text - 1);
        text[n > 0 ? n : 0] = '\0';
        (void) close(real_stderr);
        (void) close(pipe_fds[0]);
        (void) close(pipe_fds[1]);

        return text;
}

static void test_a_line_on_stderr_names_the_program(void) {
        capture_begin();
        log_open("vhba-port", LOG_TO_STDERR);
        log_error("Cannot start %s.", "web1");
        log_event(LOG_NOTICE, MESSAGE_VHBA_UP, "2100001b32a90004", "Up.");
        assert(strcmp(capture_end(), "vhba-port: Cannot start web1.\nvhba-port: Up.\n") == 0);
}

static void test_an_errno_is_put_into_words_and_handed_back(void) {
        capture_begin();
        assert(log_error_errno(-ENODEV, "Cannot start: %m") == -ENODEV);
        assert(log_warning_errno(ENODEV, "Cannot start: %m") == -ENODEV);
        assert(strcmp(capture_end(), "vhba-port: Cannot start: No such device\n"
                                     "vhba-port: Cannot start: No such device\n") == 0);
}

static void test_errno_survives_logging(void) {
        capture_begin();
        errno = EXDEV;
        log_warning("Something.");
        log_error_errno(-EIO, "%m");
        log_debug("Dropped.");
        assert(errno == EXDEV);
        (void) capture_end();
}

static void test_text_from_outside_cannot_forge_lines(void) {
        capture_begin();
        log_info("A vHBA named %s.", "web1\nvhba-port: root logged in\x1b[2J");
        assert(strcmp(capture_end(),
                      "vhba-port: A vHBA named web1?vhba-port: root logged in?[2J.\n") == 0);
}

static void test_a_long_message_is_cut_and_still_a_line(void) {
        static char huge[4096];
        const char *text;

        memset(huge, 'x', sizeof huge - 1);
        capture_begin();
        log_info("%s", huge);
        text = capture_end();
        assert(strlen(text) > 1000 && strlen(text) < 2200);
        assert(text[strlen(text) - 1] == '\n');
}

static void test_messages_below_the_level_are_dropped(void) {
        capture_begin();
        log_debug("dropped");
        log_set_max_priority(LOG_ERR);
        log_info("dropped");
        log_error("kept");
        assert(log_warning_errno(EIO, "dropped") == -EIO);
        log_set_max_priority(LOG_INFO);
        assert(strcmp(capture_end(), "vhba-port: kept\n") == 0);
}

static void test_the_level_comes_from_the_environment(void) {
        static const char *const levels[] = { "debug", "7" };
        static const char *const nonsense[] = { "", "verbose", "8", "70", "-1" };

        for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
                assert(setenv("NPIVOT_LOG_LEVEL", levels[i], true) == 0);
                log_set_max_priority(LOG_INFO);
                log_open("test", LOG_TO_STDERR);
                capture_begin();
                log_debug("kept");
                assert(strcmp(capture_end(), "test: kept\n") == 0);
        }

        for (size_t i = 0; i < ARRAY_LEN(nonsense); i++) {
                assert(setenv("NPIVOT_LOG_LEVEL", nonsense[i], true) == 0);
                log_set_max_priority(LOG_INFO);
                log_open("test", LOG_TO_STDERR);
                capture_begin();
                log_debug("dropped");
                log_info("kept");
                assert(strcmp(capture_end(), "test: kept\n") == 0);
        }

        assert(unsetenv("NPIVOT_LOG_LEVEL") == 0);
        log_set_max_priority(LOG_INFO);
}

static void test_an_inherited_journal_stream_is_not_believed(void) {
        assert(setenv("JOURNAL_STREAM", "1:2", true) == 0);
        capture_begin();
        log_open("test", LOG_TO_AUTO);
        log_info("kept");
        assert(strcmp(capture_end(), "test: kept\n") == 0);
        assert(unsetenv("JOURNAL_STREAM") == 0);
}

static void test_a_generator_run_by_hand_leaves_the_kernels_log_alone(void) {
        static const char *const values[] = { "1", "", "junk" };

        for (size_t i = 0; i < ARRAY_LEN(values); i++) {
                assert(setenv("SYSTEMD_EXEC_PID", values[i], true) == 0);
                capture_begin();
                log_open("vhba-generator", LOG_TO_KMSG);
                log_warning("Skipped.");
                assert(strcmp(capture_end(), "vhba-generator: Skipped.\n") == 0);
        }
        assert(unsetenv("SYSTEMD_EXEC_PID") == 0);
}

static int put(const char *path, const char *text) {
        _cleanup_(fclosep) FILE *file = fopen(path, "we");

        return file && fputs(text, file) != EOF && fflush(file) == 0 ? 0 : -EPERM;
}

/* Makes the one user or group that we are that of the namespace's root. */
static int put_map(const char *path, unsigned id) {
        char text[32];

        (void) snprintf(text, sizeof text, "0 %u 1", id);
        return put(path, text);
}

/* As root of a user namespace if need be. */
static int enter_namespaces(void) {
        unsigned uid = geteuid(), gid = getegid();

        if (uid == 0)
                return unshare(CLONE_NEWNS) < 0 ? -EPERM : 0;

        if (unshare(CLONE_NEWNS | CLONE_NEWUSER) < 0 || put("/proc/self/setgroups", "deny") < 0 ||
            put_map("/proc/self/uid_map", uid) < 0)
                return -EPERM;

        return put_map("/proc/self/gid_map", gid);
}

/* A /run of our own, with the journal's socket in it. -EPERM where that is not allowed. */
static int open_journal(void) {
        struct sockaddr_un address = { .sun_family = AF_UNIX,
                                       .sun_path = "/run/systemd/journal/socket" };
        int fd;

        if (enter_namespaces() < 0)
                return -EPERM;
        if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount("tmpfs", "/run", "tmpfs", 0, NULL) < 0)
                return -EPERM;

        assert(mkdir("/run/systemd", 0755) == 0);
        assert(mkdir("/run/systemd/journal", 0755) == 0);
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert(fd >= 0);
        assert(bind(fd, (struct sockaddr *) &address, sizeof address) == 0);

        return fd;
}

static void pretend_that_stderr_is_the_journal(void) {
        char stream[64];
        struct stat st;

        assert(fstat(STDERR_FILENO, &st) == 0);
        (void) snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long) st.st_dev,
                        (unsigned long long) st.st_ino);
        assert(setenv("JOURNAL_STREAM", stream, true) == 0);
}

/* Fields arrive as lines of KEY=value. */
static bool next_record_has(int fd, const char *const *lines) {
        char text[8192];
        ssize_t n;

        n = recv(fd, text, sizeof text - 1, 0);
        assert(n > 0);
        text[n] = '\0';

        for (; *lines; lines++)
                if (!strstr(text, *lines))
                        return false;
        return true;
}

static void check_journal(int fd) {
        capture_begin();
        pretend_that_stderr_is_the_journal();
        log_open("vhbad", LOG_TO_AUTO);

        log_event(LOG_NOTICE, MESSAGE_VHBA_UP, "2100001b32a90004", "Up.");
        assert(next_record_has(
                fd, (const char *const[]){ "MESSAGE=Up.\n", "PRIORITY=5\n",
                                           "SYSLOG_IDENTIFIER=vhbad\n", "WWPN=2100001b32a90004\n",
                                           "MESSAGE_ID=" MESSAGE_VHBA_UP "\n", NULL }));

        log_error_errno(-EIO, "Cannot read.");
        assert(next_record_has(fd, (const char *const[]){ "MESSAGE=Cannot read.\n", "PRIORITY=3\n",
                                                          "ERRNO=5\n", NULL }));

        assert(strcmp(capture_end(), "") == 0);
}

static int test_the_journal_gets_fields(void) {
        int status;
        pid_t pid;

        pid = fork();
        assert(pid >= 0);
        if (pid == 0) {
                int fd = open_journal();

                if (fd < 0)
                        _exit(SKIPPED);
                check_journal(fd);
                _exit(EXIT_SUCCESS);
        }

        assert(waitpid(pid, &status, 0) == pid);
        assert(WIFEXITED(status));
        assert(WEXITSTATUS(status) == EXIT_SUCCESS || WEXITSTATUS(status) == SKIPPED);
        return WEXITSTATUS(status);
}

int main(void) {
        test_a_line_on_stderr_names_the_program();
        test_an_errno_is_put_into_words_and_handed_back();
        test_errno_survives_logging();
        test_text_from_outside_cannot_forge_lines();
        test_a_long_message_is_cut_and_still_a_line();
        test_messages_below_the_level_are_dropped();
        test_the_level_comes_from_the_environment();
        test_an_inherited_journal_stream_is_not_believed();
        test_a_generator_run_by_hand_leaves_the_kernels_log_alone();

        if (test_the_journal_gets_fields() == SKIPPED) {
                puts("skip: a mount namespace is needed to play the journal; the rest passed");
                return SKIPPED;
        }

        return EXIT_SUCCESS;
}
