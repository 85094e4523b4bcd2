/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The whole of vhbad: a cache of what the definition files, the kernel and PID 1 say of every vHBA,
 * kept up to date by their events. What clients see of it is published by publish.h; what they
 * change goes through change.h to the files, or through request.h to PID 1, and comes back here as
 * everybody else's changes do.
 */

#include "vhbad/bad-list.h"
#include "vhbad/conf-watch.h"
#include "vhbad/fc-watch.h"
#include "vhbad/hba.h"
#include "vhbad/reload.h"
#include "vhbad/request.h"
#include "vhbad/store.h"
#include "vhbad/systemd.h"
#include "vhbad/vhba.h"
#include "vhbad/vport-poll.h"

typedef struct Manager {
        sd_event *event;
        sd_bus *bus;
        Store store;
        VhbaList vhbas;
        HbaList hbas;
        BadList bad;
        Systemd *systemd;
        Reload *reload;
        ConfWatch *conf_watch;
        FcWatch *fc_watch;
        Poll *poll;
        RequestList requests;
        sd_event_source *publish_source;
        bool pairs_are_dirty;
        bool is_started; /* what is found before is no event */
} Manager;

/* In two steps, so that the vtables can be added before anything is read. */
int manager_init(Manager *manager, sd_event *event, sd_bus *bus);
int manager_start(Manager *manager);
void manager_done(Manager *manager);

/* Reads the whole directory of definitions, one file of it, all FC hosts and vports. */
int manager_read_definitions(Manager *manager);
int manager_read_definition(Manager *manager, Wwn wwpn);
int manager_read_fc(Manager *manager);

/* The part of manager_read_fc() that needs no sysfs. */
int manager_take_fc(Manager *manager, const FcHost *hosts, size_t n_hosts, const FcVport *vports,
                    size_t n_vports);
/* Takes what was read of one vport, or NULL when it is gone. > 0 when something changed. */
int manager_take_vport(Manager *manager, Vhba *vhba, const FcVport *vport);

/* Has PID 1 say what the unit is like, all its properties or only its file's state; logs. */
void manager_ask_systemd(Manager *manager, Wwn wwpn, bool properties);

/* Publishes what is dirty when the events at hand are dealt with. */
void manager_publish_soon(Manager *manager);

static inline void manager_donep(Manager *manager) {
        manager_done(manager);
}
