/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/act/inspect.h"

#include "common/child.h"
#include "common/cleanup.h"
#include "common/holders.h"
#include "common/signature.h"
#include "lunwatch/act/reply.h"
#include "lunwatch/act/users.h"

#include <fcntl.h>
#include <string.h>

/* A disk answers in milliseconds, or something is wrong with it. */
#define READ_MSEC 5000

static void tell_signature(const char *name, const char *type, const char *label) {
        char object[300], words[600];

        (void) snprintf(object, sizeof object, *label ? "%s (%s)" : "%s", type, label);
        (void) snprintf(words, sizeof words, "%s begins like %s", name, object);
        reply_use("signature", object, name, words);
}

static void tell_unreadable(const char *name, const char *why) {
        char words[300];

        (void) snprintf(words, sizeof words, "%s cannot be read: %s", name, why);
        reply_use("signature", "unreadable", name, words);
}

static int read_signature(void *userdata) {
        char type[SIGNATURE_MAX], label[SIGNATURE_MAX], node[64];
        const char *name = userdata;
        int r;

        (void) snprintf(node, sizeof node, "/dev/%s", name);
        r = signature_read(node, type, label);
        if (r >= 0)
                tell_signature(name, type, label);
        else if (r == -ENOTUNIQ)
                tell_signature(name, "several signatures", "they contradict each other");
        else if (r != -ENODATA)
                tell_unreadable(name, strerror(-r));

        return 0;
}

static uint32_t time_for_one(const Request *request) {
        return request->msec / 2 < READ_MSEC ? request->msec / 2 : READ_MSEC;
}

static int find_users(int root_fd, const Request *request) {
        _cleanup_(holders_done) Holders holders = { 0 };
        HolderDisk disks[REQUEST_DEVICES_MAX] = { 0 };
        char first[64];
        int r;

        for (size_t i = 0; i < request->n; i++)
                (void) snprintf(disks[i].block, sizeof disks[i].block, "%s", request->names[i]);
        r = holders_find(disks, request->n, &holders);
        if (r < 0)
                return reply_error("helper-failed", "Cannot look for processes: %s.", strerror(-r));

        (void) users_tell(root_fd, &holders, users_is_process, first, sizeof first);
        return 0;
}

/* The first is what counts: a map, or one path that stands for the others. */
static int check_exists(int root_fd, const char *name) {
        char file[96];

        (void) snprintf(file, sizeof file, "sys/class/block/%s", name);
        if (faccessat(root_fd, file, F_OK, 0) < 0)
                return reply_error("no-such-object", "There is no block device %s here.", name);

        return 0;
}

int inspect(int root_fd, const Request *request) {
        int r;

        for (size_t i = 0; i < request->n; i++) {
                const char *name = request->names[i];

                r = check_exists(root_fd, name);
                if (r < 0)
                        return r;
                reply_step("reading %s", name);
                r = child_run(read_signature, (void *) name, time_for_one(request));
                if (r == -ETIMEDOUT)
                        tell_unreadable(name, "it does not answer");
                else if (r < 0)
                        tell_unreadable(name, strerror(-r));
        }

        reply_step("looking through all processes");
        return find_users(root_fd, request);
}
