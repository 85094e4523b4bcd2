/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/scale/full.h"

#include "common/cleanup.h"

#include <err.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DEVICE_SIZE 512

typedef char Text[2 * DEVICE_SIZE];

_printf_(2, 3) static const char *print(Text ret, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(ret, sizeof(Text), format, ap);
        va_end(ap);
        return ret;
}

static void write_file(FcTree *tree, const char *dir, const char *name, const char *text) {
        Text file;

        fc_tree_write(tree, print(file, "%s/%s", dir, name), text);
}

/* A link at `name` to `target`, both below the root, relative as the kernel's are. */
static void link_to(FcTree *tree, const char *target, const char *name) {
        char relative[2 * sizeof(Text)] = "";

        for (const char *p = strchr(name, '/'); p; p = strchr(p + 1, '/'))
                strcat(relative, "../");
        strcat(relative, target);
        fc_tree_link(tree, relative, name);
}

/* "sys/devices/…" of a link below sys/bus/scsi/devices. */
static void find_device(FcTree *tree, const char *name, char ret[static DEVICE_SIZE]) {
        char target[DEVICE_SIZE];
        ssize_t n;
        Text link;

        n = readlinkat(tree->root_fd, print(link, "sys/bus/scsi/devices/%s", name), target,
                       sizeof target - 1);
        if (n < 0)
                err(1, "%s", link);
        target[n] = '\0';
        (void) snprintf(ret, DEVICE_SIZE, "sys%.*s", DEVICE_SIZE - 4, strstr(target, "/devices/"));
}

/* A device of a class, below the SCSI device. */
static void add_class_device(FcTree *tree, const char *parent, const char *class, const char *name,
                             const char *uevent, const char *dev) {
        Text dir, at, target;

        print(dir, "%s/%s/%s", parent, class, name);
        write_file(tree, dir, "uevent", uevent);
        if (*dev)
                write_file(tree, dir, "dev", dev);
        link_to(tree, print(target, "sys/class/%s", class), print(at, "%s/subsystem", dir));
        link_to(tree, parent, print(at, "%s/device", dir));
        link_to(tree, dir, print(at, "sys/class/%s/%s", class, name));
}

void full_add_classes(FcTree *tree) {
        static const char *const dirs[] = {
                "sys/bus/scsi/drivers/.x", "sys/class/block/.x",        "sys/class/bsg/.x",
                "sys/class/fc_vports/.x",  "sys/class/scsi_device/.x",  "sys/class/scsi_host/.x",
                "sys/class/scsi_disk/.x",  "sys/class/fc_transport/.x", "sys/class/scsi_generic/.x",
                "sys/dev/block/.x",        "sys/dev/char/.x",           "sys/block/.x",
        };

        for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
                fc_tree_write(tree, dirs[i], "");
                fc_tree_remove(tree, dirs[i]);
        }
}

void full_add_target(FcTree *tree, const DevPath *where, Wwn port_name) {
        char device[DEVICE_SIZE], name[64], value[64];
        HctlString hctl;
        Text dir, at;

        find_device(tree, hctl_format(&where->hctl, hctl), device);
        *strrchr(device, '/') = '\0';
        (void) snprintf(name, sizeof name, "%s", strrchr(device, '/') + 1);
        (void) snprintf(value, sizeof value, "0x%016" PRIx64 "\n", port_name);

        print(dir, "%s/fc_transport/%s", device, name);
        write_file(tree, dir, "port_name", value);
        write_file(tree, dir, "node_name", value);
        write_file(tree, dir, "port_id", "0x010100\n");
        link_to(tree, dir, print(at, "sys/class/fc_transport/%s", name));
}

static void add_disk(FcTree *tree, const char *device, const FcTreeLun *lun) {
        char uevent[256], number[32];
        Text dir, at;

        (void) snprintf(uevent, sizeof uevent,
                        "MAJOR=%" PRIu32 "\nMINOR=%" PRIu32 "\nDEVNAME=%s\nDEVTYPE=disk\n",
                        lun->major, lun->minor, lun->disk);
        print(dir, "%s/block/%s", device, lun->disk);
        write_file(tree, dir, "uevent", uevent);
        write_file(tree, dir, "ro", "0\n");
        write_file(tree, dir, "removable", "0\n");
        link_to(tree, "sys/class/block", print(at, "%s/subsystem", dir));
        link_to(tree, device, print(at, "%s/device", dir));
        link_to(tree, dir, print(at, "sys/class/block/%s", lun->disk));
        link_to(tree, dir, print(at, "sys/block/%s", lun->disk));
        (void) snprintf(number, sizeof number, "%" PRIu32 ":%" PRIu32, lun->major, lun->minor);
        link_to(tree, dir, print(at, "sys/dev/block/%s", number));
}

void full_add_lun(FcTree *tree, const FcTreeLun *lun, uint32_t number) {
        static const char *const attributes[][2] = {
                { "vendor", "IBM     \n" },
                { "model", "2145            \n" },
                { "rev", "0000\n" },
                { "scsi_level", "7\n" },
                { "queue_depth", "30\n" },
                { "timeout", "30\n" },
                { "device_blocked", "0\n" },
                { "uevent", "DEVTYPE=scsi_device\nDRIVER=sd\nMODALIAS=scsi:t-0x00\n" },
        };
        char device[DEVICE_SIZE], sg[16], uevent[64], dev[32];
        HctlString hctl;
        Text at;

        find_device(tree, hctl_format(&lun->where.hctl, hctl), device);
        for (size_t i = 0; i < ARRAY_LEN(attributes); i++)
                write_file(tree, device, attributes[i][0], attributes[i][1]);
        link_to(tree, "sys/bus/scsi", print(at, "%s/subsystem", device));

        (void) snprintf(sg, sizeof sg, "sg%" PRIu32, number);
        (void) snprintf(uevent, sizeof uevent, "MAJOR=21\nMINOR=%" PRIu32 "\nDEVNAME=%s\n", number,
                        sg);
        (void) snprintf(dev, sizeof dev, "21:%" PRIu32 "\n", number);
        add_class_device(tree, device, "scsi_generic", sg, uevent, dev);
        add_class_device(tree, device, "scsi_device", hctl, "", "");
        add_class_device(tree, device, "scsi_disk", hctl, "", "");
        add_class_device(tree, device, "bsg", hctl, "", "");
        add_disk(tree, device, lun);
}
