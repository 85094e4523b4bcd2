/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/relay-unit.h"

#include "common/file.h"

#include <inttypes.h>
#include <string.h>

static const char *path_of(const MirrorDisk *disk, const char *suffix, RelayPath ret) {
        MirrorPart name;

        (void) snprintf(ret, sizeof(RelayPath), RELAY_DIR "/%s.%s", mirror_relay_name(disk, name),
                        suffix);
        return ret;
}

const char *relay_control_path(const MirrorDisk *disk, RelayPath ret) {
        return path_of(disk, "control", ret);
}

const char *relay_socket_path(const MirrorDisk *disk, RelayPath ret) {
        return path_of(disk, "nbd", ret);
}

static int format_file(const MirrorDisk *disk, uid_t owner, char **ret, size_t *ret_size) {
        RelayPath socket;
        FILE *f;

        f = open_memstream(ret, ret_size);
        if (!f)
                return -ENOMEM;
        (void) fprintf(f,
                       "[Relay]\nSide=source\nSocket=%s\nOwner=%u\nAddress=%s\nPorts=%" PRIu16 "\n",
                       relay_socket_path(disk, socket), owner, disk->mirror->address, disk->port);
        if (*disk->key)
                (void) fprintf(f, "Key=%s\n", disk->key);
        else
                (void) fprintf(f, "Tls=no\n");
        (void) fprintf(f, "Limit=%" PRIu64 "\n", disk->mirror->speed);

        return fclose(f) == 0 ? 0 : -ENOMEM;
}

int relay_unit_write(const MirrorDisk *disk, uid_t owner) {
        _cleanup_close_ int dir_fd = dir_open(RELAY_DIR, true, 0711);
        _cleanup_free_ char *text = NULL;
        char name[MIRROR_PART_MAX + 8];
        MirrorPart part;
        size_t size;
        int r;

        if (dir_fd < 0)
                return dir_fd;
        r = format_file(disk, owner, &text, &size);
        if (r < 0)
                return r;

        (void) snprintf(name, sizeof name, "%s.conf", mirror_relay_name(disk, part));
        r = file_write_atomic(dir_fd, name, text, size, 0600);
        explicit_bzero(text, size);
        return r;
}

static const char *unit_of(const MirrorDisk *disk, char ret[static MIRROR_PART_MAX + 32]) {
        MirrorPart part;
        char *to = ret + sprintf(ret, "mirror-relay@");

        /* A dash stands for itself in an instance's name that is no path. */
        (void) sprintf(to, "%s.service", mirror_relay_name(disk, part));
        return ret;
}

static int call(sd_bus *bus, const char *method, const MirrorDisk *disk,
                sd_bus_message_handler_t func, void *userdata, sd_bus_slot **slot) {
        char unit[MIRROR_PART_MAX + 32];

        return sd_bus_call_method_async(bus, slot, "org.freedesktop.systemd1",
                                        "/org/freedesktop/systemd1",
                                        "org.freedesktop.systemd1.Manager", method, func, userdata,
                                        "ss", unit_of(disk, unit), "replace");
}

int relay_unit_start(sd_bus *bus, const MirrorDisk *disk, sd_bus_message_handler_t func,
                     void *userdata, sd_bus_slot **slot) {
        return call(bus, "StartUnit", disk, func, userdata, slot);
}

int relay_unit_find(sd_bus *bus, const MirrorDisk *disk, sd_bus_message_handler_t func,
                    void *userdata, sd_bus_slot **slot) {
        char unit[MIRROR_PART_MAX + 32];

        return sd_bus_call_method_async(bus, slot, "org.freedesktop.systemd1",
                                        "/org/freedesktop/systemd1",
                                        "org.freedesktop.systemd1.Manager", "GetUnit", func,
                                        userdata, "s", unit_of(disk, unit));
}

int relay_unit_stop(sd_bus *bus, const MirrorDisk *disk) {
        return call(bus, "StopUnit", disk, NULL, NULL, NULL);
}

void relay_unit_remove(const MirrorDisk *disk) {
        RelayPath path;

        (void) unlink(path_of(disk, "conf", path));
        /* Of one that was killed; others remove theirs. */
        (void) unlink(path_of(disk, "nbd", path));
        (void) unlink(path_of(disk, "control", path));
}
