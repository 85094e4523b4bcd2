/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Blocks that were not the same when they were first compared, and what becomes of them. The guest
 * goes on writing and the mirror follows behind, so such a block is a suspect and no more.
 *
 * A look reads the source, then the target, then the source again. If the target's is one of the
 * source's two, the block is *settled*: the target held what the source held at about that moment.
 * What is written later is the mirror's business. Looks are further and further apart, and not at
 * even intervals, so that no guest that writes at some beat of its own can be in step with them.
 *
 * A block is *different* when all of this has held without a break:
 *
 *  - the source's digest was one and the same in every look, before and after the target was read;
 *  - the target's was one and the same as well, and another one. A target that changes is being
 *    written to: the mirror is at work there;
 *  - that was so in SUSPECT_LOOKS_MIN looks or more, the last of which began at least the settle
 * time after the first;
 *  - after the first look, before the last one, and not during one, the mirror was twice told to
 *    have nothing left to copy, each time a gap (a fifth of the settle time) or more
 *    after what came before it.
 *
 * Why this is proof. Let the source's block be X from the first look on. Whoever says that nothing
 * was left has asked QEMU less than a second before, and QEMU's own count is at most a tenth of a
 * second old. The gap, 2 s by default, is longer than both together: at the moment that is spoken
 * of the block had been X already, all that was ever written to it before was copied, and so the
 * target's was X too, unless it was never written as it was sent, or somebody else wrote to it: a
 * corruption. Nothing that is written elsewhere matters, and a mirror that lags, however much, only
 * means that nothing is told and nothing proven.
 *
 * What is not covered: a block that the guest changes and changes back, each time between two reads
 * and every time, while the target is read only in between; and a write that the source's storage
 * holds under way for longer than the settle time. The looks at uneven times make the first a
 * matter of many coincidences in a row.
 *
 * A block for which neither was shown within SUSPECT_PATIENCE settle times is *unsettled*. It is
 * "hot" if the source or the target changed under the looks, as a journal's head may; else it is
 * "untold": it differs and stays so, but the mirror was not said to be up to date, so that nobody
 * can know.
 */

#include "mirrord/verify/block.h"

#include <stdbool.h>

#define SUSPECTS_MAX 16384
#define SUSPECT_LOOKS_MIN 4
#define SUSPECT_TELLS_MIN 2
#define SUSPECT_PATIENCE 6

typedef enum Verdict {
        VERDICT_OPEN, /* to be looked at again */
        VERDICT_SETTLED,
        VERDICT_DIFFERENT,
        VERDICT_HOT,
        VERDICT_UNTOLD,
} Verdict;

typedef struct Suspect {
        uint64_t block;
        uint64_t born_usec, next_usec;
        uint32_t n_looks; /* of which this was so without a break: */
        uint32_t n_tells;
        uint64_t since_usec, told_usec;
        Digest source, target;
        uint32_t delay_usec;
        bool is_looked_at;
} Suspect;

typedef struct Suspects {
        Suspect *items; /* SUSPECTS_MAX */
        size_t n;
        uint64_t settle_usec;
        uint64_t next_usec; /* nothing is due before */
        uint64_t seed;      /* for the uneven intervals */
} Suspects;

/* A look, as it was seen. */
typedef struct Look {
        uint64_t block;
        uint64_t first_usec; /* the first read of the source was done */
        Digest before, target, after;
} Look;

int suspects_init(Suspects *suspects, uint64_t settle_usec, uint64_t seed);
void suspects_done(Suspects *suspects);

/* -ENOBUFS: there are too many. */
int suspects_add(Suspects *suspects, uint64_t block, uint64_t now_usec);

/* One that is to be looked at now, and then is; NULL: none. */
const Suspect *suspects_due(Suspects *suspects, uint64_t now_usec);

/* What the look at one came to; all but an open one are forgotten. */
Verdict suspects_judge(Suspects *suspects, const Look *look, uint64_t now_usec);

/* The mirror had nothing left to copy, a moment ago. */
void suspects_tell(Suspects *suspects, uint64_t now_usec);
