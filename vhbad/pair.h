/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Do the two records of a pair agree (S0.25)? vhbad writes them as one; files written by hand may
 * say anything. Looks at two definitions, in words for a person.
 */

#include "vhbad/definition.h"

typedef struct PairSide {
        const Definition *own;
        const Definition *peer; /* the definition that own->peer names; NULL when there is none */
        bool peer_is_bad;       /* there is one, but it cannot be read */
        Wwn claimed_by;         /* names us without our naming it; 0 for nobody */
} PairSide;

/* "none", "agreed", or how they disagree. */
int pair_describe(const PairSide *side, char **ret);

/* The role of the one when the other has this one. */
Role pair_other_role(Role role);
