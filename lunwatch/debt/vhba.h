/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The vHBAs of the host as far as path debt needs them: which are up, and what their definitions
 * expect. Knows neither vhbad nor paths.
 */

#include "common/cleanup.h"
#include "common/wwn.h"

#include <stddef.h>

/* One LUN that must be there. */
typedef struct Expectation {
        uint64_t lun;
        uint32_t n_paths;
        char *wwid; /* "" when any will do */
} Expectation;

#define EXPECTATION_WWID_MAX 255

/* "NUMBER [wwid:WWID] [paths:COUNT]", as after Lun= in npivot.vhba(5). -EINVAL, -ENOMEM. */
int expectation_parse(const char *s, Expectation *ret);

typedef struct Vhba {
        Wwn wwpn;
        bool has_unit;             /* its unit is active */
        bool has_vport;            /* its vport is */
        Expectation *expectations; /* sorted by LUN */
        size_t n_expectations;
} Vhba;

bool vhba_is_up(const Vhba *vhba);

/* Takes the array over. */
void vhba_set_expectations(Vhba *vhba, Expectation *expectations, size_t n);

/* The position of the first expectation for this LUN; n_expectations when there is none. */
size_t vhba_find_expectation(const Vhba *vhba, uint64_t lun);

/* Sorted by WWPN. Zero-initialised, freed by vhbas_done(). */
typedef struct VhbaList {
        Vhba *items;
        size_t n_items, n_allocated;
} VhbaList;

void vhbas_done(VhbaList *list);
Vhba *vhbas_find(const VhbaList *list, Wwn wwpn);

/* Finds it, or adds it. */
int vhbas_put(VhbaList *list, Wwn wwpn, Vhba **ret);
void vhbas_drop(VhbaList *list, Wwn wwpn);

void expectations_free(Expectation *expectations, size_t n);
