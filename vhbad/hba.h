/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The physical HBAs of this host as last read, with the names of vendor and model, and what clients
 * see of them: the properties of org.npivot.vhba1.Hba.
 */

#include "vhbad/fc.h"
#include "vhbad/hba-name.h"
#include "vhbad/vhba.h"

#include <stdint.h>
#include <sys/queue.h>

/* One line of the property Vports. */
typedef struct HbaVport {
        Wwn wwpn;
        Wwn wwnn;
        char scsi_host[32];
} HbaVport;

typedef struct Hba {
        FcHost host;
        HbaName name;
        HbaVport *vports;
        size_t n_vports;
        bool is_announced;
        bool is_seen; /* by the last scan */
        char *changed[20];
        size_t n_changed; /* properties that differ from what was published */
        LIST_ENTRY(Hba) link;
} Hba;

typedef struct HbaList {
        LIST_HEAD(, Hba) head;
        size_t n;
} HbaList;

void hba_list_done(HbaList *list);

/*
 * Takes over what a scan found: hosts that are vports are no HBAs, and of two with one port name
 * the first counts. HBAs that are gone stay in the list with is_seen = false. > 0 on any change.
 */
int hba_list_update(HbaList *list, const FcHost *hosts, size_t n_hosts);

/* Takes over which vports are on which HBA. > 0 on any change. */
int hba_list_update_vports(HbaList *list, const VhbaList *vhbas);

void hba_list_drop(HbaList *list, Hba *hba);

/* By port name, by "host5"; NULL when there is none (any more). */
Hba *hba_list_find(const HbaList *list, Wwn port_name);
Hba *hba_list_find_host(const HbaList *list, const char *host_name);
