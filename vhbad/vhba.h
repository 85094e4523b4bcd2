/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A vHBA as vhbad knows it: the definition, the kernel's vport and the unit, each as last read, and
 * the list of all of them. A cache: the truth is in the files, in sysfs and in PID 1 (manager.h
 * reads them), and what clients see of it is vhba-view.h.
 */

#include "vhbad/definition.h"
#include "vhbad/fc.h"
#include "vhbad/unit.h"
#include "vhbad/vhba-view.h"

struct Vhba {
        struct Manager *manager; /* for the bus, which hands out nothing but the vHBA */
        Wwn wwpn;
        bool is_defined;
        Definition definition; /* when is_defined */
        bool has_vport;
        FcVport vport; /* when has_vport */
        Unit unit;
        Wwn claimed_by; /* a vHBA that names this one as its peer without being named by it */
        VhbaView view;  /* as published */
        bool is_announced;
        bool is_dirty; /* the view may be older than the rest */
        bool is_seen;  /* while vports are read */
};

/* In ascending order of WWPN. */
typedef struct VhbaList {
        Vhba **items;
        size_t n, n_allocated;
} VhbaList;

Vhba *vhba_list_find(const VhbaList *list, Wwn wwpn);
/* The one that is there, or a new one: neither defined nor with a vport yet. */
int vhba_list_ensure(VhbaList *list, Wwn wwpn, Vhba **ret);
void vhba_list_drop(VhbaList *list, size_t index);
void vhba_list_done(VhbaList *list);

/* Takes a copy, or with NULL takes the definition away. > 0 when that changed something. */
int vhba_set_definition(Vhba *vhba, const Definition *definition);
int vhba_set_vport(Vhba *vhba, const FcVport *vport);

/* A definition or a vport is what makes a vHBA; without either it is over. */
bool vhba_exists(const Vhba *vhba);

/* Its unit would have something to stop. */
bool vhba_is_up(const Vhba *vhba);
