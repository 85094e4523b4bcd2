/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/vhba-view.h"
#include "common/cleanup.h"
#include "vhbad/vhba.h"

#include <assert.h>
#include <string.h>

typedef enum FieldKind {
        FIELD_TEXT,
        FIELD_LIST,
        FIELD_BOOLEAN,
        FIELD_USEC,
} FieldKind;

static const struct Field {
        const char *name;
        FieldKind kind;
        size_t offset;
} fields[] = {
        { "Autostart", FIELD_BOOLEAN, offsetof(VhbaView, autostart) },
        { "Cause", FIELD_TEXT, offsetof(VhbaView, cause) },
        { "Defined", FIELD_BOOLEAN, offsetof(VhbaView, is_defined) },
        { "DefinitionFile", FIELD_TEXT, offsetof(VhbaView, definition_file) },
        { "Expect", FIELD_LIST, offsetof(VhbaView, expect) },
        { "Hba", FIELD_TEXT, offsetof(VhbaView, hba) },
        { "KernelLastState", FIELD_TEXT, offsetof(VhbaView, kernel_last_state) },
        { "KernelState", FIELD_TEXT, offsetof(VhbaView, kernel_state) },
        { "Message", FIELD_TEXT, offsetof(VhbaView, message) },
        { "PairState", FIELD_TEXT, offsetof(VhbaView, pair_state) },
        { "Parent", FIELD_TEXT, offsetof(VhbaView, parent) },
        { "Peer", FIELD_TEXT, offsetof(VhbaView, peer) },
        { "Role", FIELD_TEXT, offsetof(VhbaView, role) },
        { "ScsiHost", FIELD_TEXT, offsetof(VhbaView, scsi_host) },
        { "SymbolicName", FIELD_TEXT, offsetof(VhbaView, symbolic_name) },
        { "TimeoutUSec", FIELD_USEC, offsetof(VhbaView, timeout_usec) },
        { "UnitState", FIELD_TEXT, offsetof(VhbaView, unit_state) },
        { "UnitSubState", FIELD_TEXT, offsetof(VhbaView, unit_sub_state) },
        { "Wwnn", FIELD_TEXT, offsetof(VhbaView, wwnn) },
};

static const void *field_of(const VhbaView *view, const struct Field *field) {
        return (const char *) view + field->offset;
}

static bool lists_are_equal(char *const *a, char *const *b) {
        size_t i = 0;

        if (!a || !b)
                return a == b;
        for (; a[i] && b[i]; i++)
                if (strcmp(a[i], b[i]) != 0)
                        return false;
        return !a[i] && !b[i];
}

static bool field_is_equal(const VhbaView *a, const VhbaView *b, const struct Field *field) {
        const void *x = field_of(a, field), *y = field_of(b, field);
        const char *s, *t;

        switch (field->kind) {
        case FIELD_TEXT:
                s = *(const char *const *) x;
                t = *(const char *const *) y;
                return s && t ? strcmp(s, t) == 0 : s == t;
        case FIELD_LIST:
                return lists_are_equal(*(char *const *const *) x, *(char *const *const *) y);
        case FIELD_BOOLEAN:
                return *(const int *) x == *(const int *) y;
        case FIELD_USEC:
                return *(const uint64_t *) x == *(const uint64_t *) y;
        }
        return false;
}

size_t vhba_view_compare(const VhbaView *a, const VhbaView *b, char *ret[VHBA_PROPERTIES_MAX]) {
        size_t n = 0;

        static_assert(ARRAY_LEN(fields) < VHBA_PROPERTIES_MAX, "room for all and the NULL");
        for (size_t i = 0; i < ARRAY_LEN(fields); i++)
                if (!field_is_equal(a, b, &fields[i]))
                        ret[n++] = (char *) fields[i].name;
        ret[n] = NULL;
        return n;
}

static char **free_list(char **list) {
        for (size_t i = 0; list && list[i]; i++)
                free(list[i]);
        free(list);
        return NULL;
}

void vhba_view_done(VhbaView *view) {
        for (size_t i = 0; i < ARRAY_LEN(fields); i++)
                if (fields[i].kind == FIELD_TEXT)
                        free(*(char **) field_of(view, &fields[i]));
        free_list(view->expect);
        free(view->wwpn);
        free(view->unit);
        *view = (VhbaView){};
}

static int set(char **field, const char *text) {
        *field = strdup(text);
        return *field ? 0 : -ENOMEM;
}

static int set_wwn(char **field, Wwn wwn) {
        return set(field, wwn ? WWN_STR(wwn) : "");
}

static int build_expect(const Definition *definition, VhbaView *view) {
        int r = 0;

        view->expect = calloc(definition->n_expect + 1, sizeof *view->expect);
        if (!view->expect)
                return -ENOMEM;
        for (size_t i = 0; r >= 0 && i < definition->n_expect; i++)
                r = expect_format(&definition->expect[i], &view->expect[i]);
        return r;
}

/* definition is all zeroes when there is none, and reads as "nothing said". */
static int build_definition(const Vhba *vhba, const VhbaSurroundings *around, VhbaView *view) {
        const Definition *definition = &vhba->definition;
        int r;

        view->is_defined = vhba->is_defined;
        view->timeout_usec = definition->timeout_usec;

        r = set_wwn(&view->peer, definition->peer);
        if (r < 0)
                return r;
        r = set(&view->role, role_to_string(definition->role));
        if (r < 0)
                return r;
        r = set(&view->pair_state, around->pair_state);
        if (r < 0)
                return r;
        r = build_expect(definition, view);
        if (r < 0)
                return r;
        if (!vhba->is_defined) {
                r = set(&view->definition_file, "");
                return r < 0 ? r : set(&view->parent, "");
        }

        if (asprintf(&view->definition_file, "%s/%s.conf", around->directory, view->wwpn) < 0) {
                view->definition_file = NULL;
                return -ENOMEM;
        }
        return parent_format(&definition->parent, &view->parent);
}

/* Whether the definition or the kernel has the say: what is meant to be, as long as it is known. */
static int build_names(const Vhba *vhba, VhbaView *view) {
        bool defined = vhba->is_defined;
        int r;

        r = set_wwn(&view->wwnn, defined ? vhba->definition.wwnn : vhba->vport.node_name);
        if (r < 0)
                return r;
        return set(&view->symbolic_name,
                   defined ? vhba->definition.symbolic_name : vhba->vport.symbolic_name);
}

static int build_vport(const Vhba *vhba, const VhbaSurroundings *around, VhbaView *view) {
        int r;

        r = set(&view->hba, around->hba);
        if (r < 0)
                return r;
        r = set(&view->kernel_state, vhba->vport.state);
        if (r < 0)
                return r;
        r = set(&view->kernel_last_state, vhba->vport.last_state);
        if (r < 0)
                return r;
        return set(&view->scsi_host, vhba->vport.scsi_host);
}

static int build_unit(const Vhba *vhba, VhbaView *view) {
        UnitName name;
        int r;

        view->autostart = unit_is_enabled(&vhba->unit);
        r = set(&view->unit, unit_name(vhba->wwpn, name));
        if (r < 0)
                return r;
        r = set(&view->unit_state, vhba->unit.active_state);
        if (r < 0)
                return r;
        r = set(&view->unit_sub_state, vhba->unit.sub_state);
        if (r < 0)
                return r;
        r = set(&view->cause, cause_to_string(unit_cause(&vhba->unit)));
        if (r < 0)
                return r;
        return unit_message(&vhba->unit, &view->message);
}

int vhba_view_build(const Vhba *vhba, const VhbaSurroundings *around, VhbaView *ret) {
        _cleanup_(vhba_view_donep) VhbaView view = {};
        int r;

        r = set(&view.wwpn, WWN_STR(vhba->wwpn));
        if (r < 0)
                return r;
        r = build_definition(vhba, around, &view);
        if (r < 0)
                return r;
        r = build_names(vhba, &view);
        if (r < 0)
                return r;
        r = build_vport(vhba, around, &view);
        if (r < 0)
                return r;
        r = build_unit(vhba, &view);
        if (r < 0)
                return r;

        *ret = view;
        view = (VhbaView){};
        return 0;
}
