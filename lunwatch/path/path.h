/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A path: one SCSI device behind one remote port or iSCSI session, as it was at one moment. A
 * record never changes; when the device does, a new one takes its place. Its strings are packed
 * behind it, in one piece of memory, so that ten thousand of them stay small. Reads nothing and
 * knows no other path.
 */

#include "common/cleanup.h"
#include "common/wwn.h"
#include "lunwatch/path/devpath.h"
#include "lunwatch/path/table.h"

/* The kernel's words, in the order of path_state_text() and path_rport_state_text(). */
typedef enum PathState {
        PATH_UNKNOWN, /* a word we do not know */
        PATH_CREATED,
        PATH_RUNNING,
        PATH_CANCEL,
        PATH_DELETED,
        PATH_QUIESCE,
        PATH_OFFLINE,
        PATH_TRANSPORT_OFFLINE,
        PATH_BLOCKED,
        PATH_CREATED_BLOCKED,
        _PATH_STATE_MAX,
} PathState;

typedef enum RportState {
        RPORT_UNKNOWN,
        RPORT_NOT_PRESENT,
        RPORT_ONLINE,
        RPORT_OFFLINE,
        RPORT_BLOCKED,
        RPORT_BYPASSED,
        RPORT_DIAGNOSTICS,
        RPORT_LINKDOWN,
        RPORT_ERROR,
        RPORT_LOOPBACK,
        RPORT_DELETED,
        RPORT_MARGINAL,
        SESSION_LOGGED_IN, /* of an iSCSI session */
        SESSION_FAILED,
        SESSION_FREE,
        _RPORT_STATE_MAX,
} RportState;

/* ALUA: what the storage says of this path. drivers/scsi/scsi_sysfs.c, sdev_access_states */
typedef enum PathAccess {
        ACCESS_UNKNOWN, /* no handler, or a word we do not know */
        ACCESS_OPTIMIZED,
        ACCESS_NON_OPTIMIZED,
        ACCESS_STANDBY,
        ACCESS_UNAVAILABLE,
        ACCESS_LBA_DEPENDENT,
        ACCESS_OFFLINE,
        ACCESS_TRANSITIONING,
        _PATH_ACCESS_MAX,
} PathAccess;

/* Why a path is not handed on (B.7). */
typedef enum PathQuarantine {
        QUARANTINE_NONE,
        QUARANTINE_WWID,
        QUARANTINE_SIZE,
        _PATH_QUARANTINE_MAX,
} PathQuarantine;

PathState path_state_parse(const char *s);
const char *path_state_text(PathState state);
RportState rport_state_parse(const char *s);
const char *rport_state_text(RportState state);
PathAccess path_access_parse(const char *s);     /* as in sysfs, "active/optimized" */
const char *path_access_text(PathAccess access); /* "optimized"; "" for unknown */

/* "", "wwid-changed", "size-changed" */
const char *path_quarantine_text(PathQuarantine quarantine);

/*
 * What a path is sorted by, and what a cursor holds: first by transport, then in this order. The
 * ports are WWNs on Fibre Channel and numbers of names (names.h) on iSCSI.
 */
typedef struct PathKey {
        uint64_t initiator;
        uint64_t target;
        Hctl hctl; /* first by its LUN */
        PathTransport transport;
} PathKey;

int path_key_compare(const PathKey *a, const PathKey *b);

typedef struct Path {
        /* The index's own: nobody else touches them. */
        TableNode by_hctl, by_devnum, by_name, by_wwid;
        uint32_t scan; /* the inventory's: the last scan that saw it */

        PathKey key;
        Wwn initiator_node; /* 0: not known */
        uint64_t hba; /* the port of the HBA below a vport, or its own; iSCSI: its interface */
        uint64_t size_bytes;
        uint32_t major, minor; /* of the block device, if there is one */
        uint32_t rport_channel, rport_number, hba_host;
        uint32_t sg_number; /* UINT32_MAX: none */
        uint32_t group;     /* ALUA target port group; UINT32_MAX: not known */
        PathState state : 8;
        RportState rport_state : 8;
        PathAccess access : 8;
        PathQuarantine quarantine : 8;
        bool is_vhba : 1;
        bool has_link : 1; /* udev has made its by-vhba link */

        uint16_t n_links; /* without the by-vhba link */
        uint16_t wwid_offset, links_offset, text_size;
        char text[]; /* kernel name, WWID, links below /dev/disk: NUL-terminated, in that order */
} Path;

/*
 * Copies the scalar fields of *fields and packs the strings behind them. name is "" without a
 * block device; links are below /dev/disk ("by-path/…"). The by-vhba link that is this path's own
 * becomes has_link, one that is not is left out; the others are sorted. -E2BIG for strings of more
 * than 64 KiB altogether.
 */
int path_new(const Path *fields, const char *name, const char *wwid, const char *const *links,
             size_t n_links, Path **ret);
int path_copy(const Path *path, Path **ret);
Path *path_free(Path *path);
DEFINE_CLEANUP(Path *, path_free);

const char *path_name(const Path *path); /* "" without a block device */
const char *path_wwid(const Path *path); /* "" when not known */
bool path_has_disk(const Path *path);

/* Of a port or a session. */
bool rport_state_is_up(RportState state);

/* Whether I/O would go through: device running, port or session up. Quarantine is another matter.
 */
bool path_is_usable(const Path *path);

/* Names of ports in their usual spelling, in ret or elsewhere for as long as the process lives. */
typedef char PortName[WWN_STRING_LEN + 1];
const char *path_initiator(const Path *path, PortName ret);
const char *path_target(const Path *path, PortName ret);
const char *path_hba(const Path *path, PortName ret);

/* The n_links links one after the other: NULL for the first, NULL at the end. */
const char *path_next_link(const Path *path, const char *link);

/* Whether everything that a subscriber can see is the same. */
bool path_equals(const Path *a, const Path *b);

/* Where it hangs, for reading it again. */
DevPath path_devpath(const Path *path);

/* "by-vhba/<initiator>-<target>-lun-<N>": what the udev rule makes below /dev/disk. */
#define PATH_LINK_MAX 72
typedef char PathLink[PATH_LINK_MAX];
const char *path_format_link(const PathKey *key, PathLink ret);
