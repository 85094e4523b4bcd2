/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hba.h"
#include "mem.h"

static TAILQ_HEAD(, Hba) hbas = TAILQ_HEAD_INITIALIZER(hbas);

static const struct {
        const char *driver;
        const char *model;
        unsigned vendor;
        unsigned device;
        unsigned max_vports;
} adapters[] = {
        { "lpfc", "LPe32002-M2", 0x10df, 0xe300, 255 },
        { "qla2xxx", "QLE2772", 0x1077, 0x2281, 254 },
        { "fcoe", "FCoE", 0, 0, 65535 },
};

static size_t adapter_find(const char *driver) {
        for (size_t i = 0; i < ARRAY_LEN(adapters); i++)
                if (strcmp(adapters[i].driver, driver) == 0)
                        return i;

        return ARRAY_LEN(adapters);
}

static void hba_count(Hba *hba, int change) {
        hba->n_vports += (unsigned) change;
        (void) node_text(port_fc_dir(hba->port), "npiv_vports_inuse", "%u\n", hba->n_vports);
}

/* Not the transport class but the driver refuses a name that is in use. */
static bool name_is_in_use(Wwpn port_name) {
        for (const Port *port = port_next(NULL); port; port = port_next((Port *) port))
                if (port_port_name(port) == port_name)
                        return true;

        return false;
}

static int store_vport_create(Node *attr, const char *data, size_t len) {
        Hba *hba = attr->object;
        Wwpn port_name, node_name;
        Vport *vport;
        int r;

        r = wwpn_parse_pair(data, len, &port_name, &node_name);
        if (r < 0)
                return r;
        if (hba->n_vports >= hba->max_vports)
                return -ENOSPC;

        vport = vport_new(hba, hba->next_vport++, port_name, node_name);
        r = name_is_in_use(port_name) ? -EINVAL : vport_start(vport);
        if (r < 0) {
                (void) vport_free(vport);
                return r;
        }

        TAILQ_INSERT_TAIL(&hba->vports, vport, in_hba);
        hba_count(hba, 1);
        return 0;
}

static int store_vport_delete(Node *attr, const char *data, size_t len) {
        Hba *hba = attr->object;
        Wwpn port_name, node_name;
        Vport *vport;
        int r;

        r = wwpn_parse_pair(data, len, &port_name, &node_name);
        if (r < 0)
                return r;

        TAILQ_FOREACH(vport, &hba->vports, in_hba)
                if (vport->port_name == port_name && vport->node_name == node_name)
                        break;
        if (!vport)
                return -ENODEV;

        r = san_policy(port_name)->delete_errno;
        if (r > 0)
                return -r;

        hba_drop_vport(hba, vport);
        return 0;
}

/* A loop initialisation: the link bounces. */
static int store_issue_lip(Node *attr, const char *data, size_t len) {
        Hba *hba = attr->object;

        if (hba_is_online(hba)) {
                hba_set_state(hba, "Linkdown");
                hba_set_state(hba, "Online");
        }

        return 0;
}

static void hba_add_pci(Hba *hba, size_t adapter) {
        unsigned vendor = adapters[adapter].vendor, id = adapters[adapter].device;
        _cleanup_free_ char *env = NULL;
        Node *dir;

        env = mem_printf("PCI_CLASS=C0400\nPCI_ID=%04X:%04X\nPCI_SLOT_NAME=%s\n", vendor, id,
                         hba->pci);
        hba->pci_device =
                device_new(node_dir(tree_root(), "devices/pci0000:00"), &(DeviceSpec){
                                                                                .name = hba->pci,
                                                                                .subsystem = "pci",
                                                                                .on_bus = true,
                                                                                .env = env,
                                                                        });
        dir = device_dir(hba->pci_device);

        (void) node_text(dir, "class", "0x0c0400\n");
        (void) node_text(dir, "device", "0x%04x\n", id);
        (void) node_text(dir, "subsystem_device", "0x%04x\n", id);
        (void) node_text(dir, "subsystem_vendor", "0x%04x\n", vendor);
        (void) node_text(dir, "vendor", "0x%04x\n", vendor);

        device_announce(hba->pci_device, "add");
}

static int hba_set(Hba *hba, const char *key, char *value) {
        struct {
                const char *key;
                const char **text;
        } texts[] = {
                { "driver", &hba->spec.driver },
                { "model", &hba->spec.model },
                { "pci", (const char **) &hba->pci },
                { "speed", &hba->spec.speed },
                { "state", (const char **) &hba->port_state },
        };
        struct {
                const char *key;
                Wwpn *name;
        } names[] = {
                { "fabric_name", &hba->spec.fabric_name },
                { "node_name", &hba->spec.node_name },
                { "port_name", &hba->spec.port_name },
        };

        for (size_t i = 0; i < ARRAY_LEN(texts); i++)
                if (strcmp(key, texts[i].key) == 0) {
                        *texts[i].text = value;
                        return 0;
                }
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                if (strcmp(key, names[i].key) == 0)
                        return wwpn_parse(value, names[i].name);
        if (strcmp(key, "max") == 0) {
                hba->max_vports = (unsigned) strtoul(value, NULL, 10);
                return 0;
        }

        return -EINVAL;
}

/* Two ports a card, each with names of its own, on one fabric. */
static void hba_set_defaults(Hba *hba, char *pci, size_t pci_size) {
        static unsigned n_made;
        unsigned n = n_made++;

        *hba = (Hba){
                .spec = {
                        .port_name = UINT64_C(0x100000109b000000) + n,
                        .node_name = UINT64_C(0x200000109b000000) + n,
                        .fabric_name = UINT64_C(0x100050eb1a000001),
                        .port_type = "NPort (fabric via point-to-point)",
                        .speed = "32 Gbit",
                        .driver = "lpfc",
                },
                .pci = pci,
                .port_state = (char *) "Online",
        };
        (void) snprintf(pci, pci_size, "0000:%02x:00.%u", 5 + n / 2, n % 2);
}

int hba_new(char *const *words, size_t n, Hba **ret) {
        char pci[32];
        size_t adapter;
        Node *dir, *parent;
        Hba wish, *hba;
        int r;

        hba_set_defaults(&wish, pci, sizeof pci);
        for (size_t i = 0; i < n; i++) {
                char *value = words[i];
                const char *key = strsep(&value, "=");

                r = value ? hba_set(&wish, key, value) : -EINVAL;
                if (r < 0)
                        return r;
        }

        adapter = adapter_find(wish.spec.driver);
        if (adapter == ARRAY_LEN(adapters))
                return -EINVAL;
        if (name_is_in_use(wish.spec.port_name) || hba_find(wish.pci))
                return -EEXIST;

        hba = mem_new(sizeof *hba);
        *hba = wish;
        hba->pci = mem_dup(wish.pci);
        hba->port_state = mem_dup("Linkdown");
        hba->spec.driver = mem_dup(wish.spec.driver);
        hba->spec.model = mem_dup(wish.spec.model ?: adapters[adapter].model);
        hba->spec.speed = mem_dup(wish.spec.speed);
        TAILQ_INIT(&hba->vports);

        parent = node_dir(tree_root(), "devices/virtual/fc");
        if (strcmp(hba->pci, "none") != 0) {
                hba_add_pci(hba, adapter);
                parent = device_dir(hba->pci_device);
        }
        hba->port = port_new(parent, &hba->spec);
        if (hba->pci_device)
                device_bind(hba->pci_device, hba->spec.driver);

        dir = port_fc_dir(hba->port);
        (void) node_attr(dir, "issue_lip", 0200, store_issue_lip, hba);
        (void) node_attr(dir, "vport_create", 0200, store_vport_create, hba);
        (void) node_attr(dir, "vport_delete", 0200, store_vport_delete, hba);
        hba_count(hba, 0);
        hba_set_max(hba, wish.max_vports ?: adapters[adapter].max_vports);
        TAILQ_INSERT_TAIL(&hbas, hba, in_hbas);
        hba_set_state(hba, wish.port_state);

        *ret = hba;
        return 0;
}

Hba *hba_free(Hba *hba) {
        hba_drop_vports(hba);
        TAILQ_REMOVE(&hbas, hba, in_hbas);
        hba->port = port_free(hba->port);
        hba->pci_device = device_remove(hba->pci_device);

        free(hba->pci);
        free(hba->port_state);
        free((void *) hba->spec.driver);
        free((void *) hba->spec.model);
        free((void *) hba->spec.speed);
        free(hba);
        return NULL;
}

Hba *hba_next(Hba *hba) {
        return hba ? TAILQ_NEXT(hba, in_hbas) : TAILQ_FIRST(&hbas);
}

Hba *hba_find(const char *name) {
        Hba *hba;

        TAILQ_FOREACH(hba, &hbas, in_hbas) {
                _cleanup_free_ char *host = mem_printf("host%u", port_number(hba->port));
                _cleanup_free_ char *wwpn = mem_printf("%016" PRIx64, hba->spec.port_name);

                if (strcmp(name, host) == 0 || strcmp(name, wwpn) == 0 ||
                    (hba->pci_device && strcmp(name, hba->pci) == 0))
                        return hba;
        }

        return NULL;
}

void hba_set_state(Hba *hba, const char *state) {
        _cleanup_free_ char *old = hba->port_state;
        Vport *vport;

        hba->port_state = mem_dup(state);
        port_set_state(hba->port, state);
        if (hba_is_online(hba))
                port_scan(hba->port);

        if (strcmp(old, state) != 0)
                TAILQ_FOREACH(vport, &hba->vports, in_hba)
                        vport_link_changed(vport);
}

bool hba_is_online(const Hba *hba) {
        return strcmp(hba->port_state, "Online") == 0;
}

void hba_set_max(Hba *hba, unsigned max_vports) {
        hba->max_vports = max_vports;
        (void) node_text(port_fc_dir(hba->port), "max_npiv_vports", "%u\n", max_vports);
}

void hba_drop_vport(Hba *hba, Vport *vport) {
        TAILQ_REMOVE(&hba->vports, vport, in_hba);
        (void) vport_free(vport);
        hba_count(hba, -1);
}

void hba_drop_vports(Hba *hba) {
        Vport *vport;

        while ((vport = TAILQ_FIRST(&hba->vports)))
                hba_drop_vport(hba, vport);
}

void hba_save(FILE *f) {
        const Hba *hba;

        TAILQ_FOREACH(hba, &hbas, in_hbas)
                fprintf(f,
                        "hba add port_name=%016" PRIx64 " node_name=%016" PRIx64
                        " fabric_name=%016" PRIx64
                        " pci=%s driver=%s \"model=%s\" \"speed=%s\" \"state=%s\" max=%u\n",
                        hba->spec.port_name, hba->spec.node_name, hba->spec.fabric_name, hba->pci,
                        hba->spec.driver, hba->spec.model, hba->spec.speed, hba->port_state,
                        hba->max_vports);
}
