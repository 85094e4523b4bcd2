/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fc-tree.h"

#include "common/cleanup.h"

#include <err.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define PCI_DEVICE "devices/pci0000:00/0000:05:00.0"

typedef char Name[512];

_printf_(2, 3) static const char *print(Name ret, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(ret, sizeof(Name), format, ap);
        va_end(ap);
        return ret;
}

/* The directories that lead to the name. */
static void make_parents(FcTree *tree, const char *name) {
        Name dir;

        for (const char *p = strchr(name, '/'); p; p = strchr(p + 1, '/')) {
                print(dir, "%.*s", (int) (p - name), name);
                if (mkdirat(tree->root_fd, dir, 0755) < 0 && errno != EEXIST)
                        err(1, "mkdir %s", dir);
        }
}

void fc_tree_open_at(FcTree *tree, const char *root) {
        (void) snprintf(tree->root, sizeof tree->root, "%s", root);
        tree->root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (tree->root_fd < 0)
                err(1, "%s", root);

        make_parents(tree, "sys/bus/scsi/devices/");
        make_parents(tree, "sys/class/fc_host/");
        make_parents(tree, "sys/class/fc_remote_ports/");
        make_parents(tree, "run/udev/data/");
        make_parents(tree, "dev/disk/by-path/");
}

void fc_tree_open(FcTree *tree) {
        char root[] = "/tmp/npivot-fc-tree-XXXXXX";

        if (!mkdtemp(root))
                err(1, "%s", root);
        fc_tree_open_at(tree, root);
}

static int on_entry(const char *path, const struct stat *st, int type, struct FTW *where) {
        if (remove(path) < 0)
                err(1, "%s", path);
        return 0;
}

void fc_tree_done(FcTree *tree) {
        (void) close(tree->root_fd);
        if (nftw(tree->root, on_entry, 64, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) < 0)
                err(1, "%s", tree->root);
}

void fc_tree_write_bytes(FcTree *tree, const char *name, const void *data, size_t size) {
        _cleanup_close_ int fd = -EBADF;

        make_parents(tree, name);
        fd = openat(tree->root_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (fd < 0 || write(fd, data, size) != (ssize_t) size)
                err(1, "%s", name);
}

void fc_tree_write(FcTree *tree, const char *name, const char *text) {
        fc_tree_write_bytes(tree, name, text, strlen(text));
}

void fc_tree_link(FcTree *tree, const char *target, const char *name) {
        make_parents(tree, name);
        if (symlinkat(target, tree->root_fd, name) < 0)
                err(1, "%s", name);
}

void fc_tree_remove(FcTree *tree, const char *name) {
        Name path;

        print(path, "%s/%s", tree->root, name);
        if (nftw(path, on_entry, 64, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) < 0)
                err(1, "%s", path);
}

_printf_(4, 5) static void write_attr(FcTree *tree, const char *dir, const char *name,
                                      const char *format, ...) {
        char value[256];
        va_list ap;
        Name path;

        va_start(ap, format);
        (void) vsnprintf(value, sizeof value, format, ap);
        va_end(ap);
        fc_tree_write(tree, print(path, "%s/%s", dir, name), value);
}

/* Below /sys. */
static const char *host_dir(uint32_t host, bool is_vhba, Name ret) {
        return is_vhba ? print(ret, PCI_DEVICE "/host5/vport-5:0-%" PRIu32 "/host%" PRIu32, host,
                               host)
                       : print(ret, PCI_DEVICE "/host%" PRIu32, host);
}

static const char *rport_dir(const RportId *rport, bool is_vhba, Name ret) {
        RportString name;
        Name host;

        return print(ret, "%s/%s", host_dir(rport->host, is_vhba, host), rport_format(rport, name));
}

static const char *session_dir(uint32_t host, uint32_t session, Name ret) {
        return print(ret, "devices/platform/host%" PRIu32 "/session%" PRIu32, host, session);
}

static const char *lun_dir(const DevPath *where, Name ret) {
        HctlString hctl;
        Name port;

        return print(ret, "%s/target%" PRIu32 ":%" PRIu32 ":%" PRIu32 "/%s",
                     where->transport == PATH_ISCSI
                             ? session_dir(where->hctl.host, where->rport.number, port)
                             : rport_dir(&where->rport, where->is_vhba, port),
                     where->hctl.host, where->hctl.channel, where->hctl.target,
                     hctl_format(&where->hctl, hctl));
}

void fc_tree_add_host(FcTree *tree, uint32_t host, Wwn port_name, Wwn node_name, bool is_vhba) {
        Name at, dir, class, link;

        print(dir, "sys/%s/fc_host/host%" PRIu32, host_dir(host, is_vhba, at), host);
        write_attr(tree, dir, "port_name", "0x%016" PRIx64 "\n", port_name);
        write_attr(tree, dir, "node_name", "0x%016" PRIx64 "\n", node_name);
        write_attr(tree, dir, "port_state", "Online\n");
        fc_tree_link(tree, print(link, "../../%s", dir + strlen("sys/")),
                     print(class, "sys/class/fc_host/host%" PRIu32, host));
}

void fc_tree_add_rport(FcTree *tree, const RportId *rport, bool is_vhba, Wwn target) {
        Name at, dir, class, link;
        RportString name;

        (void) rport_format(rport, name);
        print(dir, "sys/%s/fc_remote_ports/%s", rport_dir(rport, is_vhba, at), name);
        write_attr(tree, dir, "port_name", "0x%016" PRIx64 "\n", target);
        write_attr(tree, dir, "port_state", "Online\n");
        fc_tree_link(tree, print(link, "../../%s", dir + strlen("sys/")),
                     print(class, "sys/class/fc_remote_ports/%s", name));
}

void fc_tree_add_session(FcTree *tree, uint32_t host, uint32_t session, const char *initiator,
                         const char *target) {
        Name at, dir, class, link;

        print(dir, "sys/%s/iscsi_session/session%" PRIu32, session_dir(host, session, at), session);
        write_attr(tree, dir, "initiatorname", "%s\n", initiator);
        write_attr(tree, dir, "targetname", "%s\n", target);
        write_attr(tree, dir, "ifacename", "default\n");
        write_attr(tree, dir, "state", "LOGGED_IN\n");
        fc_tree_link(tree, print(link, "../../%s", dir + strlen("sys/")),
                     print(class, "sys/class/iscsi_session/session%" PRIu32, session));
}

static void add_disk(FcTree *tree, const char *dir, const FcTreeLun *lun) {
        Name disk;

        print(disk, "%s/block/%s", dir, lun->disk);
        write_attr(tree, disk, "dev", "%" PRIu32 ":%" PRIu32 "\n", lun->major, lun->minor);
        write_attr(tree, disk, "size", "%" PRIu64 "\n", lun->size_bytes / 512);
        if (lun->udev_data)
                fc_tree_write(
                        tree,
                        print(disk, "run/udev/data/b%" PRIu32 ":%" PRIu32, lun->major, lun->minor),
                        lun->udev_data);
}

void fc_tree_add_lun(FcTree *tree, const FcTreeLun *lun) {
        Name at, dir, bus, link;
        HctlString hctl;

        print(dir, "sys/%s", lun_dir(&lun->where, at));
        write_attr(tree, dir, "state", "running\n");
        write_attr(tree, dir, "type", "%s\n", lun->type ?: "0");
        if (lun->wwid)
                write_attr(tree, dir, "wwid", "%s\n", lun->wwid);
        if (lun->disk)
                add_disk(tree, dir, lun);

        print(bus, "sys/bus/scsi/devices/%s", hctl_format(&lun->where.hctl, hctl));
        if (faccessat(tree->root_fd, bus, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
                fc_tree_link(tree, print(link, "../../../%s", at), bus);
}

void fc_tree_remove_lun(FcTree *tree, const FcTreeLun *lun) {
        Name at, name;
        HctlString hctl;

        fc_tree_remove(tree,
                       print(name, "sys/bus/scsi/devices/%s", hctl_format(&lun->where.hctl, hctl)));
        fc_tree_remove(tree, print(name, "sys/%s", lun_dir(&lun->where, at)));
        if (lun->disk && lun->udev_data)
                fc_tree_remove(tree, print(name, "run/udev/data/b%" PRIu32 ":%" PRIu32, lun->major,
                                           lun->minor));
}

void fc_tree_add_node(FcTree *tree, const FcTreeLun *lun) {
        Name name;

        if (geteuid() != 0)
                return;
        if (mknodat(tree->root_fd, print(name, "dev/%s", lun->disk), S_IFBLK | 0600,
                    makedev(lun->major, lun->minor)) < 0)
                err(1, "%s", name);
}
