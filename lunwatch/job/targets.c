/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/job/targets.h"

#include "common/file.h"
#include "lunwatch/path/attr.h"
#include "lunwatch/path/ports.h"

#include <fcntl.h>
#include <string.h>

#define RPORTS_DIR "sys/class/fc_remote_ports"
#define SESSIONS_DIR "sys/class/iscsi_session"
#define DEVICES_DIR "sys/bus/scsi/devices"

static void add_host(ScanTargets *all, uint32_t host) {
        for (size_t i = 0; i < all->n_hosts; i++)
                if (all->hosts[i] == host)
                        return;

        if (all->n_hosts < SCAN_TARGETS_MAX)
                all->hosts[all->n_hosts++] = host;
}

static void add_target(ScanTargets *all, uint32_t host, uint32_t channel, uint32_t target) {
        if (all->n_targets < SCAN_TARGETS_MAX)
                all->targets[all->n_targets++] = (ScanTarget){ host, channel, target };
}

/* A remote port that is no target has the number -1. */
static void add_rport(int dir_fd, const char *name, Wwn wanted, ScanTargets *all) {
        char file[RPORT_STRING_MAX + 32];
        uint64_t number;
        RportId rport;
        Wwn wwn;

        if (rport_parse(name, &rport) < 0 || rport.host != all->hosts[0])
                return;
        (void) snprintf(file, sizeof file, "%.39s/port_name", name);
        if (wanted && (attr_read_wwn(dir_fd, file, &wwn) < 0 || wwn != wanted))
                return;
        (void) snprintf(file, sizeof file, "%.39s/scsi_target_id", name);
        if (attr_read_number(dir_fd, file, &number) >= 0 && number <= UINT32_MAX)
                add_target(all, rport.host, rport.channel, (uint32_t) number);
}

static int find_rports(int root_fd, Wwn initiator, Wwn target, ScanTargets *all) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        char state[ATTR_MAX];
        uint32_t host = 0;
        int r;

        r = ports_find_host(root_fd, initiator, &host, state, sizeof state);
        if (r < 0)
                return r;
        add_host(all, host);

        r = dir_list(root_fd, RPORTS_DIR, &dir);
        if (r < 0)
                return attr_is_gone(r) ? 0 : r;
        while ((entry = readdir(dir)))
                add_rport(dirfd(dir), entry->d_name, target, all);

        return 0;
}

static bool has_name(int dir_fd, const char *session, const char *attribute, const char *wanted) {
        char file[64 + ATTR_MAX], value[NAME_LENGTH_MAX + 3];

        (void) snprintf(file, sizeof file, "%.255s/%s", session, attribute);
        return attr_read(dir_fd, file, value, sizeof value) >= 0 && strcmp(value, wanted) == 0;
}

/* "../../devices/platform/host8/session1/iscsi_session/session1" */
static int read_host(int dir_fd, const char *session, uint32_t *ret) {
        char link[4096], *p;
        unsigned host;
        ssize_t n;

        n = readlinkat(dir_fd, session, link, sizeof link - 1);
        if (n < 0)
                return -errno;
        link[n] = '\0';
        p = strstr(link, "/host");
        if (!p || sscanf(p, "/host%u/", &host) != 1)
                return -ENXIO;

        *ret = host;
        return 0;
}

/* open-iscsi gives each session a host with one target, 0, where the kernel does not say. */
static void add_session(int dir_fd, const char *session, const char *target, ScanTargets *all) {
        char file[64 + ATTR_MAX];
        uint64_t number;
        uint32_t host = 0;

        if (read_host(dir_fd, session, &host) < 0)
                return;
        add_host(all, host);
        if (target && !has_name(dir_fd, session, "targetname", target))
                return;
        (void) snprintf(file, sizeof file, "%.255s/target_id", session);
        if (attr_read_number(dir_fd, file, &number) < 0 || number > UINT32_MAX)
                number = 0;
        add_target(all, host, 0, (uint32_t) number);
}

static int find_sessions(int root_fd, const char *initiator, const char *target, ScanTargets *all) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        int r;

        r = dir_list(root_fd, SESSIONS_DIR, &dir);
        if (r < 0)
                return attr_is_gone(r) ? -ENXIO : r;
        while ((entry = readdir(dir)))
                if (strncmp(entry->d_name, "session", strlen("session")) == 0 &&
                    has_name(dirfd(dir), entry->d_name, "initiatorname", initiator))
                        add_session(dirfd(dir), entry->d_name, target, all);

        return all->n_hosts > 0 ? 0 : -ENXIO;
}

int scan_targets_find(int root_fd, const char *initiator, const char *target, ScanTargets *ret) {
        Port from, to = { 0 };
        ScanTargets all = { 0 };
        int r;

        if (port_parse(initiator, &from) < 0 || (target && port_parse(target, &to) < 0))
                return -ENXIO;

        if (from.transport == PATH_ISCSI)
                r = find_sessions(root_fd, initiator, target, &all);
        else
                /* What is no WWN is no port of a fabric: 0 would stand for any. */
                r = find_rports(root_fd, from.name,
                                target && to.transport != PATH_FC ? UINT64_MAX : to.name, &all);
        if (r < 0)
                return r;

        *ret = all;
        return 0;
}

static bool has_host(const ScanTargets *targets, uint32_t host) {
        for (size_t i = 0; i < targets->n_hosts; i++)
                if (targets->hosts[i] == host)
                        return true;

        return false;
}

bool scan_targets_are_known(const Inventory *inventory, const ScanTargets *targets) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        Hctl hctl;

        if (dir_list(inventory->reader.root_fd, DEVICES_DIR, &dir) < 0)
                return true;
        while ((entry = readdir(dir)))
                if (hctl_parse(entry->d_name, &hctl) >= 0 && has_host(targets, hctl.host) &&
                    (held_has(&inventory->held, &hctl) ||
                     !index_find_hctl(&inventory->index, &hctl)))
                        return false;

        return true;
}
