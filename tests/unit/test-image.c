/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/file.h"
#include "mirrord/storage/image.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#define TOKEN "0123456789abcdef0123456789abcdef"
#define TEMPORARY ".npivot-" TOKEN

static char dir[] = "/tmp/test-image.XXXXXX";
static int dir_fd;

static StorageRequest request_of(StorageVerb verb, const char *identity) {
        StorageRequest request = { .verb = verb,
                                   .token = TOKEN,
                                   .kind = STORAGE_FILE,
                                   .size_bytes = 4096 };

        (void) snprintf(request.identity, sizeof request.identity, "%s", identity);
        (void) snprintf(request.path, sizeof request.path, "%s/vda", dir);
        return request;
}

/* The socket is standard input and output of func, as they are of the service. Returns what func
 * has said, "" for nothing, or NULL when who asks was to have gone before. */
static const char *run(int (*func)(const StorageRequest *request), StorageRequest request,
                       bool is_gone) {
        static char text[STORAGE_PACKET_MAX];
        int in = dup(STDIN_FILENO), out = dup(STDOUT_FILENO), pair[2];
        ssize_t n = 0;

        assert(in >= 0 && out >= 0);
        assert(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
        assert(dup2(pair[1], STDIN_FILENO) >= 0 && dup2(pair[1], STDOUT_FILENO) >= 0);
        (void) close(pair[1]);
        if (is_gone)
                (void) close(pair[0]);
        (void) func(&request);
        if (!is_gone) {
                n = read(pair[0], text, sizeof text - 1);
                (void) close(pair[0]);
        }
        assert(dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0);
        (void) close(in);
        (void) close(out);

        text[n > 0 ? n : 0] = '\0';
        return is_gone ? NULL : text;
}

static bool is_there(const char *name) {
        return faccessat(dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) >= 0;
}

static void test_a_request_whose_client_has_gone_makes_nothing(void) {
        (void) run(image_create, request_of(STORAGE_CREATE, ""), true);
        assert(!is_there(TEMPORARY));
}

static void test_a_file_is_made_named_known_again_and_removed(void) {
        const char *text = run(image_create, request_of(STORAGE_CREATE, ""), false);
        StorageMark identity;

        assert(strncmp(text, "done\t", 5) == 0 && storage_mark_is_valid(text + 5));
        (void) strcpy(identity, text + 5);
        assert(is_there(TEMPORARY) && !is_there("vda"));
        for (int i = 0; i < 2; i++) {
                text = run(image_place, request_of(STORAGE_PLACE, identity), false);
                assert(strcmp(text, "done\t") == 0);
                assert(!is_there(TEMPORARY) && is_there("vda"));
        }

        assert(renameat(dir_fd, "vda", dir_fd, "away") == 0);
        text = run(image_place, request_of(STORAGE_PLACE, identity), false);
        assert(strstr(text, "has gone"));
        assert(file_write_atomic(dir_fd, "vda", "mine", 4, 0600) == 0);
        text = run(image_place, request_of(STORAGE_PLACE, identity), false);
        assert(strstr(text, "/vda is not the disk that was prepared"));
        text = run(image_remove, request_of(STORAGE_REMOVE, identity), false);
        assert(strcmp(text, "done\tother") == 0 && is_there("vda"));
        assert(renameat(dir_fd, "away", dir_fd, "vda") == 0);
        text = run(image_remove, request_of(STORAGE_REMOVE, identity), false);
        assert(strcmp(text, "done\tremoved") == 0 && !is_there("vda"));
}

/* What an earlier request has left is made anew, not used. */
static void test_a_half_made_file_is_replaced(void) {
        const char *text;

        assert(file_write_atomic(dir_fd, "half", "half", 4, 0600) == 0);
        assert(renameat(dir_fd, "half", dir_fd, TEMPORARY) == 0);
        text = run(image_create, request_of(STORAGE_CREATE, ""), false);
        assert(strncmp(text, "done\t", 5) == 0);
        text = run(image_remove, request_of(STORAGE_REMOVE, ""), false);
        assert(strcmp(text, "done\tremoved") == 0 && !is_there(TEMPORARY));
        text = run(image_remove, request_of(STORAGE_REMOVE, ""), false);
        assert(strcmp(text, "done\tgone") == 0);
}

int main(void) {
        assert(mkdtemp(dir));
        dir_fd = dir_open(dir, false, 0);
        assert(dir_fd >= 0);
        test_a_request_whose_client_has_gone_makes_nothing();
        test_a_file_is_made_named_known_again_and_removed();
        test_a_half_made_file_is_replaced();
        (void) close(dir_fd);
        return rmdir(dir) == 0 ? 0 : 1;
}
