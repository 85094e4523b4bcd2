/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fault.h"

#include <errno.h>
#include <stdlib.h>

static const char *const kind_names[FAULT_KIND_COUNT] = {
        [FAULT_REJECT_FLOGI] = "reject flogi",
        [FAULT_REJECT_FDISC] = "reject fdisc",
        [FAULT_REJECT_LOGIN] = "reject any",
        [FAULT_MUTE] = "mute",
        [FAULT_FREEZE] = "freeze",
        [FAULT_MUTE_ADVERTISEMENTS] = "mute advertisements",
        [FAULT_SLOW] = "slow",
        [FAULT_DROP] = "drop",
};

const char *fault_kind_name(FaultKind kind) {
        return kind_names[kind];
}

void fault_list_init(FaultList *list) {
        TAILQ_INIT(&list->faults);
        list->last_number = 0;
}

static void fault_drop(FaultList *list, Fault *fault) {
        TAILQ_REMOVE(&list->faults, fault, entry);
        free(fault);
}

void fault_list_done(FaultList *list) {
        Fault *fault;

        while ((fault = TAILQ_FIRST(&list->faults)))
                fault_drop(list, fault);
}

int fault_list_add(FaultList *list, const Fault *fault, unsigned *ret_number) {
        Fault *copy = malloc(sizeof *copy);

        if (!copy)
                return -ENOMEM;
        *copy = *fault;
        copy->number = ++list->last_number;
        TAILQ_INSERT_TAIL(&list->faults, copy, entry);
        *ret_number = copy->number;
        return 0;
}

int fault_list_clear(FaultList *list, unsigned number) {
        Fault *fault;

        TAILQ_FOREACH(fault, &list->faults, entry)
                if (fault->number == number) {
                        fault_drop(list, fault);
                        return 0;
                }
        return -ENOENT;
}

void fault_list_forget_link(FaultList *list, const Link *link) {
        Fault *fault, *next;

        for (fault = TAILQ_FIRST(&list->faults); fault; fault = next) {
                next = TAILQ_NEXT(fault, entry);
                if (fault->link == link)
                        fault_drop(list, fault);
        }
}

static bool fault_applies(const Fault *fault, FaultScope scope) {
        if (fault->port_name != 0)
                return fault->port_name == scope.port_name;
        if (fault->link)
                return fault->link == scope.link;
        return true;
}

static void fault_count_hit(FaultList *list, Fault *fault) {
        fault->hits++;
        if (fault->times > 0 && fault->hits >= fault->times)
                fault_drop(list, fault);
}

bool fault_hits(FaultList *list, FaultKind kind, FaultScope scope) {
        Fault *fault;

        TAILQ_FOREACH(fault, &list->faults, entry) {
                if (fault->kind != kind || !fault_applies(fault, scope))
                        continue;
                fault->seen++;
                if (fault->one_in > 1 && fault->seen % fault->one_in != 0)
                        continue;
                fault_count_hit(list, fault);
                return true;
        }
        return false;
}

bool fault_rejects(FaultList *list, bool is_fdisc, FaultScope scope, uint8_t *ret_reason,
                   uint8_t *ret_explanation) {
        FaultKind kind = is_fdisc ? FAULT_REJECT_FDISC : FAULT_REJECT_FLOGI;
        Fault *fault;

        TAILQ_FOREACH(fault, &list->faults, entry) {
                if (fault->kind != kind && fault->kind != FAULT_REJECT_LOGIN)
                        continue;
                if (!fault_applies(fault, scope))
                        continue;
                *ret_reason = fault->reason;
                *ret_explanation = fault->explanation;
                fault->seen++;
                fault_count_hit(list, fault);
                return true;
        }
        return false;
}

unsigned fault_delay_msec(FaultList *list, FaultScope scope) {
        unsigned delay_msec = 0;
        Fault *fault;

        TAILQ_FOREACH(fault, &list->faults, entry) {
                if (fault->kind != FAULT_SLOW || !fault_applies(fault, scope))
                        continue;
                fault->seen++;
                fault->hits++;
                if (fault->delay_msec > delay_msec)
                        delay_msec = fault->delay_msec;
        }
        return delay_msec;
}
