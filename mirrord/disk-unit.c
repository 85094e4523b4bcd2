/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/disk-unit.h"

#include "common/file.h"

static const struct {
        const char *folder, *template;
} kinds[_DISK_UNIT_MAX] = {
        [UNIT_RELAY] = { "relay", "mirror-relay" },
        [UNIT_VERIFIER] = { "verify", "mirror-verify" },
};

const char *disk_unit_path(DiskUnit unit, const MirrorDisk *disk, const char *suffix,
                           DiskUnitPath ret) {
        MirrorPart name;

        (void) snprintf(ret, sizeof(DiskUnitPath), DISK_UNIT_ROOT "/%s/%s.%s", kinds[unit].folder,
                        mirror_relay_name(disk, name), suffix);
        return ret;
}

void disk_unit_print_tls(FILE *f, const char *certificates, const char *peer_name,
                         const char *key) {
        if (certificates)
                (void) fprintf(f,
                               "Tls=x509\nCaFile=%s/ca-cert.pem\nCertificateFile=%s/cert.pem\n"
                               "PrivateKeyFile=%s/key.pem\nPeerName=%s\n",
                               certificates, certificates, certificates, peer_name);
        else if (*key)
                (void) fprintf(f, "Key=%s\n", key);
        else
                (void) fprintf(f, "Tls=no\n");
}

int disk_unit_write(DiskUnit unit, const MirrorDisk *disk, const char *text, size_t size) {
        char folder[sizeof DISK_UNIT_ROOT + 16], name[MIRROR_PART_MAX + 8];
        _cleanup_close_ int dir_fd = -EBADF;
        MirrorPart part;

        (void) snprintf(folder, sizeof folder, DISK_UNIT_ROOT "/%s", kinds[unit].folder);
        dir_fd = dir_open(folder, true, 0711);
        if (dir_fd < 0)
                return dir_fd;

        (void) snprintf(name, sizeof name, "%s.conf", mirror_relay_name(disk, part));
        return file_write_atomic(dir_fd, name, text, size, 0600);
}

/* A dash stands for itself in an instance's name that is no path. */
static const char *name_unit(DiskUnit unit, const MirrorDisk *disk,
                             char ret[static MIRROR_PART_MAX + 32]) {
        MirrorPart part;

        (void) snprintf(ret, MIRROR_PART_MAX + 32, "%s@%s.service", kinds[unit].template,
                        mirror_relay_name(disk, part));
        return ret;
}

static int call(DiskUnit unit, sd_bus *bus, const char *method, const MirrorDisk *disk,
                sd_bus_message_handler_t func, void *userdata, sd_bus_slot **slot) {
        char name[MIRROR_PART_MAX + 32];

        return sd_bus_call_method_async(bus, slot, "org.freedesktop.systemd1",
                                        "/org/freedesktop/systemd1",
                                        "org.freedesktop.systemd1.Manager", method, func, userdata,
                                        "ss", name_unit(unit, disk, name), "replace");
}

int disk_unit_start(DiskUnit unit, sd_bus *bus, const MirrorDisk *disk,
                    sd_bus_message_handler_t func, void *userdata, sd_bus_slot **slot) {
        return call(unit, bus, "StartUnit", disk, func, userdata, slot);
}

int disk_unit_find(DiskUnit unit, sd_bus *bus, const MirrorDisk *disk,
                   sd_bus_message_handler_t func, void *userdata, sd_bus_slot **slot) {
        char name[MIRROR_PART_MAX + 32];

        return sd_bus_call_method_async(bus, slot, "org.freedesktop.systemd1",
                                        "/org/freedesktop/systemd1",
                                        "org.freedesktop.systemd1.Manager", "GetUnit", func,
                                        userdata, "s", name_unit(unit, disk, name));
}

int disk_unit_stop(DiskUnit unit, sd_bus *bus, const MirrorDisk *disk) {
        return call(unit, bus, "StopUnit", disk, NULL, NULL, NULL);
}

void disk_unit_remove(DiskUnit unit, const MirrorDisk *disk) {
        static const char *const suffixes[] = { "conf", "nbd", "control" };
        DiskUnitPath path;

        for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
                (void) unlink(disk_unit_path(unit, disk, suffixes[i], path));
}
