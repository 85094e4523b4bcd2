/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/storage/volume.h"

#include "mirrord/storage/command.h"
#include "mirrord/storage/reply.h"

#include <inttypes.h>
#include <string.h>

#define LVM_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+_.-"

typedef struct Volume {
        char group[STORAGE_NAME_MAX + 1];
        char name[STORAGE_NAME_MAX + 1];
        char both[2 * STORAGE_NAME_MAX + 2];
        char tag[sizeof(StorageMark) + 16];
} Volume;

static bool is_lvm_name(const char *name) {
        return *name && name[0] != '-' && strspn(name, LVM_CHARACTERS) == strlen(name);
}

static int volume_of(const StorageRequest *request, Volume *ret) {
        static const char *const others[] = { "block",     "bus",   "char",   "disk", "fd",
                                              "hugepages", "input", "mapper", "md",   "mqueue",
                                              "pts",       "shm",   "snd",    "vfio", "zvol" };
        Volume volume = { 0 };
        int end = 0;

        (void) sscanf(request->path, "/dev/%128[^/]/%128[^/]%n", volume.group, volume.name, &end);
        if (end == 0 || request->path[end] || !is_lvm_name(volume.group) ||
            !is_lvm_name(volume.name))
                return -EINVAL;
        for (size_t i = 0; i < ARRAY_LEN(others); i++)
                if (strcmp(volume.group, others[i]) == 0)
                        return -EINVAL;

        (void) snprintf(volume.both, sizeof volume.both, "%s/%s", volume.group, volume.name);
        (void) snprintf(volume.tag, sizeof volume.tag, "npivot-%s", request->token);
        *ret = volume;
        return 0;
}

bool volume_is_one(const char *path) {
        StorageRequest request = { 0 };
        Volume volume;

        (void) snprintf(request.path, sizeof request.path, "%s", path);
        return volume_of(&request, &volume) >= 0;
}

static int refuse(const StorageRequest *request, const char *doing, int r, CommandOutput *output) {
        output->err[strcspn(output->err, "\n")] = '\0';
        if (r == -ENOENT)
                return reply_error("refused",
                                   "LVM is not installed, which %s would need: install lvm2.",
                                   request->path);
        if (r == -ECANCELED)
                return r;

        return reply_error("failed", "Cannot %s %s: %s", doing, request->path,
                           r < 0 ? strerror(-r) : output->err);
}

/* 1: it is there with our tag, 0: it is not there, -EEXIST: it is another one's. */
static int find(const Volume *volume, CommandOutput *output) {
        const char *const arguments[] = { "lvs", "--noheadings", "-o",          "lv_tags",
                                          "-S",  NULL,           volume->group, NULL };
        const char *filled[ARRAY_LEN(arguments)];
        char select[STORAGE_NAME_MAX + 32];
        const char *tag;
        int r;

        memcpy(filled, arguments, sizeof filled);
        (void) snprintf(select, sizeof select, "lv_name=\"%s\"", volume->name);
        filled[5] = select;
        r = command_run(filled, -1, output);
        if (r != 0)
                return r < 0 ? r : -EIO;
        if (output->out[0] == '\0')
                return 0;

        tag = strstr(output->out, volume->tag);
        return tag && strchr(" ,\n", tag[strlen(volume->tag)]) ? 1 : -EEXIST;
}

static int check_room(const StorageRequest *request, const Volume *volume) {
        const char *const arguments[] = {
                "vgs", "--noheadings",           "--nosuffix",  "--units", "b",
                "-o",  "vg_free,vg_extent_size", volume->group, NULL
        };
        CommandOutput output = { 0 };
        uint64_t left, extent;
        int r;

        r = command_run(arguments, -1, &output);
        if (r != 0)
                return refuse(request, "look for the group of", r, &output);
        if (sscanf(output.out, " %20" SCNu64 " %20" SCNu64, &left, &extent) != 2 || extent == 0)
                return reply_error("failed", "vgs says nothing that is understood about %s.",
                                   volume->group);
        if (request->size_bytes % extent != 0)
                return reply_error("refused",
                                   "%s cannot have %" PRIu64 " bytes exactly: volumes of %s are "
                                   "multiples of %" PRIu64 ". Take a file.",
                                   request->path, request->size_bytes, volume->group, extent);

        return reply_done("volume\t0\t-\tvg.%s\t%" PRIu64, volume->group, left);
}

int volume_check(const StorageRequest *request) {
        CommandOutput output = { 0 };
        Volume volume;
        int r;

        r = volume_of(request, &volume);
        if (r < 0)
                return reply_error("refused", "%s is not the path of a volume.", request->path);
        if (request->format != STORAGE_RAW)
                return reply_error("refused", "%s would be a volume: its format is raw.",
                                   request->path);
        r = find(&volume, &output);
        if (r == -EEXIST || (r == -ENOENT && access(request->path, F_OK) >= 0))
                return 0;
        if (r < 0)
                return refuse(request, "look for", r == -EIO ? 1 : r, &output);
        if (r > 0)
                return reply_done("volume\t0\t-\t-\t0") < 0 ? -ECANCELED : 1;

        return check_room(request, &volume) < 0 ? -ECANCELED : 1;
}

int volume_create(const StorageRequest *request) {
        char size[32];
        CommandOutput output = { 0 };
        Volume volume;
        int r;

        if (volume_of(request, &volume) < 0)
                return reply_error("refused", "%s is not the path of a volume.", request->path);
        r = find(&volume, &output);
        if (r == 0) {
                const char *const arguments[] = { "lvcreate",   "--yes",  "--wipesignatures",
                                                  "y",          "--zero", "y",
                                                  "--size",     size,     "--addtag",
                                                  volume.tag,   "--name", volume.name,
                                                  volume.group, NULL };

                /* The removal may have been there already. */
                if (reply_is_unwanted())
                        return -ECANCELED;
                (void) snprintf(size, sizeof size, "%" PRIu64 "b", request->size_bytes);
                r = command_run(arguments, -1, &output);
                if (r != 0)
                        return refuse(request, "make", r, &output);
        } else if (r == -EEXIST)
                return reply_error("refused", "%s came into being meanwhile, and not by us.",
                                   request->path);
        else if (r < 0)
                return refuse(request, "look for", r == -EIO ? 1 : r, &output);

        return reply_done("%s", volume.tag);
}

/* It has its name from the beginning; whether it has it still is asked. */
int volume_place(const StorageRequest *request) {
        CommandOutput output = { 0 };
        Volume volume;
        int r;

        if (volume_of(request, &volume) < 0)
                return reply_error("refused", "%s is not the path of a volume.", request->path);
        r = find(&volume, &output);
        if (r == -EEXIST)
                return reply_other(request->path);
        if (r == 0)
                return reply_error("refused",
                                   "What was made for %s has gone: somebody removed it. "
                                   "Abort the target and prepare it again.",
                                   request->path);

        return r < 0 ? refuse(request, "look for", r == -EIO ? 1 : r, &output)
                     : reply_done("%s", "");
}

int volume_remove(const StorageRequest *request) {
        CommandOutput output = { 0 };
        Volume volume;
        int r;

        if (volume_of(request, &volume) < 0)
                return reply_error("refused", "%s is not the path of a volume.", request->path);
        r = find(&volume, &output);
        if (r == 0 || r == -EEXIST)
                return reply_done("%s", r == 0 ? "gone" : "other");
        if (r > 0) {
                const char *const arguments[] = { "lvremove", "--yes", "--force", volume.both,
                                                  NULL };

                r = command_run(arguments, -1, &output);
        } else if (r == -EIO)
                r = 1;

        return r != 0 ? refuse(request, "remove", r, &output) : reply_done("removed");
}
