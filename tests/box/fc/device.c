/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "device.h"
#include "mem.h"
#include "uevent.h"

#define LINKS_MAX 4

struct Device {
        Node *dir;
        char *path;
        char *subsystem;
        char *env;
        char *driver;
        char *devname;
        Node *links[LINKS_MAX];
        size_t n_links;
};

static int nodes_fd = -EBADF;
static unsigned nodes_major;

void device_set_nodes(int dev_fd, unsigned major) {
        nodes_fd = dev_fd;
        nodes_major = major;
}

static char *device_env(const Device *device) {
        return device->driver ? mem_printf("%sDRIVER=%s\n", device->env, device->driver)
                              : mem_dup(device->env);
}

static void device_write_env(Device *device) {
        _cleanup_free_ char *env = device_env(device);

        (void) node_text(device->dir, "uevent", "%s", env);
}

/* "add", or "add UUID KEY=value …": what udevadm trigger writes. */
static int store_uevent(Node *attr, const char *data, size_t len) {
        static const char *const actions[] = { "add",    "remove",  "change", "move",
                                               "online", "offline", "bind",   "unbind" };
        const Device *device = attr->object;
        _cleanup_free_ char *text = mem_printf("%.*s", (int) len, data);
        _cleanup_free_ char *env = device_env(device);
        _cleanup_free_ char *synth = NULL;
        char *rest = text;
        const char *action, *uuid;

        action = strsep(&rest, " \n");
        uuid = strsep(&rest, " \n");
        synth = mem_printf("SYNTH_UUID=%s\n", uuid && *uuid ? uuid : "0");

        for (size_t i = 0; i < ARRAY_LEN(actions); i++)
                if (strcmp(action, actions[i]) == 0) {
                        if (device->subsystem)
                                uevent_send(action, device->path, device->subsystem, env, synth);
                        return 0;
                }

        return -EINVAL;
}

static void device_add_link(Device *device, const char *place, const char *name) {
        Node *dir = node_dir(tree_root(), place);

        node_link(dir, name, device->dir);
        device->links[device->n_links++] = node_child(dir, name);
}

static void device_add_subsystem(Device *device, const DeviceSpec *spec, Node *parent) {
        _cleanup_free_ char *home = NULL, *list = NULL;

        home = mem_printf("%s/%s", spec->on_bus ? "bus" : "class", spec->subsystem);
        list = mem_printf("%s%s", home, spec->on_bus ? "/devices" : "");

        node_link(device->dir, "subsystem", node_dir(tree_root(), home));
        if (!spec->on_bus && node_child(parent, "uevent"))
                node_link(device->dir, "device", parent);
        device_add_link(device, list, spec->name);
        if (spec->is_block)
                device_add_link(device, "block", spec->name);
}

static void device_add_node(Device *device, const DeviceSpec *spec) {
        _cleanup_free_ char *number = mem_printf("%u:%u", nodes_major, spec->minor);
        _cleanup_free_ char *env = device->env;
        mode_t type = spec->is_block ? S_IFBLK : S_IFCHR;
        const char *slash = strchr(spec->devname, '/');

        device->env = mem_printf("MAJOR=%u\nMINOR=%u\nDEVNAME=%s\n%s", nodes_major, spec->minor,
                                 spec->devname, env);
        device->devname = mem_dup(spec->devname);
        (void) node_text(device->dir, "dev", "%s\n", number);
        device_add_link(device, spec->is_block ? "dev/block" : "dev/char", number);

        if (slash) {
                _cleanup_free_ char *dir =
                        mem_printf("%.*s", (int) (slash - spec->devname), spec->devname);

                (void) mkdirat(nodes_fd, dir, 0755);
        }
        if (mknodat(nodes_fd, spec->devname, type | 0600, makedev(nodes_major, spec->minor)) < 0)
                fprintf(stderr, "fc-sysfs: Cannot make /dev/%s: %m\n", spec->devname);
}

Device *device_new(Node *parent, const DeviceSpec *spec) {
        Device *device = mem_new(sizeof *device);
        Node *home = spec->subsystem && !spec->on_bus ? node_dir(parent, spec->subsystem) : parent;

        device->dir = node_dir(home, spec->name);
        device->path = node_path(device->dir);
        device->env = mem_dup(spec->env ?: "");

        if (spec->subsystem) {
                device->subsystem = mem_dup(spec->subsystem);
                device_add_subsystem(device, spec, parent);
        }
        if (spec->devname)
                device_add_node(device, spec);

        (void) node_attr(device->dir, "uevent", 0644, store_uevent, device);
        device_write_env(device);
        return device;
}

Node *device_dir(const Device *device) {
        return device->dir;
}

void device_bind(Device *device, const char *driver) {
        _cleanup_free_ char *home = mem_printf("bus/%s/drivers/%s", device->subsystem, driver);

        device->driver = mem_dup(driver);
        node_link(device->dir, "driver", node_dir(tree_root(), home));
        device_write_env(device);
}

void device_announce(const Device *device, const char *action) {
        _cleanup_free_ char *env = device_env(device);

        if (device->subsystem)
                uevent_send(action, device->path, device->subsystem, env, NULL);
}

void device_announce_change(const Device *device, const char *more) {
        _cleanup_free_ char *env = device_env(device);

        uevent_send("change", device->path, device->subsystem, env, more);
}

Device *device_remove(Device *device) {
        if (!device)
                return NULL;

        for (size_t i = 0; i < device->n_links; i++)
                node_remove(device->links[i]);
        if (device->devname)
                (void) unlinkat(nodes_fd, device->devname, 0);

        device_announce(device, "remove");
        node_remove(device->dir);

        free(device->path);
        free(device->subsystem);
        free(device->env);
        free(device->driver);
        free(device->devname);
        free(device);
        return NULL;
}
