/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * multipathd_reply_parse(), what multipathd says of its maps: every text of it ends, and is within
 * what a map has room for.
 */

#include "common/cleanup.h"
#include "lunwatch/map/multipathd-json.h"
#include "tests/fuzz/fuzz.h"

static void check_text(const char *text, size_t room) {
        assert(memchr(text, '\0', room));
}

static void check_map(const MultipathdMap *map) {
        check_text(map->device, sizeof map->device);
        assert(map->n_members <= MULTIPATHD_PATHS_MAX);
        for (size_t i = 0; i < map->n_members; i++) {
                const MapMember *member = map->members + i;

                check_text(member->device, sizeof member->device);
                check_text(member->state, sizeof member->state);
                check_text(member->checker, sizeof member->checker);
                check_text(member->group_state, sizeof member->group_state);
                check_text(member->policy, sizeof member->policy);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        MultipathdReply reply = { 0 };
        size_t n_members = 0;
        int r;

        r = multipathd_reply_parse((const char *) data, size, &reply);
        assert(r == 0 || r == -EBADMSG);
        assert(r == 0 || reply.n_maps == 0);
        assert(reply.n_maps <= MULTIPATHD_MAPS_MAX);
        for (size_t i = 0; i < reply.n_maps; i++) {
                check_map(reply.maps + i);
                n_members += reply.maps[i].n_members;
        }
        multipathd_reply_done(&reply);

        fuzz_planted_fault(data, size, r == 0 && n_members == 3);
        return 0;
}
