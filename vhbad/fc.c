/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/fc.h"

#include "common/cleanup.h"
#include "common/file.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define FC_HOST_CLASS "/sys/class/fc_host"
#define FC_VPORT_CLASS "/sys/class/fc_vports"

/* Attributes that a driver does not have are empty. */
static void read_text(int fd, const char *name, char *buf, size_t size) {
        if (attr_read(fd, name, buf, size) < 0)
                buf[0] = '\0';
}

/* "0x2100…", but without leading zeroes; all zeroes and all ones mean "not set". */
static Wwn read_wwn(int fd, const char *name) {
        char text[32], *end;
        unsigned long long value;

        if (attr_read(fd, name, text, sizeof text) <= 0)
                return 0;
        errno = 0;
        value = strtoull(text, &end, 16);

        return errno != 0 || *end != '\0' || value == UINT64_MAX ? 0 : value;
}

static unsigned read_unsigned(int fd, const char *name) {
        char text[32], *end;
        unsigned long value;

        if (attr_read(fd, name, text, sizeof text) <= 0 || !isdigit((unsigned char) text[0]))
                return 0;
        value = strtoul(text, &end, 10);

        return *end != '\0' || value > UINT_MAX ? 0 : (unsigned) value;
}

/* The last component of the symlink's target; "" without one. */
static void read_link_name(int fd, const char *name, char *buf, size_t size) {
        char target[FC_PATH_SIZE];
        const char *base;
        ssize_t n;

        buf[0] = '\0';
        n = readlinkat(fd, name, target, sizeof target - 1);
        if (n < 0)
                return;
        target[n] = '\0';

        base = strrchr(target, '/');
        base = base ? base + 1 : target;
        if (strlen(base) < size)
                (void) strcpy(buf, base);
}

/* The class device's own directory, resolved; a descriptor good for reading attributes. */
static int open_device(const char *class, const char *name, char *ret_path) {
        char link[PATH_MAX], path[PATH_MAX];
        int fd;

        (void) snprintf(link, sizeof link, "%s/%s", class, name);
        if (!realpath(link, path))
                return -errno;
        if (strlen(path) >= FC_PATH_SIZE)
                return -ENAMETOOLONG;

        fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        (void) strcpy(ret_path, path);
        return fd;
}

/* The nearest PCI function above: its address, and its driver. */
static void read_pci(const char *syspath, char *address, size_t address_size, char *driver,
                     size_t driver_size) {
        char path[FC_PATH_SIZE], *slash;

        address[0] = driver[0] = '\0';
        (void) snprintf(path, sizeof path, "%s", syspath);

        while ((slash = strrchr(path, '/')) && slash > path) {
                _cleanup_close_ int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
                char subsystem[32] = "";

                if (fd >= 0)
                        read_link_name(fd, "subsystem", subsystem, sizeof subsystem);
                if (strcmp(subsystem, "pci") == 0) {
                        (void) snprintf(address, address_size, "%s", slash + 1);
                        read_link_name(fd, "driver", driver, driver_size);
                        return;
                }
                *slash = '\0';
        }
}

/* The SCSI host says who drives it; a driver that does not is the PCI function's. */
static void read_driver(const char *name, const char *pci_driver, char *buf, size_t size) {
        char attribute[128];

        (void) snprintf(attribute, sizeof attribute, "/sys/class/scsi_host/%.31s/proc_name", name);
        read_text(AT_FDCWD, attribute, buf, size);
        if (buf[0] == '\0' || strcmp(buf, "(null)") == 0 || strcmp(buf, "<NULL>") == 0)
                (void) snprintf(buf, size, "%s", pci_driver);
}

static int read_host(const char *name, FcHost *ret) {
        _cleanup_close_ int fd = -EBADF;
        char pci_driver[32];
        FcHost host = { 0 };

        if (snprintf(host.name, sizeof host.name, "%s", name) >= (int) sizeof host.name)
                return -ENAMETOOLONG;
        fd = open_device(FC_HOST_CLASS, name, host.syspath);
        if (fd < 0)
                return fd;

        host.port_name = read_wwn(fd, "port_name");
        if (host.port_name == 0)
                return -ENODATA;
        host.node_name = read_wwn(fd, "node_name");
        host.fabric_name = read_wwn(fd, "fabric_name");
        read_text(fd, "port_state", host.state, sizeof host.state);
        read_text(fd, "port_type", host.port_type, sizeof host.port_type);
        read_text(fd, "speed", host.speed, sizeof host.speed);
        read_text(fd, "symbolic_name", host.symbolic_name, sizeof host.symbolic_name);
        host.is_vport = strstr(host.syspath, "/vport-") != NULL;
        host.npiv_capable = faccessat(fd, "vport_create", F_OK, 0) == 0;
        host.vports_in_use = read_unsigned(fd, "npiv_vports_inuse");
        host.vports_max = read_unsigned(fd, "max_npiv_vports");
        read_pci(host.syspath, host.pci_address, sizeof host.pci_address, pci_driver,
                 sizeof pci_driver);
        read_driver(name, pci_driver, host.driver, sizeof host.driver);

        *ret = host;
        return 0;
}

/* The SCSI host is a child of the vport's device, of which the fc_vports device is a view. */
static void read_scsi_host(const char *syspath, char *buf, size_t size) {
        _cleanup_(closedirp) DIR *dir = NULL;
        char device[FC_PATH_SIZE + 8];
        struct dirent *entry;

        buf[0] = '\0';
        (void) snprintf(device, sizeof device, "%s/device", syspath);
        dir = opendir(device);
        if (!dir)
                dir = opendir(syspath);
        if (!dir)
                return;

        while ((entry = readdir(dir)))
                if (strncmp(entry->d_name, "host", 4) == 0 &&
                    isdigit((unsigned char) entry->d_name[4])) {
                        (void) snprintf(buf, size, "%.*s", (int) size - 1, entry->d_name);
                        return;
                }
}

static int read_vport_state(int fd, FcVport *vport) {
        ssize_t n;

        n = attr_read(fd, "vport_state", vport->state, sizeof vport->state);
        if (n < 0)
                return (int) n;
        read_text(fd, "vport_last_state", vport->last_state, sizeof vport->last_state);

        return 0;
}

/* With a WWPN only that one's attributes are read: -ENODATA for any other vport. */
static int read_vport(const char *name, Wwn wwpn, FcVport *ret) {
        _cleanup_close_ int fd = -EBADF;
        FcVport vport = { 0 };
        unsigned host;
        int r;

        if (snprintf(vport.name, sizeof vport.name, "%s", name) >= (int) sizeof vport.name ||
            sscanf(name, "vport-%u:", &host) != 1)
                return -EINVAL;
        fd = open_device(FC_VPORT_CLASS, name, vport.syspath);
        if (fd < 0)
                return fd;

        vport.port_name = read_wwn(fd, "port_name");
        if (vport.port_name == 0 || (wwpn != 0 && vport.port_name != wwpn))
                return -ENODATA;
        vport.node_name = read_wwn(fd, "node_name");
        r = read_vport_state(fd, &vport);
        if (r < 0)
                return r;
        read_text(fd, "symbolic_name", vport.symbolic_name, sizeof vport.symbolic_name);
        (void) snprintf(vport.parent, sizeof vport.parent, "host%u", host);
        read_scsi_host(vport.syspath, vport.scsi_host, sizeof vport.scsi_host);

        *ret = vport;
        return 0;
}

/* NULL without an error when the kernel has no such class (yet): the module is not loaded. */
static int open_class(const char *class, DIR **ret) {
        DIR *dir;

        dir = opendir(class);
        if (!dir && errno != ENOENT)
                return -errno;

        *ret = dir;
        return 0;
}

int fc_host_list(FcHost **ret, size_t *ret_n) {
        _cleanup_(closedirp) DIR *dir = NULL;
        _cleanup_free_ FcHost *hosts = NULL;
        struct dirent *entry;
        size_t n = 0;
        int r;

        r = open_class(FC_HOST_CLASS, &dir);
        if (r < 0)
                return r;

        while (dir && (entry = readdir(dir))) {
                FcHost host, *grown;

                /* Errors: it went away, or is not set up. The next one may be fine. */
                if (entry->d_name[0] == '.' || read_host(entry->d_name, &host) < 0)
                        continue;
                grown = reallocarray(hosts, n + 1, sizeof host);
                if (!grown)
                        return -ENOMEM;
                hosts = grown;
                hosts[n++] = host;
        }

        *ret = TAKE_PTR(hosts);
        *ret_n = n;
        return 0;
}

static int list_vports(Wwn wwpn, FcVport **ret, size_t *ret_n) {
        _cleanup_(closedirp) DIR *dir = NULL;
        _cleanup_free_ FcVport *vports = NULL;
        struct dirent *entry;
        size_t n = 0;
        int r;

        r = open_class(FC_VPORT_CLASS, &dir);
        if (r < 0)
                return r;

        while (dir && (entry = readdir(dir))) {
                FcVport vport, *grown;

                if (entry->d_name[0] == '.' || read_vport(entry->d_name, wwpn, &vport) < 0)
                        continue;
                grown = reallocarray(vports, n + 1, sizeof vport);
                if (!grown)
                        return -ENOMEM;
                vports = grown;
                vports[n++] = vport;
        }

        *ret = TAKE_PTR(vports);
        *ret_n = n;
        return 0;
}

int fc_vport_list(FcVport **ret, size_t *ret_n) {
        return list_vports(0, ret, ret_n);
}

int fc_vport_find(Wwn wwpn, FcVport *ret) {
        _cleanup_free_ FcVport *vports = NULL;
        size_t n;
        int r;

        r = list_vports(wwpn, &vports, &n);
        if (r < 0)
                return r;
        if (n == 0)
                return -ENOENT;

        *ret = vports[0];
        return 0;
}

int fc_vport_read_state(FcVport *vport) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        fd = open(vport->syspath, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        r = read_vport_state(fd, vport);

        /* Gone between the two calls. */
        return r == -ENODEV ? -ENOENT : r;
}
