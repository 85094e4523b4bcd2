/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/verify/suspects.h"

#include "common/cleanup.h"

#include <string.h>

#define DELAY_FIRST_USEC 50000
#define GAP_PART 5
#define DELAY_PART 4 /* of the settle time: the longest between two looks */

int suspects_init(Suspects *suspects, uint64_t settle_usec, uint64_t seed) {
        Suspect *items = calloc(SUSPECTS_MAX, sizeof *items);

        if (!items)
                return -ENOMEM;
        *suspects = (Suspects){
                .items = items,
                .settle_usec = settle_usec,
                .next_usec = UINT64_MAX,
                .seed = seed | 1,
        };
        return 0;
}

void suspects_done(Suspects *suspects) {
        free(suspects->items);
        *suspects = (Suspects){ 0 };
}

static bool same(const Digest *a, const Digest *b) {
        return memcmp(a, b, sizeof *a) == 0;
}

/* xorshift: from three quarters to five quarters of it. */
static uint64_t uneven(Suspects *suspects, uint64_t usec) {
        suspects->seed ^= suspects->seed << 13;
        suspects->seed ^= suspects->seed >> 7;
        suspects->seed ^= suspects->seed << 17;

        return usec * 3 / 4 + suspects->seed % (usec / 2 + 1);
}

static void set_next(Suspects *suspects, Suspect *suspect, uint64_t now_usec) {
        uint64_t longest = suspects->settle_usec / DELAY_PART;

        suspect->is_looked_at = false;
        suspect->next_usec = now_usec + uneven(suspects, suspect->delay_usec);
        suspect->delay_usec =
                suspect->delay_usec * 2 < longest ? suspect->delay_usec * 2 : (uint32_t) longest;
        if (suspect->next_usec < suspects->next_usec)
                suspects->next_usec = suspect->next_usec;
}

int suspects_add(Suspects *suspects, uint64_t block, uint64_t now_usec) {
        Suspect *suspect = suspects->items + suspects->n;

        if (suspects->n == SUSPECTS_MAX)
                return -ENOBUFS;
        *suspect = (Suspect){
                .block = block,
                .born_usec = now_usec,
                .delay_usec = DELAY_FIRST_USEC,
        };
        set_next(suspects, suspect, now_usec);
        suspects->n++;
        return 0;
}

const Suspect *suspects_due(Suspects *suspects, uint64_t now_usec) {
        uint64_t next = UINT64_MAX;

        if (now_usec < suspects->next_usec)
                return NULL;
        for (size_t i = 0; i < suspects->n; i++) {
                Suspect *suspect = suspects->items + i;

                if (suspect->is_looked_at)
                        continue;
                if (suspect->next_usec <= now_usec) {
                        suspect->is_looked_at = true;
                        return suspect;
                }
                if (suspect->next_usec < next)
                        next = suspect->next_usec;
        }

        suspects->next_usec = next;
        return NULL;
}

/* One that comes in the middle of a look may be older or younger than what is read: it does not
 * count. */
void suspects_tell(Suspects *suspects, uint64_t now_usec) {
        uint64_t gap = suspects->settle_usec / GAP_PART;

        for (size_t i = 0; i < suspects->n; i++) {
                Suspect *suspect = suspects->items + i;

                if (suspect->n_looks == 0 || suspect->is_looked_at ||
                    now_usec < suspect->told_usec + gap)
                        continue;
                suspect->n_tells++;
                suspect->told_usec = now_usec;
        }
}

static bool is_proven(const Suspects *suspects, const Suspect *suspect, const Look *look) {
        return suspect->n_looks >= SUSPECT_LOOKS_MIN && suspect->n_tells >= SUSPECT_TELLS_MIN &&
               look->first_usec - suspect->since_usec >= suspects->settle_usec;
}

static Verdict judge(const Suspects *suspects, Suspect *suspect, const Look *look,
                     uint64_t now_usec) {
        bool is_old = now_usec - suspect->born_usec >= SUSPECT_PATIENCE * suspects->settle_usec;

        if (same(&look->target, &look->before) || same(&look->target, &look->after))
                return VERDICT_SETTLED;
        if (!same(&look->before, &look->after)) {
                suspect->n_looks = 0;
                return is_old ? VERDICT_HOT : VERDICT_OPEN;
        }
        if (suspect->n_looks == 0 || !same(&look->before, &suspect->source) ||
            !same(&look->target, &suspect->target)) {
                suspect->source = look->before;
                suspect->target = look->target;
                suspect->since_usec = suspect->told_usec = look->first_usec;
                suspect->n_looks = 1;
                suspect->n_tells = 0;
                return is_old ? VERDICT_HOT : VERDICT_OPEN;
        }

        suspect->n_looks++;
        if (is_proven(suspects, suspect, look))
                return VERDICT_DIFFERENT;
        if (!is_old)
                return VERDICT_OPEN;

        return now_usec - suspect->since_usec >= suspects->settle_usec ? VERDICT_UNTOLD
                                                                       : VERDICT_HOT;
}

Verdict suspects_judge(Suspects *suspects, const Look *look, uint64_t now_usec) {
        Suspect *suspect = NULL;
        Verdict verdict;

        for (size_t i = 0; !suspect && i < suspects->n; i++)
                if (suspects->items[i].block == look->block)
                        suspect = suspects->items + i;
        if (!suspect)
                return VERDICT_SETTLED;

        verdict = judge(suspects, suspect, look, now_usec);
        if (verdict == VERDICT_OPEN)
                set_next(suspects, suspect, now_usec);
        else
                *suspect = suspects->items[--suspects->n];

        return verdict;
}
