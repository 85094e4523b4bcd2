/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which LUN is meant? From an initiator and what is said of a LUN to its paths, or to the words
 * that tell why not. Looks at the index and at what is not complete yet. A LUN here is a disk:
 * controllers and enclosures, which many arrays show under a number of their own, are passed over.
 */

#include "lunwatch/path/held.h"
#include "lunwatch/path/index.h"

typedef enum LunSpecKind {
        LUN_ANY, /* the only one */
        LUN_NUMBER,
        LUN_WWID,
} LunSpecKind;

typedef struct LunSpec {
        LunSpecKind kind;
        uint64_t number;
        const char *wwid; /* points into what was parsed */
} LunSpec;

/* "", "0", "wwid:6001…", "naa.6001…", "eui.…", "t10.…"; -EINVAL for anything else. */
int lun_spec_parse(const char *s, LunSpec *ret);

typedef struct Lookup {
        const Path **paths; /* in the order of the index; valid until it changes */
        size_t n_paths;
        const Path *best; /* usable if one of them is, and with a by-vhba link if one has it */
        char *refusal;    /* why not, in words */
        const Path *quarantined; /* with -EKEYREJECTED: the path that is */
} Lookup;

void lookup_done(Lookup *lookup);

/*
 * held may be NULL. node 0: not given. -ENXIO: no LUN is known behind the initiator; there are no
 * words, since only the caller can tell whether the port is there. -ENOENT: no such LUN; -ENOTUNIQ:
 * more than one; -EADDRNOTAVAIL: the node name is another one; -EBUSY: a device that may be the
 * LUN, or another one, is still being set up; -EKEYREJECTED: a path is quarantined; refusal says
 * what is there.
 */
int lookup_find(const Index *index, const HeldList *held, const Port *initiator, Wwn node,
                const LunSpec *spec, Lookup *ret);
