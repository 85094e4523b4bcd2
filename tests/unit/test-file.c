/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/cleanup.h"
#include "common/file.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define NOBODY 65534

/* A directory of the test's own; the caller's umask must not matter anywhere. */
typedef struct Scratch {
        char path[64];
        int fd;
} Scratch;

static void scratch_init(Scratch *scratch) {
        *scratch = (Scratch){ .path = "/tmp/npivot-test-file-XXXXXX" };
        assert(mkdtemp(scratch->path));
        scratch->fd = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert(scratch->fd >= 0);
}

static unsigned count_entries(const Scratch *scratch) {
        _cleanup_(closedirp) DIR *dir = opendir(scratch->path);
        struct dirent *entry;
        unsigned n = 0;

        assert(dir);
        while ((entry = readdir(dir)))
                n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;

        return n;
}

static void scratch_done(Scratch *scratch) {
        _cleanup_(closedirp) DIR *dir = opendir(scratch->path);
        struct dirent *entry;

        assert(dir);
        while ((entry = readdir(dir)))
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        assert(unlinkat(scratch->fd, entry->d_name, 0) == 0 ||
                               unlinkat(scratch->fd, entry->d_name, AT_REMOVEDIR) == 0);
        assert(rmdir(scratch->path) == 0);
        close(scratch->fd);
}

static void put(const Scratch *scratch, const char *name, const void *data, size_t size) {
        _cleanup_close_ int fd = openat(scratch->fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

        assert(fd >= 0);
        assert(write(fd, data, size) == (ssize_t) size);
}

static void assert_contents(const Scratch *scratch, const char *name, const char *expected) {
        _cleanup_free_ char *text = NULL;
        size_t size;

        assert(file_read(scratch->fd, name, 4096, &text, &size) == 0);
        assert(size == strlen(expected));
        assert(strcmp(text, expected) == 0);
}

/* Runs the function in a child, which may give up rights or set limits for itself. */
static void in_child(void (*function)(const Scratch *scratch), const Scratch *scratch) {
        int status;
        pid_t pid;

        pid = fork();
        assert(pid >= 0);
        if (pid == 0) {
                function(scratch);
                _exit(EXIT_SUCCESS);
        }
        assert(waitpid(pid, &status, 0) == pid);
        assert(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS);
}

static void test_a_file_is_written_with_its_mode_and_nothing_else(void) {
        _cleanup_(scratch_done) Scratch scratch;
        struct stat st;

        scratch_init(&scratch);

        assert(file_write_atomic(scratch.fd, "a.conf", "one", 3, 0644) == 0);
        assert_contents(&scratch, "a.conf", "one");
        assert(fstatat(scratch.fd, "a.conf", &st, 0) == 0);
        assert((st.st_mode & 07777) == 0644);

        assert(file_write_atomic(scratch.fd, "a.conf", "", 0, 0600) == 0);
        assert_contents(&scratch, "a.conf", "");
        assert(fstatat(scratch.fd, "a.conf", &st, 0) == 0);
        assert((st.st_mode & 07777) == 0600);

        assert(count_entries(&scratch) == 1);
}

static void test_a_descriptor_without_rights_to_read_will_do(void) {
        _cleanup_(scratch_done) Scratch scratch;
        _cleanup_close_ int fd = -EBADF;

        scratch_init(&scratch);
        fd = open(scratch.path, O_PATH | O_DIRECTORY | O_CLOEXEC);

        assert(file_write_atomic(fd, "a.conf", "one", 3, 0644) == 0);
        assert(file_unlink_durable(fd, "a.conf") == 0);
}

static void test_a_link_in_the_way_is_replaced_not_followed(void) {
        _cleanup_(scratch_done) Scratch scratch;

        scratch_init(&scratch);
        put(&scratch, "victim", "untouched", 9);
        assert(symlinkat("victim", scratch.fd, "a.conf") == 0);

        assert(file_write_atomic(scratch.fd, "a.conf", "one", 3, 0644) == 0);
        assert_contents(&scratch, "a.conf", "one");
        assert_contents(&scratch, "victim", "untouched");
}

static void test_names_that_lead_elsewhere_are_refused(void) {
        static const char *const names[] = { "", ".", "..", "a/b", "/etc/passwd", "../a" };
        char too_long[FILE_NAME_MAX + 2] = "";
        _cleanup_(scratch_done) Scratch scratch;

        scratch_init(&scratch);
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                assert(file_write_atomic(scratch.fd, names[i], "x", 1, 0644) == -EINVAL);
                assert(file_unlink_durable(scratch.fd, names[i]) == -EINVAL);
        }

        memset(too_long, 'x', FILE_NAME_MAX + 1);
        assert(file_write_atomic(scratch.fd, too_long, "x", 1, 0644) == -EINVAL);
        assert(file_write_atomic(scratch.fd, too_long + 1, "x", 1, 0644) == 0);
        assert(count_entries(&scratch) == 1);
}

static void write_over_the_limit(const Scratch *scratch) {
        char data[8192] = "";

        (void) signal(SIGXFSZ, SIG_IGN);
        assert(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 4096, 4096 }) == 0);

        assert(file_write_atomic(scratch->fd, "a.conf", data, sizeof data, 0644) == -EFBIG);
        assert(file_write_atomic(scratch->fd, "b.conf", data, sizeof data, 0644) == -EFBIG);
}

static void test_a_write_that_fails_half_way_leaves_the_old_file(void) {
        _cleanup_(scratch_done) Scratch scratch;

        scratch_init(&scratch);
        put(&scratch, "a.conf", "old", 3);

        in_child(write_over_the_limit, &scratch);
        assert_contents(&scratch, "a.conf", "old");
        assert(count_entries(&scratch) == 1);
}

static void write_as_nobody(const Scratch *scratch) {
        if (geteuid() == 0)
                assert(setegid(NOBODY) == 0 && seteuid(NOBODY) == 0);

        assert(file_write_atomic(scratch->fd, "a.conf", "new", 3, 0644) == -EACCES);
        assert(file_unlink_durable(scratch->fd, "a.conf") == -EACCES);
}

static void test_a_directory_that_is_closed_to_us_is_left_alone(void) {
        _cleanup_(scratch_done) Scratch scratch;

        scratch_init(&scratch);
        put(&scratch, "a.conf", "old", 3);
        assert(fchmod(scratch.fd, 0555) == 0);

        in_child(write_as_nobody, &scratch);

        assert(fchmod(scratch.fd, 0755) == 0);
        assert_contents(&scratch, "a.conf", "old");
        assert(count_entries(&scratch) == 1);
}

static void test_a_name_that_is_taken_by_a_directory_stays(void) {
        _cleanup_(scratch_done) Scratch scratch;

        scratch_init(&scratch);
        assert(mkdirat(scratch.fd, "a.conf", 0755) == 0);

        assert(file_write_atomic(scratch.fd, "a.conf", "new", 3, 0644) == -EISDIR);
        assert(file_unlink_durable(scratch.fd, "a.conf") == -EISDIR);
        assert(count_entries(&scratch) == 1);
}

static void test_unlinking_what_is_not_there_says_so(void) {
        _cleanup_(scratch_done) Scratch scratch;

        scratch_init(&scratch);
        put(&scratch, "a.conf", "old", 3);

        assert(file_unlink_durable(scratch.fd, "a.conf") == 0);
        assert(file_unlink_durable(scratch.fd, "a.conf") == -ENOENT);
}

static void write_until_killed(const Scratch *scratch) {
        for (;;)
                (void) file_write_atomic(scratch->fd, "a.conf", "0123456789", 10, 0644);
}

/* Until the writer's temporary file is seen, so that the kill finds it at work. */
static void kill_in_the_middle(const Scratch *scratch) {
        unsigned before = count_entries(scratch);
        pid_t pid;

        pid = fork();
        assert(pid >= 0);
        if (pid == 0)
                write_until_killed(scratch);

        while (count_entries(scratch) == before)
                ;
        assert(kill(pid, SIGKILL) == 0);
        assert(waitpid(pid, NULL, 0) == pid);
}

static void test_a_killed_writer_leaves_a_whole_file_and_litter_that_goes(void) {
        _cleanup_(scratch_done) Scratch scratch;
        int removed;

        scratch_init(&scratch);
        put(&scratch, "a.conf", "old", 3);
        put(&scratch, ".#somebody-else's", "", 0);
        put(&scratch, ".#npivot-a.conf.0123456789abcdef", "", 0);

        for (unsigned i = 0; i < 20; i++) {
                _cleanup_free_ char *text = NULL;

                kill_in_the_middle(&scratch);
                assert(file_read(scratch.fd, "a.conf", 64, &text, NULL) == 0);
                assert(strcmp(text, "old") == 0 || strcmp(text, "0123456789") == 0);
        }

        removed = file_remove_leftovers(scratch.fd);
        assert(removed > 0 && removed <= 21);
        assert(count_entries(&scratch) == 2);
        assert(file_remove_leftovers(scratch.fd) == 0);
}

static void test_a_file_is_read_up_to_its_limit(void) {
        _cleanup_(scratch_done) Scratch scratch;
        _cleanup_free_ char *text = NULL;
        size_t size = 42;

        scratch_init(&scratch);
        put(&scratch, "nul", "a\0b", 3);

        assert(file_read(scratch.fd, "nul", 2, &text, &size) == -EFBIG);
        assert(!text && size == 42);
        assert(file_read(scratch.fd, "nul", 3, &text, &size) == 0);
        assert(size == 3 && memcmp(text, "a\0b", 4) == 0);
}

static void test_only_regular_files_are_read(void) {
        _cleanup_(scratch_done) Scratch scratch;
        char *text = NULL;

        scratch_init(&scratch);
        assert(mkdirat(scratch.fd, "directory", 0755) == 0);
        assert(mkfifoat(scratch.fd, "fifo", 0644) == 0);
        assert(symlinkat("/etc/passwd", scratch.fd, "link") == 0);

        assert(file_read(scratch.fd, "directory", 64, &text, NULL) == -EISDIR);
        assert(file_read(scratch.fd, "fifo", 64, &text, NULL) == -EINVAL);
        assert(file_read(scratch.fd, "link", 64, &text, NULL) == -ELOOP);
        assert(file_read(scratch.fd, "nothing", 64, &text, NULL) == -ENOENT);
        assert(!text);
}

static void test_a_file_that_tells_no_size_is_read_in_whole(void) {
        _cleanup_close_ int fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_free_ char *text = NULL;
        size_t size = 0;

        assert(file_read(fd, "limits", 65536, &text, &size) == 0);
        assert(size > 0);
        assert(file_read(fd, "limits", 16, &text, &size) == -EFBIG);
}

static void test_orders_to_root_may_not_be_written_by_others(void) {
        static const mode_t open_to_others[] = { 0664, 0646, 0666, 0620, 0602 };
        _cleanup_(scratch_done) Scratch scratch;

        scratch_init(&scratch);
        assert(setenv("NPIVOT_CONFDIR", scratch.path, true) == 0);
        put(&scratch, "a.conf", "x", 1);

        for (size_t i = 0; i < ARRAY_LEN(open_to_others); i++) {
                char *text = NULL;

                assert(fchmodat(scratch.fd, "a.conf", open_to_others[i], 0) == 0);
                assert(file_read_trusted(scratch.fd, "a.conf", 64, &text, NULL) == -EACCES);
                assert(!text);
        }
}

static void test_orders_to_root_come_from_root(void) {
        _cleanup_(scratch_done) Scratch scratch;
        _cleanup_free_ char *text = NULL;

        scratch_init(&scratch);
        put(&scratch, "a.conf", "x", 1);

        /* Our own, in a tree for tests. */
        assert(setenv("NPIVOT_CONFDIR", scratch.path, true) == 0);
        assert(file_read_trusted(scratch.fd, "a.conf", 64, &text, NULL) == 0);
        text = (free(text), NULL);

        if (geteuid() == 0) {
                assert(fchownat(scratch.fd, "a.conf", NOBODY, NOBODY, 0) == 0);
                assert(file_read_trusted(scratch.fd, "a.conf", 64, &text, NULL) == -EPERM);
        }

        assert(unsetenv("NPIVOT_CONFDIR") == 0);
        assert(file_read_trusted(scratch.fd, "a.conf", 64, &text, NULL) == -EPERM);
}

static void test_attributes_are_fit_for_the_bus(void) {
        static const struct {
                const char *raw;
                size_t size;
                const char *clean;
        } cases[] = {
                { "", 0, "" },
                { "Linkup\n", 7, "Linkup" },
                { " a b \t\n\n", 8, " a b" },
                { "a\0b\n", 4, "a?b" },
                { "a\0\n", 3, "a?" },
                { "\x1b[2J", 4, "?[2J" },
                { "Ger\xe4t", 5, "Ger?t" },
                { "0123456789abcdef", 16, "0123456" }, /* no more than fits */
                { "123456ä", 8, "123456?" },           /* cut inside a character */
        };
        _cleanup_(scratch_done) Scratch scratch;

        scratch_init(&scratch);
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                char buf[8];

                put(&scratch, "attr", cases[i].raw, cases[i].size);
                assert(attr_read(scratch.fd, "attr", buf, sizeof buf) ==
                       (ssize_t) strlen(cases[i].clean));
                assert(strcmp(buf, cases[i].clean) == 0);
        }
}

static void test_attributes_that_cannot_be_read_say_why(void) {
        _cleanup_(scratch_done) Scratch scratch;
        char buf[8];

        scratch_init(&scratch);
        assert(mkdirat(scratch.fd, "attr", 0755) == 0);

        assert(attr_read(scratch.fd, "attr", buf, sizeof buf) == -EISDIR);
        assert(attr_read(scratch.fd, "nothing", buf, sizeof buf) == -ENOENT);
        assert(attr_read(scratch.fd, "attr", buf, 0) == -EINVAL);
}

static void test_an_attribute_is_written_by_one_write(void) {
        _cleanup_(scratch_done) Scratch scratch;
        _cleanup_close_ int fd = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        scratch_init(&scratch);
        put(&scratch, "attr", "something longer", 16);

        assert(attr_write(scratch.fd, "attr", "2100") == 0);
        assert_contents(&scratch, "attr", "2100");
        assert(attr_write(scratch.fd, "nothing", "2100") == -ENOENT);
        assert(attr_write(fd, "full", "2100") == -ENOSPC);
}

static void test_a_directory_is_made_with_its_mode_once(void) {
        _cleanup_(scratch_done) Scratch scratch;
        char path[128], deeper[160];
        struct stat st;
        int fd;

        scratch_init(&scratch);
        (void) snprintf(path, sizeof path, "%s/vhba", scratch.path);
        (void) snprintf(deeper, sizeof deeper, "%s/a/b", path);

        assert(dir_open(path, false, 0) == -ENOENT);

        fd = dir_open(path, true, 0751);
        assert(fd >= 0);
        assert(fstat(fd, &st) == 0);
        assert((st.st_mode & 07777) == 0751);
        assert(close(fd) == 0);

        fd = dir_open(path, true, 0700);
        assert(fd >= 0);
        assert(fstat(fd, &st) == 0);
        assert((st.st_mode & 07777) == 0751); /* an admin's choice */
        assert(close(fd) == 0);

        assert(dir_open(deeper, true, 0755) == -ENOENT);

        put(&scratch, "file", "", 0);
        (void) snprintf(path, sizeof path, "%s/file", scratch.path);
        assert(dir_open(path, true, 0755) == -ENOTDIR);
}

static bool lists(int dir_fd, const char *folder, const char *name) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;

        assert(dir_list(dir_fd, folder, &dir) == 0);
        while ((entry = readdir(dir)))
                if (strcmp(entry->d_name, name) == 0)
                        return true;

        return false;
}

static void test_a_directory_can_be_read_again_and_again(void) {
        _cleanup_(scratch_done) Scratch scratch;
        DIR *none = NULL;

        scratch_init(&scratch);
        put(&scratch, "file", "", 0);
        assert(mkdirat(scratch.fd, "folder", 0755) == 0);

        for (unsigned i = 0; i < 2; i++) {
                assert(lists(scratch.fd, ".", "file"));
                assert(!lists(scratch.fd, "folder", "file"));
        }
        assert(dir_list(scratch.fd, "file", &none) == -ENOTDIR);
        assert(dir_list(scratch.fd, "nothing", &none) == -ENOENT);
        assert(!none);
}

int main(void) {
        (void) umask(0077);

        test_a_file_is_written_with_its_mode_and_nothing_else();
        test_a_descriptor_without_rights_to_read_will_do();
        test_a_link_in_the_way_is_replaced_not_followed();
        test_names_that_lead_elsewhere_are_refused();
        test_a_write_that_fails_half_way_leaves_the_old_file();
        test_a_directory_that_is_closed_to_us_is_left_alone();
        test_a_name_that_is_taken_by_a_directory_stays();
        test_unlinking_what_is_not_there_says_so();
        test_a_killed_writer_leaves_a_whole_file_and_litter_that_goes();
        test_a_file_is_read_up_to_its_limit();
        test_only_regular_files_are_read();
        test_a_file_that_tells_no_size_is_read_in_whole();
        test_orders_to_root_may_not_be_written_by_others();
        test_orders_to_root_come_from_root();
        test_attributes_are_fit_for_the_bus();
        test_attributes_that_cannot_be_read_say_why();
        test_an_attribute_is_written_by_one_write();
        test_a_directory_is_made_with_its_mode_once();
        test_a_directory_can_be_read_again_and_again();

        return EXIT_SUCCESS;
}
