/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/vhba.h"
#include "common/cleanup.h"

#include <string.h>

#define GROWTH 64

static Vhba *vhba_free(Vhba *vhba) {
        if (!vhba)
                return NULL;

        definition_done(&vhba->definition);
        unit_done(&vhba->unit);
        vhba_view_done(&vhba->view);
        free(vhba);
        return NULL;
}

/* The index of the first one that is not below wwpn. */
static size_t lower_bound(const VhbaList *list, Wwn wwpn) {
        size_t low = 0, high = list->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (list->items[middle]->wwpn < wwpn)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

Vhba *vhba_list_find(const VhbaList *list, Wwn wwpn) {
        size_t i = lower_bound(list, wwpn);

        return i < list->n && list->items[i]->wwpn == wwpn ? list->items[i] : NULL;
}

static int make_room(VhbaList *list) {
        Vhba **items;

        if (list->n < list->n_allocated)
                return 0;

        items = reallocarray(list->items, list->n_allocated + GROWTH, sizeof *items);
        if (!items)
                return -ENOMEM;
        list->items = items;
        list->n_allocated += GROWTH;
        return 0;
}

int vhba_list_ensure(VhbaList *list, Wwn wwpn, Vhba **ret) {
        size_t i = lower_bound(list, wwpn);
        Vhba *vhba;
        int r;

        if (i < list->n && list->items[i]->wwpn == wwpn) {
                *ret = list->items[i];
                return 0;
        }

        r = make_room(list);
        if (r < 0)
                return r;
        vhba = malloc(sizeof *vhba);
        if (!vhba)
                return -ENOMEM;
        *vhba = (Vhba){ .wwpn = wwpn, .is_dirty = true };
        unit_init(&vhba->unit);

        memmove(&list->items[i + 1], &list->items[i], (list->n - i) * sizeof *list->items);
        list->items[i] = vhba;
        list->n++;
        *ret = vhba;
        return 1;
}

void vhba_list_drop(VhbaList *list, size_t index) {
        vhba_free(list->items[index]);
        list->n--;
        memmove(&list->items[index], &list->items[index + 1],
                (list->n - index) * sizeof *list->items);
}

void vhba_list_done(VhbaList *list) {
        for (size_t i = 0; i < list->n; i++)
                vhba_free(list->items[i]);
        free(list->items);
        *list = (VhbaList){};
}

int vhba_set_definition(Vhba *vhba, const Definition *definition) {
        Definition copy;
        int r;

        if (!definition && !vhba->is_defined)
                return 0;
        if (definition && vhba->is_defined && definition_equal(definition, &vhba->definition))
                return 0;

        if (definition) {
                r = definition_copy(definition, &copy);
                if (r < 0)
                        return r;
        }
        definition_done(&vhba->definition);
        vhba->is_defined = definition;
        if (definition)
                vhba->definition = copy;
        vhba->is_dirty = true;
        return 1;
}

static bool vport_is_same(const FcVport *a, const FcVport *b) {
        return a->port_name == b->port_name && a->node_name == b->node_name &&
               strcmp(a->syspath, b->syspath) == 0 && strcmp(a->parent, b->parent) == 0 &&
               strcmp(a->scsi_host, b->scsi_host) == 0 && strcmp(a->state, b->state) == 0 &&
               strcmp(a->last_state, b->last_state) == 0 &&
               strcmp(a->symbolic_name, b->symbolic_name) == 0;
}

int vhba_set_vport(Vhba *vhba, const FcVport *vport) {
        if (!vport && !vhba->has_vport)
                return 0;
        if (vport && vhba->has_vport && vport_is_same(vport, &vhba->vport))
                return 0;

        vhba->has_vport = vport;
        vhba->vport = vport ? *vport : (FcVport){};
        vhba->is_dirty = true;
        return 1;
}

bool vhba_exists(const Vhba *vhba) {
        return vhba->is_defined || vhba->has_vport;
}

bool vhba_is_up(const Vhba *vhba) {
        return vhba->has_vport || unit_is_running(&vhba->unit);
}
