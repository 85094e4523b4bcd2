/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/parent.h"

#include <string.h>

bool parent_matches(const Parent *parent, const FcHost *host) {
        if (host->is_vport)
                return false;

        switch (parent->kind) {
        case PARENT_WWPN:
                return host->port_name == parent->wwn;
        case PARENT_FABRIC:
                return host->fabric_name == parent->wwn;
        case PARENT_PCI:
                return strcmp(host->pci_address, parent->name) == 0;
        case PARENT_HOST:
                return strcmp(host->name, parent->name) == 0;
        case PARENT_AUTO:
                return true;
        default:
                return false;
        }
}

unsigned parent_free_vports(const FcHost *host) {
        return host->vports_max > host->vports_in_use ? host->vports_max - host->vports_in_use : 0;
}

/* What it lacks first, in the order in which a person would mend it. */
static Cause lacks(const FcHost *host) {
        if (!host->npiv_capable || host->vports_max == 0)
                return CAUSE_NO_NPIV;
        if (strcmp(host->state, "Online") != 0)
                return CAUSE_PARENT_OFFLINE;
        if (parent_free_vports(host) == 0)
                return CAUSE_PARENT_FULL;

        return CAUSE_NONE;
}

/* How near it came: the fewer steps are left to mend, the better it explains a refusal. */
static int rank(Cause cause) {
        switch (cause) {
        case CAUSE_NONE:
                return 4;
        case CAUSE_PARENT_FULL:
                return 3;
        case CAUSE_PARENT_OFFLINE:
                return 2;
        case CAUSE_NO_NPIV:
                return 1;
        default:
                return 0;
        }
}

static bool is_better(const FcHost *a, const FcHost *b, const char *avoid) {
        unsigned free_a = parent_free_vports(a), free_b = parent_free_vports(b);
        bool avoided_a = avoid && strcmp(a->name, avoid) == 0;
        bool avoided_b = avoid && strcmp(b->name, avoid) == 0;

        if (free_a != free_b)
                return free_a > free_b;
        if (avoided_a != avoided_b)
                return avoided_b;
        if (a->vports_in_use != b->vports_in_use)
                return a->vports_in_use < b->vports_in_use;

        return a->port_name < b->port_name;
}

Cause parent_choose(const Parent *parent, const FcHost *hosts, size_t n_hosts, const char *avoid,
                    const FcHost **ret) {
        Cause best_cause = CAUSE_NO_PARENT;
        const FcHost *best = NULL;

        for (size_t i = 0; i < n_hosts; i++) {
                Cause cause;

                if (!parent_matches(parent, &hosts[i]))
                        continue;
                cause = lacks(&hosts[i]);
                if (rank(cause) < rank(best_cause) ||
                    (cause == best_cause && !is_better(&hosts[i], best, avoid)))
                        continue;
                best = &hosts[i];
                best_cause = cause;
        }

        *ret = best;
        return best_cause;
}
