/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/devpath.h"

#include "common/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The longest that can mean anything here: "target" and three numbers, or an H:C:T:L. */
#define COMPONENT_MAX 64

/* Reads digits at *s and moves behind them. One spelling for one number: no sign, no 007. */
static int take_number(const char **s, uint64_t max, uint64_t *ret) {
        const char *p = *s;
        uint64_t number = 0;

        if (*p < '0' || *p > '9' || (*p == '0' && p[1] >= '0' && p[1] <= '9'))
                return -EINVAL;

        for (; *p >= '0' && *p <= '9'; p++) {
                uint64_t digit = (uint64_t) (*p - '0');

                if (number > (max - digit) / 10)
                        return -EINVAL;
                number = number * 10 + digit;
        }

        *s = p;
        *ret = number;
        return 0;
}

/*
 * Reads what a shape says: '#' stands for a 32-bit number, anything else for itself. Moves *s
 * behind the match.
 */
static int take_shape(const char **s, const char *shape, uint32_t *numbers) {
        const char *p = *s;
        uint64_t number;
        int r;

        for (; *shape; shape++) {
                if (*shape != '#') {
                        if (*p++ != *shape)
                                return -EINVAL;
                        continue;
                }
                r = take_number(&p, UINT32_MAX, &number);
                if (r < 0)
                        return r;
                *numbers++ = (uint32_t) number;
        }

        *s = p;
        return 0;
}

static bool has_shape(const char *s, const char *shape, uint32_t *numbers) {
        return take_shape(&s, shape, numbers) >= 0 && *s == '\0';
}

int hctl_parse(const char *s, Hctl *ret) {
        uint32_t numbers[3];
        uint64_t lun;
        int r;

        r = take_shape(&s, "#:#:#:", numbers);
        if (r < 0)
                return r;
        r = take_number(&s, UINT64_MAX, &lun);
        if (r < 0)
                return r;
        if (*s)
                return -EINVAL;

        *ret = (Hctl){ numbers[0], numbers[1], numbers[2], lun };
        return 0;
}

/* Writes the digits and returns the end. Not printf: this is done for every path of every list. */
static char *put_number(char *p, uint64_t number) {
        char digits[20];
        size_t n = 0;

        do {
                digits[n++] = (char) ('0' + number % 10);
                number /= 10;
        } while (number > 0);
        while (n > 0)
                *p++ = digits[--n];

        return p;
}

const char *hctl_format(const Hctl *hctl, HctlString ret) {
        const uint64_t numbers[] = { hctl->host, hctl->channel, hctl->target, hctl->lun };
        char *p = ret;

        for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
                if (i > 0)
                        *p++ = ':';
                p = put_number(p, numbers[i]);
        }
        *p = '\0';
        return ret;
}

const char *path_transport_text(PathTransport transport) {
        return transport == PATH_ISCSI ? "iscsi" : "fc";
}

bool hctl_equals(const Hctl *a, const Hctl *b) {
        return a->host == b->host && a->channel == b->channel && a->target == b->target &&
               a->lun == b->lun;
}

int rport_parse(const char *s, RportId *ret) {
        uint32_t numbers[3];

        if (!has_shape(s, "rport-#:#-#", numbers))
                return -EINVAL;

        *ret = (RportId){ numbers[0], numbers[1], numbers[2] };
        return 0;
}

int session_parse(const char *s, uint32_t *ret) {
        uint32_t number;

        if (!has_shape(s, "session#", &number))
                return -EINVAL;

        *ret = number;
        return 0;
}

const char *rport_format(const RportId *rport, RportString ret) {
        (void) snprintf(ret, RPORT_STRING_MAX, "rport-%" PRIu32 ":%" PRIu32 "-%" PRIu32,
                        rport->host, rport->channel, rport->number);
        return ret;
}

/* What has been passed on the way down to the device. */
typedef struct Descent {
        bool at_vport, at_target; /* the component before was one */
        bool has_host, has_rport; /* or a session */
        uint32_t host;
        Hctl target; /* without its LUN */
        DevPath found;
} Descent;

static void enter_host(Descent *d, uint32_t host, bool below_vport) {
        /* Of a vport: the host before it is the HBA's. */
        d->found.hba_host = below_vport && d->has_host ? d->host : host;
        d->found.is_vhba = below_vport;
        d->has_host = true;
        d->has_rport = false;
        d->host = host;
}

/* 1 when the device itself was reached. */
static int descend(Descent *d, const char *component) {
        bool was_vport = d->at_vport, was_target = d->at_target;
        uint32_t numbers[3];
        RportId rport;
        Hctl hctl;

        d->at_vport = has_shape(component, "vport-#:#-#", numbers);
        d->at_target = false;

        if (has_shape(component, "host#", numbers)) {
                enter_host(d, numbers[0], was_vport);
        } else if (rport_parse(component, &rport) >= 0) {
                d->has_rport = d->has_host && rport.host == d->host;
                d->found.rport = rport;
                d->found.transport = PATH_FC;
        } else if (session_parse(component, &rport.number) >= 0) {
                d->has_rport = d->has_host;
                d->found.rport = (RportId){ d->host, 0, rport.number };
                d->found.transport = PATH_ISCSI;
        } else if (has_shape(component, "target#:#:#", numbers)) {
                d->at_target = d->has_rport && numbers[0] == d->host;
                d->target = (Hctl){ numbers[0], numbers[1], numbers[2], 0 };
        } else if (was_target && hctl_parse(component, &hctl) >= 0) {
                d->target.lun = hctl.lun;
                d->found.hctl = hctl;
                return hctl_equals(&d->target, &hctl);
        }

        return 0;
}

int devpath_parse(const char *s, DevPath *ret) {
        Descent descent = { 0 };

        while (*s) {
                char component[COMPONENT_MAX] = "";
                size_t length = strcspn(s, "/");

                if (length < sizeof component)
                        memcpy(component, s, length);
                if (descend(&descent, component) > 0) {
                        *ret = descent.found;
                        return 0;
                }
                s += length;
                s += strspn(s, "/");
        }

        return -ENXIO;
}

int devpath_list_add(DevPathList *list, const DevPath *item) {
        if (list->n_items == list->n_allocated) {
                size_t n = list->n_allocated ? 2 * list->n_allocated : 64;
                DevPath *items;

                items = reallocarray(list->items, n, sizeof *items);
                if (!items)
                        return -ENOMEM;
                list->items = items;
                list->n_allocated = n;
        }

        list->items[list->n_items++] = *item;
        return 0;
}

void devpath_list_done(DevPathList *list) {
        free(list->items);
        *list = (DevPathList){ 0 };
}

static int compare_devpaths(const void *x, const void *y) {
        const DevPath *a = x, *b = y;
        const uint64_t pairs[][2] = {
                { a->transport, b->transport },         { a->rport.host, b->rport.host },
                { a->rport.channel, b->rport.channel }, { a->rport.number, b->rport.number },
                { a->hctl.channel, b->hctl.channel },   { a->hctl.target, b->hctl.target },
                { a->hctl.lun, b->hctl.lun },
        };

        for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
                if (pairs[i][0] != pairs[i][1])
                        return pairs[i][0] < pairs[i][1] ? -1 : 1;

        return 0;
}

void devpath_list_sort(DevPathList *list) {
        if (list->n_items > 0)
                qsort(list->items, list->n_items, sizeof *list->items, compare_devpaths);
}
