/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "device.h"
#include "holder.h"
#include "mem.h"

#define HOLDER_MINOR_FIRST 0xe0000U

typedef struct Holder {
        LIST_ENTRY(Holder) in_list;
        char *name;
        Device *device;
} Holder;

static LIST_HEAD(, Holder) holders = LIST_HEAD_INITIALIZER(holders);

/* Through the link in class/block, which names the device's directory from /sys on. */
static Node *disk_find(const char *name) {
        const Node *link = node_child(node_dir(tree_root(), "class/block"), name);

        return link ? node_dir(tree_root(), strstr(link->data, "devices/")) : NULL;
}

static Holder *holder_find(const char *name) {
        Holder *holder;

        LIST_FOREACH(holder, &holders, in_list)
                if (strcmp(holder->name, name) == 0)
                        return holder;

        return NULL;
}

int holder_add(const char *name, const char *dm_name, const char *uuid, char *const *disks,
               size_t n) {
        static unsigned n_made;
        Holder *holder;
        Node *dir;

        if (disk_find(name))
                return -EEXIST;
        for (size_t i = 0; i < n; i++)
                if (!disk_find(disks[i]))
                        return -ENODEV;

        holder = mem_new(sizeof *holder);
        holder->name = mem_dup(name);
        holder->device = device_new(node_dir(tree_root(), "devices/virtual"),
                                    &(DeviceSpec){
                                            .name = name,
                                            .subsystem = "block",
                                            .env = "DEVTYPE=disk\n",
                                            .devname = name,
                                            .is_block = true,
                                            .minor = HOLDER_MINOR_FIRST + n_made++,
                                    });
        dir = device_dir(holder->device);
        (void) node_text(node_dir(dir, "dm"), "name", "%s\n", dm_name);
        (void) node_text(node_dir(dir, "dm"), "uuid", "%s\n", uuid);
        (void) node_dir(dir, "holders");
        (void) node_text(dir, "size", "0\n");

        for (size_t i = 0; i < n; i++) {
                Node *disk = disk_find(disks[i]);

                node_link(node_dir(dir, "slaves"), disks[i], disk);
                node_link(node_dir(disk, "holders"), name, dir);
        }

        LIST_INSERT_HEAD(&holders, holder, in_list);
        device_announce(holder->device, "add");
        return 0;
}

int holder_remove(const char *name) {
        Holder *holder = holder_find(name);
        const Node *slave;

        if (!holder)
                return -ENODEV;

        TAILQ_FOREACH(slave, &node_dir(device_dir(holder->device), "slaves")->children, in_parent) {
                Node *disk = disk_find(slave->name);

                if (disk)
                        node_remove(node_child(node_dir(disk, "holders"), name));
        }

        LIST_REMOVE(holder, in_list);
        (void) device_remove(holder->device);
        free(holder->name);
        free(holder);
        return 0;
}

void holder_remove_all(void) {
        Holder *holder;

        while ((holder = LIST_FIRST(&holders)))
                (void) holder_remove(holder->name);
}
