/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is owed, rule by rule: what a vHBA's definition expects, and what is wrong with a LUN whose
 * paths are there. Compares what it is given, at this moment; remembers nothing.
 */

#include "lunwatch/debt/debt.h"
#include "lunwatch/debt/hbas.h"
#include "lunwatch/debt/vhba.h"
#include "lunwatch/path/index.h"

typedef struct DebtView {
        const Index *index;
        const VhbaList *vhbas;
        const HbaList *hbas;
        /* What multipathd says of a path that looks well: "faulty", or NULL. May be NULL. */
        const char *(*checker)(void *userdata, const Path *path);
        void *userdata;
} DebtView;

/* Everything that this vHBA expects. Returns how many paths it has looked at. */
int debt_rule_vhba(const DebtView *view, const Vhba *vhba, DebtList *list);

/* The LUN that this path leads to, when the path is the first of it: else nothing. As above. */
int debt_rule_lun(const DebtView *view, const Path *path, DebtList *list);
