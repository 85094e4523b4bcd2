/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <string.h>

#include "mem.h"
#include "san.h"

static MappingList mappings = TAILQ_HEAD_INITIALIZER(mappings);
static LIST_HEAD(, Policy) policies = LIST_HEAD_INITIALIZER(policies);

static const char *const state_names[_VPORT_STATE_MAX] = {
        [VPORT_UNKNOWN] = "Unknown",
        [VPORT_ACTIVE] = "Active",
        [VPORT_DISABLED] = "Disabled",
        [VPORT_LINKDOWN] = "Linkdown",
        [VPORT_INITIALIZING] = "Initializing",
        [VPORT_NO_FABRIC_SUPPORT] = "No Fabric Support",
        [VPORT_NO_FABRIC_RESOURCES] = "No Fabric Resources",
        [VPORT_FABRIC_LOGOUT] = "Fabric Logout",
        [VPORT_FABRIC_REJECTED_WWN] = "Fabric Rejected WWN",
        [VPORT_FAILED] = "VPort Failed",
};

const char *vport_state_name(VportState state) {
        return state_names[state];
}

int vport_state_parse(const char *name, VportState *ret) {
        for (VportState state = 0; state < _VPORT_STATE_MAX; state++)
                if (strcasecmp(name, state_names[state]) == 0) {
                        *ret = state;
                        return 0;
                }

        return -EINVAL;
}

const MappingList *san_mappings(void) {
        return &mappings;
}

Mapping *san_find(Wwpn initiator, Wwpn target, uint64_t lun) {
        Mapping *m;

        TAILQ_FOREACH(m, &mappings, in_san)
                if (m->initiator == initiator && m->target == target && m->lun == lun)
                        return m;

        return NULL;
}

int san_map(Wwpn initiator, Wwpn target, uint64_t lun, const char *wwid, uint64_t size_bytes) {
        Mapping *m;

        if (san_find(initiator, target, lun))
                return -EEXIST;

        m = mem_new(sizeof *m);
        *m = (Mapping){
                .initiator = initiator,
                .target = target,
                .lun = lun,
                .size_bytes = size_bytes,
        };
        san_set_wwid(m, wwid);

        TAILQ_INSERT_TAIL(&mappings, m, in_san);
        return 0;
}

void san_set_wwid(Mapping *m, const char *wwid) {
        free(m->wwid);
        m->wwid = strchr(wwid, '.') ? mem_dup(wwid) : mem_printf("naa.%s", wwid);
}

void san_unmap(Mapping *m) {
        TAILQ_REMOVE(&mappings, m, in_san);
        free(m->wwid);
        free(m);
}

Policy *san_policy(Wwpn port_name) {
        Policy *p;

        LIST_FOREACH(p, &policies, in_san)
                if (p->port_name == port_name)
                        return p;

        p = mem_new(sizeof *p);
        p->port_name = port_name;
        p->state = VPORT_ACTIVE;
        LIST_INSERT_HEAD(&policies, p, in_san);
        return p;
}

void san_policy_reset(Policy *p) {
        p->state = VPORT_ACTIVE;
        p->delay_ms = p->lun_delay_ms = 0;
        p->create_errno = p->delete_errno = 0;
}

void san_reset(void) {
        Mapping *m;
        Policy *p;

        while ((m = TAILQ_FIRST(&mappings)))
                san_unmap(m);
        LIST_FOREACH(p, &policies, in_san)
                san_policy_reset(p);
}

void san_save(FILE *f) {
        const Mapping *m;
        const Policy *p;

        TAILQ_FOREACH(m, &mappings, in_san)
                fprintf(f, "lun map %016" PRIx64 " %016" PRIx64 " %" PRIu64 " %s %" PRIu64 "\n",
                        m->initiator, m->target, m->lun, m->wwid, m->size_bytes);

        LIST_FOREACH(p, &policies, in_san) {
                fprintf(f, "policy %016" PRIx64 " state \"%s\"\n", p->port_name,
                        vport_state_name(p->state));
                fprintf(f, "policy %016" PRIx64 " delay %u\n", p->port_name, p->delay_ms);
                fprintf(f, "policy %016" PRIx64 " fail-errno %d\n", p->port_name, p->create_errno);
                fprintf(f, "policy %016" PRIx64 " delete-errno %d\n", p->port_name,
                        p->delete_errno);
                fprintf(f, "policy %016" PRIx64 " lun-delay %u\n", p->port_name, p->lun_delay_ms);
        }
}
