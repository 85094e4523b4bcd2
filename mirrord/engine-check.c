/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/escape.h"
#include "mirrord/engine-command.h"

#include <inttypes.h>
#include <string.h>

/* The disk whose job it is, or NULL. */
static const MirrorDisk *find_owner(const Mirror *mirror, const char *job) {
        for (size_t i = 0; i < mirror->n_disks; i++) {
                const MirrorDisk *disk = mirror->disks + i;
                MirrorPart name, last;

                if (strcmp(mirror_job_name(disk, name), job) == 0 ||
                    strcmp(mirror_last_job_name(disk, last), job) == 0)
                        return disk;
        }

        return NULL;
}

/* What somebody else has begun since is no reason to end it. A job of a disk that is to be taken
 * apart is an earlier mirror's. */
static bool has_begun(const Mirror *mirror, const JsonValue *jobs) {
        /* Between two attempts it has no job. */
        if (mirror->n_retried > 0 || mirror->is_forced)
                return true;
        for (size_t i = 0; i < mirror->n_disks; i++)
                if (mirror->disks[i].has_own_bitmap)
                        return true;
        for (size_t i = 0; i < json_read_length(jobs); i++) {
                const JsonValue *job = json_read_item(jobs, i);
                const MirrorDisk *disk = find_owner(mirror, json_read_string(job, "device"));

                if (disk && disk->again == AGAIN_NOTHING)
                        return true;
        }

        return false;
}

int engine_check_jobs(const Mirror *mirror, const JsonValue *jobs, char *words, size_t size) {
        if (has_begun(mirror, jobs))
                return 0;
        for (size_t i = 0; i < json_read_length(jobs); i++) {
                const JsonValue *job = json_read_item(jobs, i);
                const char *name = json_read_string(job, "device");

                if (find_owner(mirror, name))
                        continue;
                (void) snprintf(
                        words, size,
                        "QEMU is at work on another block job, %.100s (%.40s): wait until it "
                        "has ended, or cancel it.",
                        name, json_read_string(job, "type"));
                (void) escape_in_place(words);
                return -EBUSY;
        }

        return 0;
}

static const JsonValue *find_node(const JsonValue *nodes, const char *name) {
        for (size_t i = 0; i < json_read_length(nodes); i++)
                if (strcmp(json_read_string(json_read_item(nodes, i), "node-name"), name) == 0)
                        return json_read_item(nodes, i);

        return NULL;
}

static bool has_bitmap(const JsonValue *node, const char *name) {
        const JsonValue *bitmaps = json_read_array(node, "dirty-bitmaps");

        for (size_t i = 0; i < json_read_length(bitmaps); i++) {
                const JsonValue *bitmap = json_read_item(bitmaps, i);

                if (strcmp(json_read_string(bitmap, "name"), name) == 0)
                        return json_read_bool(bitmap, "recording", true) &&
                               !json_read_bool(bitmap, "inconsistent", false);
        }

        return false;
}

bool engine_is_raw(const JsonValue *nodes, const MirrorDisk *disk) {
        const JsonValue *node = find_node(nodes, disk->node);
        const char *file = json_read_string(node, "file");

        if (strcmp(json_read_string(node, "drv"), "raw") != 0 || *file != '/')
                return false;
        for (size_t i = 0; i < json_read_length(nodes); i++) {
                const JsonValue *other = json_read_item(nodes, i);
                const char *driver = json_read_string(other, "drv");

                if ((strcmp(driver, "file") == 0 || strcmp(driver, "host_device") == 0) &&
                    strcmp(json_read_string(other, "file"), file) == 0)
                        return true;
        }

        return false;
}

int engine_check_nodes(const Mirror *mirror, const JsonValue *nodes, char *words, size_t size) {
        for (size_t i = 0; i < mirror->n_disks; i++) {
                const MirrorDisk *disk = mirror->disks + i;
                const JsonValue *node = find_node(nodes, disk->node);
                uint64_t is;

                if (!node) {
                        (void) snprintf(words, size, "%s: QEMU has no node “%s”.", disk->name,
                                        disk->node);
                        return -ENOENT;
                }
                if (mirror->bitmap && !disk->has_own_bitmap && !has_bitmap(node, mirror->bitmap)) {
                        (void) snprintf(
                                words, size,
                                "%s: its node has no bitmap “%s” that can be relied on: mirror "
                                "it in full.",
                                disk->name, mirror->bitmap);
                        return -ENOENT;
                }
                is = json_read_number(json_read_object(node, "image"), "virtual-size", 0);
                if (is == disk->size_bytes)
                        continue;
                (void) snprintf(words, size,
                                "%s: the disk has %" PRIu64
                                " bytes and its target was made for %" PRIu64
                                ": make the target anew.",
                                disk->name, is, disk->size_bytes);
                return -EINVAL;
        }

        return 0;
}
