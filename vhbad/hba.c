/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/hba.h"
#include "common/cleanup.h"
#include "common/escape.h"

#include <string.h>

static Hba *hba_free(Hba *hba) {
        if (!hba)
                return NULL;

        free(hba->vports);
        free(hba);
        return NULL;
}

void hba_list_drop(HbaList *list, Hba *hba) {
        LIST_REMOVE(hba, link);
        list->n--;
        hba_free(hba);
}

void hba_list_done(HbaList *list) {
        while (!LIST_EMPTY(&list->head))
                hba_list_drop(list, LIST_FIRST(&list->head));
}

Hba *hba_list_find(const HbaList *list, Wwn port_name) {
        Hba *hba;

        LIST_FOREACH(hba, &list->head, link)
                if (hba->is_seen && hba->host.port_name == port_name)
                        return hba;
        return NULL;
}

Hba *hba_list_find_host(const HbaList *list, const char *host_name) {
        Hba *hba;

        LIST_FOREACH(hba, &list->head, link)
                if (hba->is_seen && strcmp(hba->host.name, host_name) == 0)
                        return hba;
        return NULL;
}

static void mark(Hba *hba, const char *property) {
        for (size_t i = 0; i < hba->n_changed; i++)
                if (strcmp(hba->changed[i], property) == 0)
                        return;
        if (hba->n_changed + 1 < ARRAY_LEN(hba->changed))
                hba->changed[hba->n_changed++] = (char *) property;
}

static void mark_text(Hba *hba, const char *old, const char *new, const char *property) {
        if (strcmp(old, new) != 0)
                mark(hba, property);
}

static void mark_number(Hba *hba, uint64_t old, uint64_t new, const char *property) {
        if (old != new)
                mark(hba, property);
}

static void compare(Hba *hba, const FcHost *host, const HbaName *name) {
        const FcHost *old = &hba->host;

        mark_text(hba, old->name, host->name, "HostName");
        mark_number(hba, old->node_name, host->node_name, "NodeName");
        mark_number(hba, old->fabric_name, host->fabric_name, "FabricName");
        mark_text(hba, old->state, host->state, "State");
        mark_text(hba, old->port_type, host->port_type, "PortType");
        mark_text(hba, old->speed, host->speed, "Speed");
        mark_text(hba, hba->name.vendor, name->vendor, "Vendor");
        mark_text(hba, hba->name.model, name->model, "Model");
        mark_text(hba, old->driver, host->driver, "Driver");
        mark_text(hba, old->pci_address, host->pci_address, "PciAddress");
        mark_number(hba, old->npiv_capable, host->npiv_capable, "NpivCapable");
        mark_number(hba, old->vports_in_use, host->vports_in_use, "VportsInUse");
        mark_number(hba, old->vports_max, host->vports_max, "MaxVports");
}

/* What the driver says goes out on the bus, which takes nothing but UTF-8. */
static FcHost make_clean(const FcHost *host) {
        FcHost clean = *host;

        escape_in_place(clean.state);
        escape_in_place(clean.port_type);
        escape_in_place(clean.speed);
        escape_in_place(clean.symbolic_name);
        if (!clean.npiv_capable)
                clean.vports_in_use = clean.vports_max = 0;
        return clean;
}

static Hba *find_known(const HbaList *list, Wwn port_name) {
        Hba *hba;

        LIST_FOREACH(hba, &list->head, link)
                if (hba->host.port_name == port_name)
                        break;
        return hba;
}

static int update_one(HbaList *list, const FcHost *host) {
        Hba *hba = find_known(list, host->port_name);
        HbaName name;

        if (hba && hba->is_seen)
                return 0;
        hba_name_read(host, &name);
        if (hba) {
                compare(hba, host, &name);
        } else {
                hba = calloc(1, sizeof *hba);
                if (!hba)
                        return -ENOMEM;
                LIST_INSERT_HEAD(&list->head, hba, link);
                list->n++;
        }

        hba->host = *host;
        hba->name = name;
        hba->is_seen = true;
        return !hba->is_announced || hba->n_changed > 0;
}

int hba_list_update(HbaList *list, const FcHost *hosts, size_t n_hosts) {
        bool changed = false;
        Hba *hba;
        int r;

        LIST_FOREACH(hba, &list->head, link)
                hba->is_seen = false;

        for (size_t i = 0; i < n_hosts; i++) {
                FcHost host = make_clean(&hosts[i]);

                if (host.is_vport)
                        continue;
                r = update_one(list, &host);
                if (r < 0)
                        return r;
                changed = changed || r > 0;
        }

        LIST_FOREACH(hba, &list->head, link)
                changed = changed || !hba->is_seen;
        return changed;
}

static bool is_on(const Vhba *vhba, const Hba *hba) {
        return vhba->has_vport && strcmp(vhba->vport.parent, hba->host.name) == 0;
}

static int collect_vports(const Hba *hba, const VhbaList *vhbas, HbaVport **ret, size_t *ret_n) {
        HbaVport *vports;
        size_t n = 0;

        for (size_t i = 0; i < vhbas->n; i++)
                n += is_on(vhbas->items[i], hba);
        vports = calloc(n ? n : 1, sizeof *vports);
        if (!vports)
                return -ENOMEM;

        n = 0;
        for (size_t i = 0; i < vhbas->n; i++) {
                const Vhba *vhba = vhbas->items[i];

                if (!is_on(vhba, hba))
                        continue;
                vports[n] = (HbaVport){ .wwpn = vhba->wwpn, .wwnn = vhba->vport.node_name };
                (void) snprintf(vports[n].scsi_host, sizeof vports[n].scsi_host, "%s",
                                vhba->vport.scsi_host);
                n++;
        }

        *ret = vports;
        *ret_n = n;
        return 0;
}

static bool vports_are_equal(const HbaVport *a, const HbaVport *b, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (a[i].wwpn != b[i].wwpn || a[i].wwnn != b[i].wwnn ||
                    strcmp(a[i].scsi_host, b[i].scsi_host) != 0)
                        return false;
        return true;
}

int hba_list_update_vports(HbaList *list, const VhbaList *vhbas) {
        bool changed = false;
        Hba *hba;

        LIST_FOREACH(hba, &list->head, link) {
                _cleanup_free_ HbaVport *vports = NULL;
                size_t n;
                int r;

                r = collect_vports(hba, vhbas, &vports, &n);
                if (r < 0)
                        return r;
                if (n == hba->n_vports && vports_are_equal(vports, hba->vports, n))
                        continue;

                free(hba->vports);
                hba->vports = TAKE_PTR(vports);
                hba->n_vports = n;
                mark(hba, "Vports");
                changed = true;
        }
        return changed;
}
