/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "commands.h"
#include "fc.h"

#include <string.h>

#define DELAY_MSEC_MAX 60000
#define ONE_IN_MAX 1000000

/* Reads a scope from word *i on and moves *i behind it. */
static int fault_read_scope(Request *request, size_t *i, Fault *fault) {
        Link *link;
        int r;

        if (*i >= request->n_words)
                return command_fail(request, -EINVAL,
                                    "For what? Give a WWPN, \"link LINK\" or \"all\".");
        if (strcmp(request->words[*i], "all") == 0) {
                (*i)++;
                return 0;
        }
        if (strcmp(request->words[*i], "link") == 0 && *i + 1 < request->n_words) {
                r = command_word_link(request, *i + 1, &link);
                if (r < 0)
                        return r;
                fault->link = link;
                *i += 2;
                return 0;
        }
        return command_word_wwn(request, (*i)++, &fault->port_name);
}

static int fault_read_number(Request *request, size_t *i, uint64_t max, unsigned *ret) {
        uint64_t number;
        int r;

        if (*i >= request->n_words)
                return command_fail(request, -EINVAL, "\"fault %s\" needs a number.",
                                    request->words[1]);
        r = command_word_number(request, (*i)++, 1, max, &number);
        if (r < 0)
                return r;
        *ret = (unsigned) number;
        return 0;
}

static bool fault_has_number(const Request *request, size_t i) {
        return i < request->n_words && strcmp(request->words[i], "times") != 0;
}

static int fault_read_reject(Request *request, size_t *i, Fault *fault) {
        const char *what = *i < request->n_words ? request->words[*i] : "";
        uint64_t number;
        int r;

        if (strcmp(what, "flogi") == 0)
                fault->kind = FAULT_REJECT_FLOGI;
        else if (strcmp(what, "fdisc") == 0)
                fault->kind = FAULT_REJECT_FDISC;
        else if (strcmp(what, "any") == 0)
                fault->kind = FAULT_REJECT_LOGIN;
        else
                return command_fail(request, -EINVAL, "Reject what? flogi, fdisc or any.");
        (*i)++;
        r = fault_read_scope(request, i, fault);
        if (r < 0)
                return r;

        fault->reason = REASON_UNABLE;
        fault->explanation = EXPLANATION_NO_RESOURCES;
        if (fault_has_number(request, *i)) {
                r = command_word_number(request, (*i)++, 0, UINT8_MAX, &number);
                if (r < 0)
                        return r;
                fault->reason = (uint8_t) number;
                fault->explanation = EXPLANATION_NONE;
        }
        if (fault_has_number(request, *i)) {
                r = command_word_number(request, (*i)++, 0, UINT8_MAX, &number);
                if (r < 0)
                        return r;
                fault->explanation = (uint8_t) number;
        }
        return 0;
}

static int fault_read_mute(Request *request, size_t *i, Fault *fault) {
        fault->kind = FAULT_MUTE;
        if (*i < request->n_words && strcmp(request->words[*i], "advertisements") == 0) {
                fault->kind = FAULT_MUTE_ADVERTISEMENTS;
                (*i)++;
                if (!fault_has_number(request, *i))
                        return 0; /* of all links */
        }
        return fault_read_scope(request, i, fault);
}

static int fault_read(Request *request, size_t *i, Fault *fault) {
        const char *kind = request->words[(*i)++];
        int r;

        if (strcmp(kind, "reject") == 0)
                return fault_read_reject(request, i, fault);
        if (strcmp(kind, "mute") == 0)
                return fault_read_mute(request, i, fault);
        if (strcmp(kind, "freeze") == 0) {
                fault->kind = FAULT_FREEZE;
                return fault_read_scope(request, i, fault);
        }
        if (strcmp(kind, "slow") == 0) {
                fault->kind = FAULT_SLOW;
                r = fault_read_number(request, i, DELAY_MSEC_MAX, &fault->delay_msec);
                return r < 0 ? r : fault_read_scope(request, i, fault);
        }
        if (strcmp(kind, "drop") == 0) {
                fault->kind = FAULT_DROP;
                r = fault_read_number(request, i, ONE_IN_MAX, &fault->one_in);
                return r < 0 ? r : fault_read_scope(request, i, fault);
        }
        return command_fail(request, -EINVAL,
                            "No fault \"%s\": reject, mute, freeze, slow, drop or clear.", kind);
}

static int fault_clear(Request *request) {
        uint64_t number;
        int r;

        if (request->n_words == 2) {
                fault_list_done(&request->fabric->faults);
                return command_done(request);
        }
        r = command_word_number(request, 2, 1, UINT32_MAX, &number);
        if (r < 0)
                return r;
        r = fault_list_clear(&request->fabric->faults, (unsigned) number);
        if (r < 0)
                return command_fail(request, r, "No fault %llu: see \"faults\".",
                                    (unsigned long long) number);
        return command_done(request);
}

int command_fault(Request *request) {
        Fault fault = { 0 };
        unsigned number;
        size_t i = 1;
        int r;

        if (strcmp(request->words[1], "clear") == 0)
                return fault_clear(request);
        r = fault_read(request, &i, &fault);
        if (r < 0)
                return r;
        if (i < request->n_words && strcmp(request->words[i], "times") == 0) {
                i++;
                r = fault_read_number(request, &i, ONE_IN_MAX, &fault.times);
                if (r < 0)
                        return r;
        }
        if (i < request->n_words)
                return command_fail(request, -EINVAL, "What is \"%s\" for?", request->words[i]);

        r = fault_list_add(&request->fabric->faults, &fault, &number);
        if (r < 0)
                return r;
        fprintf(request->out, request->json ? "{\"fault\":%u}\n" : "%u\n", number);
        return 0;
}
