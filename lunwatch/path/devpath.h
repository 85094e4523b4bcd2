/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The names that the kernel gives to SCSI devices and to the ports or sessions they are reached
 * through, and the place of a device in sysfs that ties them together. Text only: reads nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Host, channel, target and LUN; the LUN is a 64-bit number, the others are 32 bits wide. */
typedef struct Hctl {
        uint32_t host;
        uint32_t channel;
        uint32_t target;
        uint64_t lun;
} Hctl;

/* "4294967295:4294967295:4294967295:18446744073709551615" */
#define HCTL_STRING_MAX 54
typedef char HctlString[HCTL_STRING_MAX];

/* Decimal without leading zeroes, as the kernel prints it; -EINVAL for anything else. */
int hctl_parse(const char *s, Hctl *ret);
const char *hctl_format(const Hctl *hctl, HctlString ret);
bool hctl_equals(const Hctl *a, const Hctl *b);

typedef enum PathTransport {
        PATH_FC,
        PATH_ISCSI,
        _PATH_TRANSPORT_MAX,
} PathTransport;

/* "fc", "iscsi" */
const char *path_transport_text(PathTransport transport);

/*
 * What a device is reached through: a remote port, "rport-HOST:CHANNEL-NUMBER", or an iSCSI
 * session, "sessionNUMBER", which has no channel.
 */
typedef struct RportId {
        uint32_t host;
        uint32_t channel;
        uint32_t number;
} RportId;

#define RPORT_STRING_MAX 40
typedef char RportString[RPORT_STRING_MAX];

int rport_parse(const char *s, RportId *ret);
int session_parse(const char *s, uint32_t *ret);
const char *rport_format(const RportId *rport, RportString ret);

/* Where a SCSI device on Fibre Channel or iSCSI hangs. */
typedef struct DevPath {
        Hctl hctl;
        RportId rport;
        bool is_vhba;      /* its SCSI host is that of a vport */
        uint32_t hba_host; /* the SCSI host of the HBA that carries the vport, or its own */
        PathTransport transport;
} DevPath;

/*
 * Accepts the path of a SCSI device or of anything below it, absolute or relative:
 * "…/host5/vport-5:0-0/host6/rport-6:0-0/target6:0:0/6:0:0:0/block/sdb", or of a session:
 * "…/host8/session1/target8:0:0/8:0:0:0". -ENXIO when it is not that of a SCSI device behind a
 * remote port or a session, or when its parts contradict each other.
 */
int devpath_parse(const char *s, DevPath *ret);

/* Some of them: zero-initialised, and freed by devpath_list_done(). */
typedef struct DevPathList {
        DevPath *items;
        size_t n_items, n_allocated;
} DevPathList;

int devpath_list_add(DevPathList *list, const DevPath *item);
void devpath_list_done(DevPathList *list);

/* Grouped by port, the ports by number: who reads them in this order finds the port known. */
void devpath_list_sort(DevPathList *list);
