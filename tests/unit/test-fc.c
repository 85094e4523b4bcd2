/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Reads a /sys of its own: a tmpfs in a mount namespace of this process.
 */

#include "common/cleanup.h"
#include "vhbad/fc.h"
#include "vhbad/lun.h"
#include "vhbad/vport-holders.h"

#include <assert.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define SKIP 77
#define PCI "/sys/devices/pci0000:00/0000:05:00.0"
#define HOST PCI "/host5"
#define VPORT HOST "/vport-5:0-2"
#define VHOST VPORT "/host7"

static bool own_sys(void) {
        if (unshare(CLONE_NEWNS) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
                return false;

        return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) >= 0 &&
               mount("tmpfs", "/sys", "tmpfs", 0, NULL) >= 0;
}

static void make_parents(const char *path) {
        char copy[512];

        (void) snprintf(copy, sizeof copy, "%s", path);
        for (char *p = copy + 1; (p = strchr(p, '/')); p++) {
                *p = '\0';
                assert(mkdir(copy, 0755) == 0 || errno == EEXIST);
                *p = '/';
        }
}

static void put(const char *path, const char *text) {
        _cleanup_close_ int fd = -EBADF;

        make_parents(path);
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        assert(fd >= 0);
        assert(write(fd, text, strlen(text)) == (ssize_t) strlen(text));
}

static void link_to(const char *path, const char *target) {
        make_parents(path);
        assert(symlink(target, path) == 0);
}

/* An HBA with a vport; behind that, LUN 0 over two targets, and LUN 2^40. */
static void make_tree(void) {
        link_to(PCI "/subsystem", "/sys/bus/pci");
        link_to(PCI "/driver", "/sys/bus/pci/drivers/qla2xxx");

        put(HOST "/fc_host/host5/port_name", "0x21000024ff1a2b3c\n");
        put(HOST "/fc_host/host5/node_name", "0x20000024ff1a2b3c\n");
        put(HOST "/fc_host/host5/fabric_name", "0xfc0f000000ab\n");
        put(HOST "/fc_host/host5/port_state", "Online\n");
        put(HOST "/fc_host/host5/symbolic_name", "QLE\x1b[31m2742 \n");
        put(HOST "/fc_host/host5/max_npiv_vports", "254\n");
        put(HOST "/fc_host/host5/npiv_vports_inuse", "1\n");
        put(HOST "/fc_host/host5/vport_create", "");
        link_to("/sys/class/fc_host/host5", HOST "/fc_host/host5");
        put("/sys/class/scsi_host/host5/proc_name", "(null)\n");

        put(VPORT "/fc_vports/vport-5:0-2/port_name", "0x2101001b32a90004\n");
        put(VPORT "/fc_vports/vport-5:0-2/node_name", "0x2001001b32a9da4e\n");
        put(VPORT "/fc_vports/vport-5:0-2/vport_state", "Active\n");
        put(VPORT "/fc_vports/vport-5:0-2/vport_last_state", "Initializing\n");
        put(VPORT "/fc_vports/vport-5:0-2/symbolic_name", "web1\n");
        link_to(VPORT "/fc_vports/vport-5:0-2/device", VPORT);
        link_to("/sys/class/fc_vports/vport-5:0-2", VPORT "/fc_vports/vport-5:0-2");

        put(VHOST "/fc_host/host7/port_name", "0x2101001b32a90004\n");
        link_to("/sys/class/fc_host/host7", VHOST "/fc_host/host7");
        link_to(VHOST "/scsi_host/host7/device", VHOST);
        link_to("/sys/class/scsi_host/host7", VHOST "/scsi_host/host7");

        /* Not set up by its driver. */
        put("/sys/devices/host9/fc_host/host9/port_name", "0xffffffffffffffff\n");
        link_to("/sys/class/fc_host/host9", "/sys/devices/host9/fc_host/host9");
}

static void make_lun(const char *path, const char *wwid, const char *type) {
        char name[512];

        (void) snprintf(name, sizeof name, "%s/wwid", path);
        put(name, wwid);
        (void) snprintf(name, sizeof name, "%s/type", path);
        put(name, type);
        (void) snprintf(name, sizeof name, "%s/state", path);
        put(name, "running\n");
}

static const FcHost *find_host(const FcHost *hosts, size_t n, const char *name) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(hosts[i].name, name) == 0)
                        return &hosts[i];

        return NULL;
}

static void test_no_class_is_no_host(void) {
        FcVport *vports = NULL;
        FcHost *hosts = NULL;
        FcVport vport;
        size_t n = 42;

        assert(fc_host_list(&hosts, &n) == 0 && n == 0);
        n = 42;
        assert(fc_vport_list(&vports, &n) == 0 && n == 0);
        assert(fc_vport_find(0x2101001b32a90004, &vport) == -ENOENT);
        free(hosts);
        free(vports);
}

static void test_a_host_is_read(void) {
        _cleanup_free_ FcHost *hosts = NULL;
        const FcHost *host;
        size_t n;

        assert(fc_host_list(&hosts, &n) == 0);
        assert(n == 2);
        host = find_host(hosts, n, "host5");
        assert(host);
        assert(host->port_name == 0x21000024ff1a2b3c);
        assert(host->fabric_name == 0xfc0f000000ab);
        assert(strcmp(host->syspath, HOST "/fc_host/host5") == 0);
        assert(strcmp(host->state, "Online") == 0);
        assert(strcmp(host->symbolic_name, "QLE?[31m2742") == 0);
        assert(strcmp(host->driver, "qla2xxx") == 0);
        assert(strcmp(host->pci_address, "0000:05:00.0") == 0);
        assert(host->speed[0] == '\0');
        assert(host->npiv_capable && !host->is_vport);
        assert(host->vports_in_use == 1 && host->vports_max == 254);
}

static void test_the_host_of_a_vport_is_told_apart(void) {
        _cleanup_free_ FcHost *hosts = NULL;
        const FcHost *host;
        size_t n;

        assert(fc_host_list(&hosts, &n) == 0);
        host = find_host(hosts, n, "host7");
        assert(host && host->is_vport && !host->npiv_capable);
        assert(!find_host(hosts, n, "host9"));
}

static void test_a_vport_is_found_by_its_name(void) {
        FcVport vport;

        assert(fc_vport_find(0x2101001b32a90005, &vport) == -ENOENT);
        assert(fc_vport_find(0x2101001b32a90004, &vport) == 0);
        assert(strcmp(vport.name, "vport-5:0-2") == 0);
        assert(strcmp(vport.parent, "host5") == 0);
        assert(strcmp(vport.scsi_host, "host7") == 0);
        assert(strcmp(vport.last_state, "Initializing") == 0);
        assert(strcmp(vport.symbolic_name, "web1") == 0);
        assert(vport.node_name == 0x2001001b32a9da4e);
}

static void test_a_state_is_followed_to_the_end(void) {
        FcVport vport;

        assert(fc_vport_find(0x2101001b32a90004, &vport) == 0);
        put(VPORT "/fc_vports/vport-5:0-2/vport_state", "Linkdown\n");
        assert(fc_vport_read_state(&vport) == 0);
        assert(strcmp(vport.state, "Linkdown") == 0);

        assert(rename(VPORT, VPORT ".gone") == 0);
        assert(fc_vport_read_state(&vport) == -ENOENT);
        assert(rename(VPORT ".gone", VPORT) == 0);
}

static void test_luns_are_counted_by_path(void) {
        _cleanup_free_ LunPath *paths = NULL;
        size_t n;

        assert(lun_path_list("host7", &paths, &n) == 0 && n == 0);
        assert(lun_path_list("host99", &paths, &n) == 0 && n == 0);

        make_lun(VHOST "/rport-7:0-0/target7:0:0/7:0:0:0", "naa.6001405ABC\n", "0\n");
        make_lun(VHOST "/rport-7:0-1/target7:0:1/7:0:1:0", "t10.LIO  a b\n", "0\n");
        make_lun(VHOST "/rport-7:0-1/target7:0:1/7:0:1:1099511627776", "naa.1\n", "12\n");
        /* Neither a path of this host nor a LUN. */
        make_lun(VHOST "/scsi_host/8:0:0:0", "naa.1\n", "0\n");
        make_lun(VHOST "/rport-7:0-1/fc_remote_ports/7:0:0:9", "naa.1\n", "0\n");

        assert(lun_path_list("host7", &paths, &n) == 0);
        assert(n == 3);
        assert(paths[0].lun == 0 && strcmp(paths[0].name, "7:0:0:0") == 0);
        assert(strcmp(paths[0].wwid, "6001405abc") == 0);
        /* A disk is not ready before it has a block device; a controller needs none. */
        assert(paths[0].is_running && !paths[0].is_ready);
        assert(strcmp(paths[1].wwid, "t10.lio_a_b") == 0);
        assert(paths[2].lun == 1099511627776 && paths[2].is_ready);
}

static void make_block(const char *scsi_device, const char *name, const char *number) {
        char path[512], class_path[512];

        (void) snprintf(path, sizeof path, "%s/block/%s/dev", scsi_device, name);
        put(path, number);
        *strrchr(path, '/') = '\0';
        (void) snprintf(class_path, sizeof class_path, "/sys/class/block/%s", name);
        link_to(class_path, path);
}

static void assert_held(const char *words) {
        _cleanup_(holders_done) Holders holders = { 0 };

        assert(vport_holders_find("host7", &holders) == (words != NULL));
        assert(!words || (holders.n == 1 && strcmp(holders.items[0].words, words) == 0));
}

static void test_holders_are_named(void) {
        Holders holders;

        assert(vport_holders_find("", &holders) == 0);

        /* Numbers that nothing on the machine has. */
        make_block(VHOST "/rport-7:0-0/target7:0:0/7:0:0:0", "sdzx", "9999:0\n");
        make_block(VHOST "/rport-7:0-1/target7:0:1/7:0:1:0", "sdzy", "9999:16\n");
        assert_held(NULL);

        /* A multipath map over both paths, and an LVM volume on its partition. */
        put("/sys/class/block/dm-8/dev", "9998:8\n");
        put("/sys/class/block/dm-8/dm/uuid", "mpath-36001405\n");
        put("/sys/class/block/dm-8/dm/name", "mpatha\n");
        put("/sys/class/block/sdzx/holders/dm-8", "");
        put("/sys/class/block/sdzy/holders/dm-8", "");
        assert_held(NULL);
        put("/sys/class/block/dm-9/dev", "9998:9\n");
        put("/sys/class/block/dm-9/dm/uuid", "part1-mpath-36001405\n");
        put("/sys/class/block/dm-8/holders/dm-9", "");
        assert_held(NULL);
        put("/sys/class/block/dm-10/dm/uuid", "LVM-abc\n");
        put("/sys/class/block/dm-10/dm/name", "vg-root\n");
        put("/sys/class/block/dm-9/holders/dm-10", "");
        assert_held("LVM volume vg-root is on dm-9");
        assert(unlink("/sys/class/block/dm-9/holders/dm-10") == 0);

        /* md on a partition of one path. */
        put("/sys/class/block/sdzx/sdzx1/partition", "1\n");
        put("/sys/class/block/sdzx1/dev", "9999:1\n");
        assert_held(NULL);
        put("/sys/class/block/sdzx1/holders/md0", "");
        assert_held("md0 is on sdzx1");
        assert(unlink("/sys/class/block/sdzx1/holders/md0") == 0);

        put("/sys/fs/btrfs/0d1e/devices/sdzy", "");
        assert_held("sdzy is part of the mounted btrfs 0d1e");
        assert(unlink("/sys/fs/btrfs/0d1e/devices/sdzy") == 0);
        assert_held(NULL);
}

int main(void) {
        if (!own_sys()) {
                (void) fprintf(stderr, "skipped: cannot make a mount namespace: %m\n");
                return SKIP;
        }

        test_no_class_is_no_host();
        make_tree();
        test_a_host_is_read();
        test_the_host_of_a_vport_is_told_apart();
        test_a_vport_is_found_by_its_name();
        test_a_state_is_followed_to_the_end();
        test_luns_are_counted_by_path();
        test_holders_are_named();

        return EXIT_SUCCESS;
}
