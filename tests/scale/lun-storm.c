/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * lun-storm ROOT HOSTS TARGETS LUNS PER-SECOND SEED [loud]: for each COUNT on a line of stdin
 * changes the tree of lun-tree at random so many times, PER-SECOND times a second (0: as fast as it
 * can), sends the events that the kernel and udev would send, and prints the COUNT when it is done.
 * LUNs come, go, come back as others, change their size and links; devices and remote ports change
 * their state without an event, as they do, unless it is to be loud. Every step is complete before
 * its event. Root, in the network namespace of who listens.
 */

#include "tests/scale/shape.h"
#include "tests/scale/uevent.h"

#include "common/cleanup.h"

#include <err.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#define PATH_SIZE 512

typedef struct Slot {
        Variant variant;
        bool is_there;
} Slot;

typedef struct Storm {
        Shape shape;
        FcTree tree;
        Slot *slots;
        unsigned seed;
        int event_fd;
        uint64_t seqnum;
        bool is_loud; /* nothing without an event */
} Storm;

static uint32_t any(Storm *storm, uint32_t n) {
        return (uint32_t) rand_r(&storm->seed) % n;
}

/* Where the device is, below /sys. */
static void find_device(Storm *storm, const ShapeLun *slot, char ret[static PATH_SIZE]) {
        char link[256], target[PATH_SIZE];
        HctlString hctl;
        ssize_t n;

        (void) snprintf(link, sizeof link, "sys/bus/scsi/devices/%s",
                        hctl_format(&slot->lun.where.hctl, hctl));
        n = readlinkat(storm->tree.root_fd, link, target, sizeof target - 1);
        if (n < 0)
                err(1, "%s", link);
        target[n] = '\0';

        (void) snprintf(ret, PATH_SIZE, "%s", strstr(target, "/devices/"));
}

static void tell_device(Storm *storm, const char *action, const char *devpath) {
        uevent_send(storm->event_fd, &(Uevent){ .action = action,
                                                .devpath = devpath,
                                                .subsystem = "scsi",
                                                .devtype = "scsi_device",
                                                .seqnum = ++storm->seqnum });
}

static void tell_disk(Storm *storm, const char *action, const char *devpath, const ShapeLun *slot) {
        char disk[2 * PATH_SIZE];

        (void) snprintf(disk, sizeof disk, "%s/block/%s", devpath, slot->disk);
        uevent_send(storm->event_fd, &(Uevent){ .action = action,
                                                .devpath = disk,
                                                .subsystem = "block",
                                                .devtype = "disk",
                                                .devname = slot->disk,
                                                .major = slot->lun.major,
                                                .minor = slot->lun.minor,
                                                .seqnum = ++storm->seqnum });
}

static void add(Storm *storm, uint32_t number) {
        Slot *slot = storm->slots + number;
        char devpath[PATH_SIZE];
        ShapeLun lun;

        slot->variant = (Variant){ .identity = any(storm, 4), .size_gib = 100 + any(storm, 4) };
        slot->is_there = true;
        shape_lun(&storm->shape, number, &slot->variant, &lun);

        fc_tree_add_lun(&storm->tree, &lun.lun);
        find_device(storm, &lun, devpath);
        tell_device(storm, "add", devpath);
        tell_disk(storm, "add", devpath, &lun);
}

static void drop(Storm *storm, uint32_t number) {
        Slot *slot = storm->slots + number;
        char devpath[PATH_SIZE];
        ShapeLun lun;

        shape_lun(&storm->shape, number, &slot->variant, &lun);
        find_device(storm, &lun, devpath);
        slot->is_there = false;

        fc_tree_remove_lun(&storm->tree, &lun.lun);
        tell_disk(storm, "remove", devpath, &lun);
        tell_device(storm, "remove", devpath);
}

/* Size and links, as udev and the kernel have them after a change at the storage. */
static void change_disk(Storm *storm, uint32_t number) {
        Slot *slot = storm->slots + number;
        char devpath[PATH_SIZE], file[2 * PATH_SIZE], text[32];
        ShapeLun lun;

        if (any(storm, 2) == 0)
                slot->variant.size_gib = 100 + any(storm, 8);
        else
                slot->variant.has_no_link = !slot->variant.has_no_link;
        shape_lun(&storm->shape, number, &slot->variant, &lun);
        find_device(storm, &lun, devpath);

        (void) snprintf(file, sizeof file, "sys%s/block/%s/size", devpath, lun.disk);
        (void) snprintf(text, sizeof text, "%" PRIu64 "\n", lun.lun.size_bytes / 512);
        fc_tree_write(&storm->tree, file, text);
        (void) snprintf(file, sizeof file, "run/udev/data/b%" PRIu32 ":%" PRIu32, lun.lun.major,
                        lun.lun.minor);
        fc_tree_write(&storm->tree, file, lun.udev_data);
        tell_disk(storm, "change", devpath, &lun);
}

static void change_state(Storm *storm, uint32_t number) {
        static const char *const states[] = { "running\n", "offline\n", "blocked\n" };
        char devpath[PATH_SIZE], file[2 * PATH_SIZE];
        ShapeLun lun;

        shape_lun(&storm->shape, number, &storm->slots[number].variant, &lun);
        find_device(storm, &lun, devpath);
        (void) snprintf(file, sizeof file, "sys%s/state", devpath);
        fc_tree_write(&storm->tree, file, states[any(storm, ARRAY_LEN(states))]);
}

static void change_rport(Storm *storm) {
        static const char *const states[] = { "Online\n", "Blocked\n", "Not Present\n" };
        uint32_t host = SHAPE_HOST_FIRST + any(storm, storm->shape.n_hosts);
        char file[256];

        (void) snprintf(file, sizeof file,
                        "sys/class/fc_remote_ports/rport-%" PRIu32 ":0-%" PRIu32 "/port_state",
                        host, any(storm, storm->shape.n_targets));
        fc_tree_write(&storm->tree, file, states[any(storm, ARRAY_LEN(states))]);
}

static void step(Storm *storm) {
        uint32_t number = any(storm, shape_n_slots(&storm->shape)),
                 dice = any(storm, storm->is_loud ? 89 : 100);

        if (!storm->slots[number].is_there)
                add(storm, number);
        else if (dice < 40)
                drop(storm, number);
        else if (dice < 89)
                change_disk(storm, number);
        else if (dice < 99)
                change_state(storm, number);
        else
                change_rport(storm);
}

static double now_sec(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

/* Not a wait for anything: so many steps a second. */
static void keep_pace(double start, unsigned long n_done, unsigned long rate) {
        double left;

        if (rate == 0)
                return;
        left = start + (double) n_done / (double) rate - now_sec();
        if (left > 0)
                (void) ppoll(NULL, 0, &(struct timespec){ .tv_nsec = (long) (left * 1e9) }, NULL);
}

static void blow(Storm *storm, unsigned long count, unsigned long rate) {
        double start = now_sec();

        for (unsigned long i = 0; i < count; i++) {
                keep_pace(start, i, rate);
                step(storm);
        }
}

int main(int argc, char *argv[]) {
        Storm storm = { 0 };
        char line[64];

        if (argc != 7 && argc != 8)
                errx(2, "Usage: lun-storm ROOT HOSTS TARGETS LUNS PER-SECOND SEED [loud]");
        storm.is_loud = argc == 8;
        storm.shape = (Shape){
                .n_hosts = (uint32_t) strtoul(argv[2], NULL, 10),
                .n_targets = (uint32_t) strtoul(argv[3], NULL, 10),
                .n_luns = (uint32_t) strtoul(argv[4], NULL, 10),
        };
        storm.seed = (unsigned) strtoul(argv[6], NULL, 10);

        fc_tree_open_at(&storm.tree, argv[1]);
        storm.event_fd = uevent_open();
        storm.slots = calloc(shape_n_slots(&storm.shape), sizeof *storm.slots);
        if (!storm.slots)
                err(1, "calloc");
        for (uint32_t slot = 0; slot < shape_n_slots(&storm.shape); slot++)
                storm.slots[slot] = (Slot){ VARIANT_DEFAULT, true };

        while (fgets(line, sizeof line, stdin)) {
                blow(&storm, strtoul(line, NULL, 10), strtoul(argv[5], NULL, 10));
                (void) fputs(line, stdout);
                (void) fflush(stdout);
        }

        free(storm.slots);
        return 0;
}
