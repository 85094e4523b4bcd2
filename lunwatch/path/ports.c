/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/ports.h"

#include "common/file.h"
#include "lunwatch/path/attr.h"

#include <inttypes.h>

#define HOSTS_DIR "sys/class/fc_host"
#define RPORTS_DIR "sys/class/fc_remote_ports"

int ports_read_rport_state(int root_fd, const RportId *rport, RportState *ret) {
        char file[sizeof RPORTS_DIR + RPORT_STRING_MAX + 16], value[ATTR_MAX];
        RportString name;
        ssize_t n;

        (void) snprintf(file, sizeof file, RPORTS_DIR "/%s/port_state", rport_format(rport, name));
        n = attr_read(root_fd, file, value, sizeof value);
        if (n < 0)
                return (int) n;

        *ret = rport_state_parse(value);
        return 0;
}

static int read_initiator(int root_fd, uint32_t host, Ports *ports) {
        char file[sizeof HOSTS_DIR + 48];
        int r;

        (void) snprintf(file, sizeof file, HOSTS_DIR "/host%" PRIu32 "/port_name", host);
        r = attr_read_wwn(root_fd, file, &ports->initiator);
        if (r < 0)
                return r;

        /* Nothing depends on the node name: a driver that gives none is no reason to go blind. */
        (void) snprintf(file, sizeof file, HOSTS_DIR "/host%" PRIu32 "/node_name", host);
        if (attr_read_wwn(root_fd, file, &ports->initiator_node) < 0)
                ports->initiator_node = 0;

        return 0;
}

int ports_read(int root_fd, const RportId *rport, Ports *ret) {
        char file[sizeof RPORTS_DIR + RPORT_STRING_MAX + 16];
        Ports ports = { .rport = *rport };
        RportString name;
        int r;

        r = read_initiator(root_fd, rport->host, &ports);
        if (r < 0)
                return r;
        (void) snprintf(file, sizeof file, RPORTS_DIR "/%s/port_name", rport_format(rport, name));
        r = attr_read_wwn(root_fd, file, &ports.target);
        if (r < 0)
                return r;
        r = ports_read_rport_state(root_fd, rport, &ports.rport_state);
        if (r < 0)
                return r;

        *ret = ports;
        return 0;
}

int ports_find_host(int root_fd, Wwn initiator, uint32_t *ret_host, char *state, size_t size) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        int r;

        r = attr_open_dir(root_fd, HOSTS_DIR, &dir);
        if (r < 0)
                return attr_is_gone(r) ? -ENXIO : r;

        while ((entry = readdir(dir))) {
                char file[sizeof entry->d_name + 16];
                unsigned host;
                Wwn wwn;

                if (sscanf(entry->d_name, "host%u", &host) != 1)
                        continue;
                (void) snprintf(file, sizeof file, "%s/port_name", entry->d_name);
                if (attr_read_wwn(dirfd(dir), file, &wwn) < 0 || wwn != initiator)
                        continue;

                (void) snprintf(file, sizeof file, "%s/port_state", entry->d_name);
                if (attr_read(dirfd(dir), file, state, size) < 0)
                        (void) snprintf(state, size, "unknown");
                *ret_host = host;
                return 0;
        }

        return -ENXIO;
}
