/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/ports.h"

#include "common/file.h"
#include "lunwatch/path/attr.h"
#include "lunwatch/path/names.h"

#include <fcntl.h>
#include <inttypes.h>

#define HOSTS_DIR "sys/class/fc_host"
#define RPORTS_DIR "sys/class/fc_remote_ports"
#define SESSIONS_DIR "sys/class/iscsi_session"

/* "sys/class/iscsi_session/session1/state", "sys/class/fc_remote_ports/rport-6:0-1/port_name", … */
typedef char PortFile[128];

static const char *session_file(const RportId *rport, const char *attribute, PortFile ret) {
        (void) snprintf(ret, sizeof(PortFile), SESSIONS_DIR "/session%" PRIu32 "/%s", rport->number,
                        attribute);
        return ret;
}

static const char *rport_file(const RportId *rport, const char *attribute, PortFile ret) {
        RportString name;

        (void) snprintf(ret, sizeof(PortFile), RPORTS_DIR "/%s/%s", rport_format(rport, name),
                        attribute);
        return ret;
}

static const char *host_file(uint32_t host, const char *attribute, PortFile ret) {
        (void) snprintf(ret, sizeof(PortFile), HOSTS_DIR "/host%" PRIu32 "/%s", host, attribute);
        return ret;
}

int ports_read_state(int root_fd, PathTransport transport, const RportId *rport, RportState *ret) {
        char value[ATTR_MAX];
        PortFile file;
        ssize_t n;

        n = attr_read(root_fd,
                      transport == PATH_ISCSI ? session_file(rport, "state", file)
                                              : rport_file(rport, "port_state", file),
                      value, sizeof value);
        if (n < 0)
                return (int) n;

        *ret = rport_state_parse(value);
        return 0;
}

bool ports_host_is_there(int root_fd, const DevPath *where) {
        PortFile dir;

        if (where->transport == PATH_ISCSI)
                (void) snprintf(dir, sizeof dir, "sys/class/scsi_host/host%" PRIu32,
                                where->rport.host);
        else
                (void) host_file(where->rport.host, "", dir);

        return faccessat(root_fd, dir, F_OK, 0) >= 0;
}

static int read_initiator(int root_fd, const DevPath *where, Ports *ports) {
        uint32_t host = where->rport.host;
        PortFile file;
        int r;

        r = attr_read_wwn(root_fd, host_file(host, "port_name", file), &ports->initiator);
        if (r < 0)
                return r;

        /* Nothing depends on the node name: a driver that gives none is no reason to go blind. */
        if (attr_read_wwn(root_fd, host_file(host, "node_name", file), &ports->initiator_node) < 0)
                ports->initiator_node = 0;

        ports->hba = ports->initiator;
        if (where->hba_host != host &&
            attr_read_wwn(root_fd, host_file(where->hba_host, "port_name", file), &ports->hba) < 0)
                ports->hba = 0;

        return 0;
}

static int read_fc(int root_fd, const DevPath *where, Ports *ports) {
        PortFile file;
        int r;

        r = read_initiator(root_fd, where, ports);
        if (r < 0)
                return r;

        return attr_read_wwn(root_fd, rport_file(&where->rport, "port_name", file), &ports->target);
}

/* -ENXIO for a name that is empty or longer than one may be. */
static int read_name(int root_fd, const RportId *session, const char *attribute, uint64_t *ret) {
        char value[NAME_LENGTH_MAX + 3];
        PortFile file;
        uint64_t name;
        ssize_t n;

        n = attr_read(root_fd, session_file(session, attribute, file), value, sizeof value);
        if (n < 0)
                return (int) n;
        name = name_intern(value);
        if (!name)
                return -ENXIO;

        *ret = name;
        return 0;
}

static int read_session(int root_fd, const DevPath *where, Ports *ports) {
        int r;

        r = read_name(root_fd, &where->rport, "initiatorname", &ports->initiator);
        if (r < 0)
                return r;
        /* As the node name above. */
        if (read_name(root_fd, &where->rport, "ifacename", &ports->hba) < 0)
                ports->hba = 0;

        return read_name(root_fd, &where->rport, "targetname", &ports->target);
}

int ports_read(int root_fd, const DevPath *where, Ports *ret) {
        Ports ports = { .transport = where->transport, .rport = where->rport };
        int r;

        r = where->transport == PATH_ISCSI ? read_session(root_fd, where, &ports)
                                           : read_fc(root_fd, where, &ports);
        if (r < 0)
                return r;
        r = ports_read_state(root_fd, where->transport, &where->rport, &ports.rport_state);
        if (r < 0)
                return r;

        *ret = ports;
        return 0;
}

int ports_find_host(int root_fd, Wwn initiator, uint32_t *ret_host, char *state, size_t size) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        int r;

        r = dir_list(root_fd, HOSTS_DIR, &dir);
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
