/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/cleanup.h"
#include "vhbad/store.h"

#include <assert.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define A UINT64_C(0x2101001b32a90004)
#define B UINT64_C(0x2101001b32a90002)
#define A_CONF "2101001b32a90004.conf"
#define B_CONF "2101001b32a90002.conf"

/* $NPIVOT_CONFDIR of the test at hand. */
static char confdir[64];

static void begin(void) {
        (void) strcpy(confdir, "/tmp/npivot-test-store-XXXXXX");
        assert(mkdtemp(confdir));
        assert(setenv("NPIVOT_CONFDIR", confdir, 1) == 0);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw) {
        return remove(path);
}

static void end(void) {
        assert(nftw(confdir, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0);
}

static const char *in_store(const char *name) {
        static char path[256];

        (void) snprintf(path, sizeof path, "%s/vhba/%s", confdir, name);
        return path;
}

static void write_file(const char *name, const char *text) {
        _cleanup_close_ int fd = open(in_store(name), O_WRONLY | O_CREAT | O_TRUNC, 0644);

        assert(fd >= 0);
        assert(write(fd, text, strlen(text)) == (ssize_t) strlen(text));
        assert(fchmod(fd, 0644) == 0);
}

static void make_store(void) {
        begin();
        assert(mkdir(in_store(""), 0755) == 0);
}

static Definition make(Wwn wwpn) {
        return (Definition){
                .wwpn = wwpn,
                .wwnn = UINT64_C(0x2001001b32a9da4e),
                .timeout_usec = TIMEOUT_USEC_DEFAULT,
        };
}

static void open_store(Store *ret) {
        assert(store_open(ret) == 0);
}

static int load(Wwn wwpn, Definition *ret, ConfError *error) {
        _cleanup_(store_donep) Store store = { .fd = -EBADF };

        open_store(&store);
        return store_load(&store, wwpn, ret, NULL, error);
}

static void assert_refused(const char *name, Wwn wwpn, const char *what) {
        Definition definition;
        ConfError error;

        assert(load(wwpn, &definition, &error) == -EBADMSG);
        assert(error.line == 0);
        assert(strstr(error.what, what));
        assert(unlink(in_store(name)) == 0 || rmdir(in_store(name)) == 0);
}

static void test_a_missing_directory_is_an_empty_store(void) {
        _cleanup_(store_donep) Store store = { .fd = -EBADF };
        _cleanup_free_ Wwn *wwpns = NULL;
        Definition definition;
        ConfError error;
        size_t n = 42;

        begin();
        open_store(&store);
        assert(store.fd == -EBADF);
        assert(store_list(&store, &wwpns, &n, NULL, NULL) == 0 && n == 0);
        assert(store_load(&store, A, &definition, NULL, &error) == -ENOENT);
        assert(store_remove(&store, A) == 0);
        assert(store_mend(&store) == 0);
        assert(access(in_store(""), F_OK) < 0);
        end();
}

static void test_what_is_put_is_loaded_until_it_is_removed(void) {
        _cleanup_(store_donep) Store store = { .fd = -EBADF };
        _cleanup_(definition_donep) Definition loaded = { 0 };
        _cleanup_free_ char *path = NULL;
        Definition definition = make(A);
        ConfError error;
        struct stat st;

        begin();
        open_store(&store);
        assert(store_put(&store, &definition) == 1);
        assert(store_put(&store, &definition) == 0);
        assert(store_load(&store, A, &loaded, &path, &error) == 0);
        assert(definition_equal(&definition, &loaded));
        assert(strcmp(path, in_store(A_CONF)) == 0);
        assert(stat(path, &st) == 0 && (st.st_mode & 07777) == 0644);

        assert(store_remove(&store, A) == 1);
        assert(store_remove(&store, A) == 0);
        assert(store_load(&store, A, &loaded, NULL, &error) == -ENOENT);
        end();
}

static void test_comments_survive_a_put_that_changes_nothing(void) {
        static const char text[] = "# by hand\n[Vhba]\nWwpn=2101001b32a90004\n"
                                   "Wwnn=2001001b32a9da4e\n";
        _cleanup_(store_donep) Store store = { .fd = -EBADF };
        Definition definition = make(A);
        struct stat st;

        make_store();
        write_file(A_CONF, text);
        open_store(&store);
        assert(store_put(&store, &definition) == 0);
        assert(stat(in_store(A_CONF), &st) == 0 && st.st_size == (off_t) strlen(text));
        end();
}

static void test_files_that_cannot_be_trusted_are_refused(void) {
        static const char text[] = "[Vhba]\nWwpn=2101001b32a90004\nWwnn=2001001b32a9da4e\n";
        char *large;

        make_store();
        write_file("elsewhere", text);
        assert(symlink("elsewhere", in_store(A_CONF)) == 0);
        assert_refused(A_CONF, A, "symbolic link");

        assert(mkdir(in_store(A_CONF), 0755) == 0);
        assert_refused(A_CONF, A, "regular file");

        assert(mkfifo(in_store(A_CONF), 0644) == 0);
        assert_refused(A_CONF, A, "regular file");

        write_file(A_CONF, text);
        assert(chmod(in_store(A_CONF), 0664) == 0);
        assert_refused(A_CONF, A, "may write it");

        if (geteuid() == 0) {
                write_file(A_CONF, text);
                assert(chown(in_store(A_CONF), 65534, 65534) == 0);
                assert_refused(A_CONF, A, "owned by root");
        }

        write_file(A_CONF, text);
        assert(truncate(in_store(A_CONF), 1 << 30) == 0);
        assert_refused(A_CONF, A, "larger than 65536");

        write_file(B_CONF, text);
        assert_refused(B_CONF, B, "is not the name of the file");

        large = calloc(CONF_FILE_MAX + 1, 1);
        assert(large);
        memset(large, '\n', CONF_FILE_MAX);
        write_file(A_CONF, large);
        assert_refused(A_CONF, A, "Wwpn= is missing");
        free(large);
        end();
}

static void count_junk(const char *name, const char *why, void *userdata) {
        assert(strlen(why) > 0);
        (*(unsigned *) userdata)++;
}

static void test_the_list_is_in_order_and_names_junk(void) {
        static const char *const ignored[] = { "README", "2101001b32a90007", ".hidden.conf",
                                               A_CONF "~", "2101001b32a90008.conf.rpmsave" };
        static const char *const junk[] = { "2101001B32A90006.conf", "web1.conf", ".conf.conf",
                                            "21:01:00:1b:32:a9:00:06.conf",
                                            "0000000000000000.conf" };
        _cleanup_(store_donep) Store store = { .fd = -EBADF };
        _cleanup_free_ Wwn *wwpns = NULL;
        unsigned n_junk = 0;
        size_t n;

        make_store();
        write_file(A_CONF, "");
        write_file(B_CONF, "");
        write_file("c101001b32a90000.conf", "");
        for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
                write_file(ignored[i], "");
        for (size_t i = 0; i < ARRAY_LEN(junk); i++)
                write_file(junk[i], "");

        open_store(&store);
        assert(store_list(&store, &wwpns, &n, count_junk, &n_junk) == 0);
        assert(n == 3 && wwpns[0] == B && wwpns[1] == A && wwpns[2] == 0xc101001b32a90000);
        /* ".conf.conf" begins with a dot. */
        assert(n_junk == ARRAY_LEN(junk) - 1);
        end();
}

static Definition make_paired(Wwn wwpn, Wwn peer) {
        Definition definition = make(wwpn);

        definition.peer = peer;
        definition.role = wwpn == A ? ROLE_PRIMARY : ROLE_SECONDARY;
        return definition;
}

static bool is_paired(Wwn wwpn, Wwn peer) {
        _cleanup_(definition_donep) Definition definition = { 0 };
        ConfError error;

        assert(load(wwpn, &definition, &error) == 0);
        assert(definition.peer == 0 || definition.peer == peer);
        return definition.peer != 0;
}

static void assert_pair_agrees(bool paired) {
        _cleanup_(store_donep) Store store = { .fd = -EBADF };
        _cleanup_free_ Wwn *wwpns = NULL;
        size_t n;

        assert(is_paired(A, B) == paired);
        assert(is_paired(B, A) == paired);
        open_store(&store);
        assert(store_list(&store, &wwpns, &n, NULL, NULL) == 0);
        assert(n == 2 && wwpns[0] == B && wwpns[1] == A);
}

static void move(const char *from, const char *to) {
        _cleanup_free_ char *path = strdup(in_store(from));

        assert(path);
        assert(rename(path, in_store(to)) == 0);
}

static void write_record(const char *name, Wwn wwpn, Wwn peer) {
        Definition definition = make_paired(wwpn, peer);
        _cleanup_free_ char *text = NULL;

        assert(definition_format(&definition, &text) == 0);
        write_file(name, text);
}

/* The steps of store_put_pair(), as far as they leave a trace; it may die after any of them. */
static void pair_step(unsigned step) {
        switch (step) {
        case 0:
                assert(mkdir(in_store(".pair.tmp"), 0755) == 0);
                break;
        case 1:
                write_file(".pair.tmp/.#npivot-half", "[Vh");
                break;
        case 2:
                move(".pair.tmp/.#npivot-half", ".pair.tmp/" A_CONF);
                write_record(".pair.tmp/" A_CONF, A, B);
                break;
        case 3:
                write_record(".pair.tmp/" B_CONF, B, A);
                break;
        case 4:
                move(".pair.tmp", ".pair");
                break;
        case 5:
                move(".pair/" A_CONF, A_CONF);
                break;
        case 6:
                move(".pair/" B_CONF, B_CONF);
                break;
        default:
                assert(rmdir(in_store(".pair")) == 0);
                break;
        }
}

#define N_STEPS 8
#define FIRST_NEW_STEP 4

static void make_unpaired_store(Store *store) {
        Definition a = make(A), b = make(B);

        begin();
        open_store(store);
        assert(store_put(store, &a) == 1);
        assert(store_put(store, &b) == 1);
}

static void test_a_pair_agrees_wherever_its_writer_died(void) {
        for (unsigned died = 0; died < N_STEPS; died++) {
                _cleanup_(store_donep) Store store = { .fd = -EBADF };
                bool is_new = died >= FIRST_NEW_STEP;

                make_unpaired_store(&store);
                for (unsigned step = 0; step <= died; step++)
                        pair_step(step);
                assert_pair_agrees(is_new);

                assert(store_mend(&store) == (is_new && died < N_STEPS - 1));
                assert_pair_agrees(is_new);
                assert(access(in_store(".pair"), F_OK) < 0);
                assert(access(in_store(".pair.tmp"), F_OK) < 0);
                assert(store_mend(&store) == 0);
                end();
        }
}

static void test_the_next_writer_mends_first(void) {
        for (unsigned died = 0; died < N_STEPS; died++) {
                _cleanup_(store_donep) Store store = { .fd = -EBADF };
                Definition a = make(A), b = make(B);

                make_unpaired_store(&store);
                for (unsigned step = 0; step <= died; step++)
                        pair_step(step);

                assert(store_put_pair(&store, &a, &b) == (died >= FIRST_NEW_STEP));
                assert_pair_agrees(false);
                end();
        }
}

static void test_a_pair_is_put_and_dissolved(void) {
        _cleanup_(store_donep) Store store = { .fd = -EBADF };
        Definition a = make_paired(A, B), b = make_paired(B, A);

        begin();
        open_store(&store);
        assert(store_put_pair(&store, &a, &b) == 1);
        assert_pair_agrees(true);
        assert(store_put_pair(&store, &a, &b) == 0);
        a = make(A);
        b = make(B);
        assert(store_put_pair(&store, &a, &b) == 1);
        assert_pair_agrees(false);
        end();
}

static void test_readers_beside_a_writer_find_every_record(void) {
        _cleanup_(store_donep) Store store = { .fd = -EBADF };
        pid_t writer;

        make_unpaired_store(&store);
        writer = fork();
        assert(writer >= 0);
        if (writer == 0) {
                for (unsigned i = 0; i < 20; i++) {
                        Definition a = i % 2 ? make(A) : make_paired(A, B);
                        Definition b = i % 2 ? make(B) : make_paired(B, A);

                        if (store_put_pair(&store, &a, &b) != 1)
                                _exit(1);
                }
                _exit(0);
        }
        while (waitpid(writer, NULL, WNOHANG) == 0) {
                (void) is_paired(A, B);
                (void) is_paired(B, A);
        }
        end();
}

int main(void) {
        test_a_missing_directory_is_an_empty_store();
        test_what_is_put_is_loaded_until_it_is_removed();
        test_comments_survive_a_put_that_changes_nothing();
        test_files_that_cannot_be_trusted_are_refused();
        test_the_list_is_in_order_and_names_junk();
        test_a_pair_agrees_wherever_its_writer_died();
        test_the_next_writer_mends_first();
        test_a_pair_is_put_and_dissolved();
        test_readers_beside_a_writer_find_every_record();

        return EXIT_SUCCESS;
}
