/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/job/scan-plan.h"

#include "lunwatch/job/client.h"

#include <inttypes.h>
#include <string.h>

#define FIELDS_MAX (1 + ACT_DEVICES_MAX)

static char **free_fields(char **fields) {
        for (char **field = fields; field && *field; field++)
                free(*field);
        free(fields);
        return NULL;
}

DEFINE_CLEANUP(char **, free_fields);

void scan_plan_done(ScanPlan *plan) {
        for (size_t i = 0; i < plan->n_requests; i++)
                (void) free_fields(plan->requests[i]);
        free(plan->requests);
        *plan = (ScanPlan){ 0 };
}

static int add(ScanPlan *plan, const char *const *words, size_t n_words) {
        _cleanup_(free_fieldsp) char **fields = NULL;
        char ***requests;

        fields = calloc(n_words + 1, sizeof *fields);
        if (!fields)
                return -ENOMEM;
        for (size_t i = 0; i < n_words; i++) {
                fields[i] = strdup(words[i]);
                if (!fields[i])
                        return -ENOMEM;
        }
        requests = reallocarray(plan->requests, plan->n_requests + 1, sizeof *requests);
        if (!requests)
                return -ENOMEM;

        plan->requests = requests;
        plan->requests[plan->n_requests++] = TAKE_PTR(fields);
        return 0;
}

int scan_plan_add_reread(ScanPlan *plan, const Path *const *paths, size_t n_paths) {
        const char *words[FIELDS_MAX] = { "reread" };
        HctlString hctls[ACT_DEVICES_MAX];
        size_t n = 0;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < n_paths; i++) {
                if (!path_is_usable(paths[i]))
                        continue;
                words[1 + n] = hctl_format(&paths[i]->key.hctl, hctls[n]);
                if (++n < ACT_DEVICES_MAX)
                        continue;
                r = add(plan, words, 1 + n);
                n = 0;
        }

        return r < 0 || n == 0 ? r : add(plan, words, 1 + n);
}

static int add_scan(ScanPlan *plan, const ScanTarget *target, const char *lun) {
        char host[16], channel[16], number[16];
        const char *const words[] = { "rescan", host, channel, number, lun };

        (void) snprintf(host, sizeof host, "%" PRIu32, target->host);
        (void) snprintf(channel, sizeof channel, "%" PRIu32, target->channel);
        (void) snprintf(number, sizeof number, "%" PRIu32, target->target);
        return add(plan, words, ARRAY_LEN(words));
}

int scan_plan_add_lun(ScanPlan *plan, const ScanTargets *targets, uint64_t lun) {
        char text[24];
        int r = 0;

        (void) snprintf(text, sizeof text, "%" PRIu64, lun);
        for (size_t i = 0; r >= 0 && i < targets->n_targets; i++)
                r = add_scan(plan, targets->targets + i, text);

        return r;
}

int scan_plan_add_targets(ScanPlan *plan, const ScanTargets *targets) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < targets->n_targets; i++)
                r = add_scan(plan, targets->targets + i, "-");

        return r;
}

int scan_plan_add_hosts(ScanPlan *plan, const ScanTargets *targets) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < targets->n_hosts; i++) {
                char host[16];
                const char *const words[] = { "rescan", host, "-", "-", "-" };

                (void) snprintf(host, sizeof host, "%" PRIu32, targets->hosts[i]);
                r = add(plan, words, ARRAY_LEN(words));
        }

        return r;
}

const char *const *scan_plan_next(ScanPlan *plan, size_t *ret_n_fields) {
        const char *const *fields;
        size_t n = 0;

        if (plan->n_sent == plan->n_requests)
                return NULL;
        fields = (const char *const *) plan->requests[plan->n_sent++];
        while (fields[n])
                n++;

        *ret_n_fields = n;
        return fields;
}
