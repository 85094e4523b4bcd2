/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * target_store_parse(), the ledger of targets, by which root's files are made and removed: disks
 * that are accepted have names, marks and paths that lead nowhere else.
 */

#include "mirrord/target/target-store.h"
#include "tests/fuzz/fuzz.h"

static void check(const Target *target) {
        assert(target->address && target->n_disks > 0 && target->n_disks <= MIRROR_DISKS_MAX);
        assert(target->phase < _TARGET_PHASE_MAX && target->state < _TARGET_STATE_MAX);
        for (size_t i = 0; i < target->n_disks; i++) {
                const TargetDisk *disk = target->disks + i;

                assert(disk->target == target && disk->stage < _TARGET_STAGE_MAX);
                assert(mirror_name_is_valid(disk->name, MIRROR_NAME_MAX));
                assert(storage_path_is_valid(disk->path) && !strstr(disk->path, "/../"));
                assert(storage_mark_is_valid(disk->token) && !strchr(disk->token, '/'));
                assert(!strchr(disk->place, '/') && !strchr(disk->identity, '/'));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(target_freep) Target *target = target_new();
        char words[TARGET_STORE_WORDS_MAX] = "";
        int r;

        assert(target);
        r = target_store_parse((const char *) data, size, target, words);
        if (r >= 0)
                check(target);
        else
                assert(*words);

        fuzz_planted_fault(data, size, r >= 0 && target->n_disks == 2);
        return 0;
}
