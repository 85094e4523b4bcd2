/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/debt/rules.h"
#include "lunwatch/path/wwid.h"

#include <inttypes.h>

#define WORDS_MAX 640

/* What there is of one expectation. */
typedef struct Found {
        unsigned n_paths, n_usable;
        const Path *other; /* with another WWID */
} Found;

static void count(const Vhba *vhba, const Path *path, Found *found) {
        uint64_t lun = path->key.hctl.lun;

        for (size_t i = vhba_find_expectation(vhba, lun);
             i < vhba->n_expectations && vhba->expectations[i].lun == lun; i++) {
                const char *wwid = vhba->expectations[i].wwid;

                if (*wwid && *path_wwid(path) && !wwid_equals(wwid, path_wwid(path))) {
                        found[i].other = path;
                        continue;
                }
                found[i].n_paths++;
                found[i].n_usable += path_is_usable(path) && path->quarantine == QUARANTINE_NONE;
        }
}

static DebtKind find_kind(const Expectation *expectation, const Found *found) {
        if (found->other)
                return DEBT_OTHER_WWID;
        if (found->n_paths == 0)
                return DEBT_MISSING;

        return found->n_usable < expectation->n_paths ? DEBT_PATHS : _DEBT_KIND_MAX;
}

static void tell(DebtKind kind, const char *wwpn, const Expectation *expectation,
                 const Found *found, char words[static WORDS_MAX]) {
        const char *wwid = *expectation->wwid ? expectation->wwid : "any WWID";
        HctlString hctl;

        if (kind == DEBT_OTHER_WWID)
                (void) snprintf(words, WORDS_MAX,
                                "LUN %" PRIu64 " behind %s (%s) is %s and should be %s. Check what "
                                "the storage maps to this number, or correct wwid: in [Expect].",
                                expectation->lun, wwpn, hctl_format(&found->other->key.hctl, hctl),
                                path_wwid(found->other), wwid);
        else if (kind == DEBT_MISSING)
                (void) snprintf(words, WORDS_MAX,
                                "LUN %" PRIu64 " (%s) is not there behind %s. Check the zoning and "
                                "the masking at the storage (npivot vhba worksheet %s), then run "
                                "npivot lun rescan %s.",
                                expectation->lun, wwid, wwpn, wwpn, wwpn);
        else
                (void) snprintf(words, WORDS_MAX,
                                "LUN %" PRIu64 " (%s) behind %s works over %u of %" PRIu32
                                " paths. Check the storage ports that are missing or down: npivot "
                                "lun list --initiator=%s.",
                                expectation->lun, wwid, wwpn, found->n_usable, expectation->n_paths,
                                wwpn);
}

static int judge(const char *wwpn, const Expectation *expectation, const Found *found,
                 DebtList *list) {
        DebtKind kind = find_kind(expectation, found);
        char words[WORDS_MAX], lun[24];

        if (kind == _DEBT_KIND_MAX)
                return 0;

        tell(kind, wwpn, expectation, found, words);
        (void) snprintf(lun, sizeof lun, "%" PRIu64, expectation->lun);
        return debt_list_add(list, kind, wwpn, lun, expectation->wwid, words);
}

int debt_rule_vhba(const DebtView *view, const Vhba *vhba, DebtList *list) {
        const Port port = { PATH_FC, vhba->wwpn };
        IndexRange range = index_initiator(view->index, &port);
        _cleanup_free_ Found *found = NULL;

        if (!vhba_is_up(vhba) || vhba->n_expectations == 0)
                return 0;
        found = calloc(vhba->n_expectations, sizeof *found);
        if (!found)
                return -ENOMEM;

        for (size_t i = range.begin; i < range.end; i++)
                count(vhba, view->index->paths[i], found);
        for (size_t i = 0; i < vhba->n_expectations; i++) {
                int r;

                r = judge(WWN_STR(vhba->wwpn), &vhba->expectations[i], &found[i], list);
                if (r < 0)
                        return r;
        }

        return (int) (range.end - range.begin + vhba->n_expectations);
}
