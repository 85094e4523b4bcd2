/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/mirror-disk.h"

#include "cli/complain.h"
#include "cli/mirror-format.h"

#include <string.h>

#define DISKS_MAX 64
#define SECTOR 512
#define NODE_MAX 31 /* QEMU's limit for node names */

void disk_words_done(DiskWords *disk) {
        free(disk->text);
        *disk = (DiskWords){ 0 };
}

void disk_words_list_done(DiskWordsList *list) {
        for (size_t i = 0; i < list->n_disks; i++)
                disk_words_done(list->disks + i);
        free(list->disks);
        *list = (DiskWordsList){ 0 };
}

/* Cuts the first part off at a single comma, and makes one of every two. Returns the rest or NULL.
 */
static char *cut(char *text) {
        char *to = text;

        for (char *from = text; *from != '\0'; from++) {
                if (*from == ',' && from[1] != ',') {
                        *to = '\0';
                        return from + 1;
                }
                if (*from == ',')
                        from++;
                *to++ = *from;
        }
        *to = '\0';
        return NULL;
}

static bool is_one_of(const char *value, const char *const *choices, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(value, choices[i]) == 0)
                        return true;

        return false;
}

static int read_size(const char *name, const char *value, uint64_t *ret) {
        if (mirror_parse_bytes(value, ret) < 0 || *ret == 0 || *ret % SECTOR != 0)
                return complain_usage("Disk %s: size=%s is no size: bytes, a multiple of %d, as in "
                                      "20G or 21474836480.",
                                      name, value, SECTOR);

        return 0;
}

static int read_key(DiskWords *disk, const char *key, const char *value) {
        static const char *const formats[] = { "raw", "qcow2" };
        static const char *const preallocations[] = { "off", "falloc", "full" };
        static const char *const answers[] = { "yes", "no" };

        if (strcmp(key, "size") == 0)
                return read_size(disk->name, value, &disk->size_bytes);
        if (strcmp(key, "format") == 0 && is_one_of(value, formats, ARRAY_LEN(formats))) {
                disk->format = value;
                return 0;
        }
        if (strcmp(key, "preallocation") == 0 &&
            is_one_of(value, preallocations, ARRAY_LEN(preallocations))) {
                disk->preallocation = value;
                return 0;
        }
        if (strcmp(key, "overwrite") == 0 && is_one_of(value, answers, ARRAY_LEN(answers))) {
                disk->overwrite = *value == 'y';
                return 0;
        }
        if (strcmp(key, "overcommit") == 0 && is_one_of(value, answers, ARRAY_LEN(answers))) {
                disk->overcommit = *value == 'y';
                return 0;
        }
        if (strcmp(key, "owner") == 0 && *value != '\0') {
                disk->owner = value;
                return 0;
        }

        return complain_usage("Disk %s: “%s=%s” is none of size=SIZE, format=raw|qcow2, "
                              "preallocation=off|falloc|full, owner=USER, overwrite=yes|no and "
                              "overcommit=yes|no.",
                              disk->name, key, value);
}

static int read_keys(DiskWords *disk, char *rest) {
        char *key, *value;
        int r = 0;

        while (r == 0 && rest) {
                key = rest;
                rest = cut(rest);
                value = strchr(key, '=');
                if (!value)
                        return complain_usage("Disk %s: “%s” is no KEY=VALUE; a comma in a path is "
                                              "written twice.",
                                              disk->name, key);
                *value++ = '\0';
                r = read_key(disk, key, value);
        }

        return r;
}

/* As mirrord has it: a node is a word in files of lines. */
static bool node_is_right(const char *node) {
        if (*node == '\0' || strlen(node) > NODE_MAX || strcmp(node, "-") == 0)
                return false;
        for (; *node; node++)
                if (*node <= ' ' || *node > '~' || strchr(":;\"\\", *node))
                        return false;

        return true;
}

static int check(const DiskWords *disk, DiskNeed need) {
        bool has_place = disk->path || disk->size_bytes > 0 || disk->format ||
                         disk->preallocation || disk->owner || disk->overwrite || disk->overcommit;

        if (need & DISK_NODE && (!disk->node || *disk->node == '\0'))
                return complain_usage("Disk %s: which node of QEMU's? Say %s=NODE.", disk->name,
                                      disk->name);
        if (need & DISK_NODE && !node_is_right(disk->node))
                return complain_usage("Disk %s: “%s” is not the name of a node: 1 to %d letters of "
                                      "ASCII, without blanks, “:”, “;”, “\"” and “\\”.",
                                      disk->name, disk->node, NODE_MAX);
        if (!(need & DISK_NODE) && disk->node)
                return complain_usage("Disk %s: a node of QEMU's has no use here.", disk->name);
        if (!(need & DISK_PLACE) && has_place)
                return complain_usage("Disk %s: the target has its place and size already; say "
                                      "%s=NODE.",
                                      disk->name, disk->name);
        if (need & DISK_PLACE && (!disk->path || *disk->path != '/'))
                return complain_usage("Disk %s: where on the other host? Say :/PATH behind it.",
                                      disk->name);
        if (need == DISK_PLACE && disk->size_bytes == 0)
                return complain_usage("Disk %s: how large? Say ,size=SIZE behind the path, exactly "
                                      "the size of the disk.",
                                      disk->name);
        return 0;
}

int disk_words_parse(const char *word, DiskNeed need, DiskWords *ret) {
        _cleanup_(disk_words_done) DiskWords disk = { .text = strdup(word) };
        char *rest, *path, *node;
        int r;

        if (!disk.text)
                return -ENOMEM;
        rest = cut(disk.text);
        path = strchr(disk.text, ':');
        if (path)
                *path++ = '\0';
        node = strchr(disk.text, '=');
        if (node)
                *node++ = '\0';
        disk.name = disk.text;
        disk.node = node;
        disk.path = path;
        if (*disk.name == '\0')
                return complain_usage("“%s” names no disk: NAME[=NODE][:/PATH][,size=SIZE].", word);

        r = read_keys(&disk, rest);
        if (r == 0)
                r = check(&disk, need);
        if (r != 0)
                return r;

        *ret = disk;
        disk = (DiskWords){ 0 };
        return 0;
}

static int check_names(const DiskWordsList *list, const DiskWords *disk) {
        for (size_t i = 0; i < list->n_disks; i++) {
                const DiskWords *other = list->disks + i;

                if (strcmp(other->name, disk->name) == 0)
                        return complain_usage("Disk %s is named twice.", disk->name);
                if (other->node && disk->node && strcmp(other->node, disk->node) == 0)
                        return complain_usage("Disks %s and %s are the same node, %s.", other->name,
                                              disk->name, disk->node);
        }

        return 0;
}

int disk_words_list_parse(const Client *client, DiskNeed need, DiskWordsList *ret) {
        _cleanup_(disk_words_list_done) DiskWordsList list = { 0 };
        const Options *options = client->options;
        int r;

        if (options->n_disk == 0)
                return complain_usage("Which disks? Say --disk, once for each.");
        if (options->n_disk > DISKS_MAX)
                return complain_usage("These are %zu disks; there can be %d.", options->n_disk,
                                      DISKS_MAX);
        list.disks = calloc(options->n_disk, sizeof *list.disks);
        if (!list.disks)
                return -ENOMEM;
        for (size_t i = 0; i < options->n_disk; i++) {
                DiskWords *disk = list.disks + list.n_disks;

                r = disk_words_parse(options->disk[i], need, disk);
                if (r != 0)
                        return r;
                r = check_names(&list, disk);
                list.n_disks++;
                if (r != 0)
                        return r;
        }

        *ret = list;
        list = (DiskWordsList){ 0 };
        return 0;
}
