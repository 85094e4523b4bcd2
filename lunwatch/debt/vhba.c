/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/debt/vhba.h"

#include <limits.h>
#include <string.h>

#define WWID_PREFIX "wwid:"
#define PATHS_PREFIX "paths:"

static int parse_number(const char *s, uint64_t max, uint64_t *ret) {
        unsigned long long value;
        char *end;

        if (*s < '0' || *s > '9')
                return -EINVAL;
        errno = 0;
        value = strtoull(s, &end, 10);
        if (errno != 0 || *end || value > max)
                return -EINVAL;

        *ret = value;
        return 0;
}

static int parse_word(const char *word, const char **wwid, uint64_t *n_paths) {
        if (strncmp(word, WWID_PREFIX, strlen(WWID_PREFIX)) == 0) {
                *wwid = word + strlen(WWID_PREFIX);
                return **wwid && strlen(*wwid) <= EXPECTATION_WWID_MAX ? 0 : -EINVAL;
        }
        if (strncmp(word, PATHS_PREFIX, strlen(PATHS_PREFIX)) == 0)
                return parse_number(word + strlen(PATHS_PREFIX), UINT32_MAX, n_paths);

        return -EINVAL;
}

int expectation_parse(const char *s, Expectation *ret) {
        _cleanup_free_ char *copy = strdup(s);
        const char *wwid = "";
        uint64_t lun, n_paths = 1;
        char *rest = copy, *word;
        int r;

        if (!copy)
                return -ENOMEM;
        word = strsep(&rest, " ");
        r = parse_number(word, UINT64_MAX, &lun);
        while (r >= 0 && (word = strsep(&rest, " ")))
                if (*word)
                        r = parse_word(word, &wwid, &n_paths);
        if (r < 0)
                return r;

        *ret = (Expectation){ .lun = lun, .n_paths = (uint32_t) n_paths, .wwid = strdup(wwid) };
        return ret->wwid ? 0 : -ENOMEM;
}

void expectations_free(Expectation *expectations, size_t n) {
        for (size_t i = 0; i < n; i++)
                free(expectations[i].wwid);
        free(expectations);
}

bool vhba_is_up(const Vhba *vhba) {
        return vhba->has_unit || vhba->has_vport;
}

static int compare_lun(const void *a, const void *b) {
        const Expectation *x = a, *y = b;

        return (x->lun > y->lun) - (x->lun < y->lun);
}

void vhba_set_expectations(Vhba *vhba, Expectation *expectations, size_t n) {
        expectations_free(vhba->expectations, vhba->n_expectations);
        if (n > 0)
                qsort(expectations, n, sizeof *expectations, compare_lun);
        vhba->expectations = expectations;
        vhba->n_expectations = n;
}

size_t vhba_find_expectation(const Vhba *vhba, uint64_t lun) {
        size_t begin = 0, end = vhba->n_expectations;

        while (begin < end) {
                size_t middle = begin + (end - begin) / 2;

                if (vhba->expectations[middle].lun < lun)
                        begin = middle + 1;
                else
                        end = middle;
        }

        return begin < vhba->n_expectations && vhba->expectations[begin].lun == lun
                       ? begin
                       : vhba->n_expectations;
}

void vhbas_done(VhbaList *list) {
        for (size_t i = 0; i < list->n_items; i++)
                vhba_set_expectations(&list->items[i], NULL, 0);
        free(list->items);
        *list = (VhbaList){ 0 };
}

/* The first that is not before it. */
static size_t lower_bound(const VhbaList *list, Wwn wwpn) {
        size_t begin = 0, end = list->n_items;

        while (begin < end) {
                size_t middle = begin + (end - begin) / 2;

                if (list->items[middle].wwpn < wwpn)
                        begin = middle + 1;
                else
                        end = middle;
        }

        return begin;
}

Vhba *vhbas_find(const VhbaList *list, Wwn wwpn) {
        size_t i = lower_bound(list, wwpn);

        return i < list->n_items && list->items[i].wwpn == wwpn ? &list->items[i] : NULL;
}

int vhbas_put(VhbaList *list, Wwn wwpn, Vhba **ret) {
        size_t i = lower_bound(list, wwpn);

        if (i < list->n_items && list->items[i].wwpn == wwpn) {
                *ret = &list->items[i];
                return 0;
        }

        if (list->n_items == list->n_allocated) {
                size_t n = list->n_allocated ? 2 * list->n_allocated : 16;
                Vhba *items = reallocarray(list->items, n, sizeof *items);

                if (!items)
                        return -ENOMEM;
                list->items = items;
                list->n_allocated = n;
        }

        memmove(&list->items[i + 1], &list->items[i], (list->n_items - i) * sizeof *list->items);
        list->items[i] = (Vhba){ .wwpn = wwpn };
        list->n_items++;
        *ret = &list->items[i];
        return 1;
}

void vhbas_drop(VhbaList *list, Wwn wwpn) {
        Vhba *vhba = vhbas_find(list, wwpn);
        size_t i;

        if (!vhba)
                return;

        i = (size_t) (vhba - list->items);
        vhba_set_expectations(vhba, NULL, 0);
        list->n_items--;
        memmove(&list->items[i], &list->items[i + 1], (list->n_items - i) * sizeof *list->items);
}
