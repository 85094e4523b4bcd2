/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/holders.h"

#include "common/escape.h"
#include "vhbad/holders-part.h"
#include "vhbad/lun.h"

#include <stdarg.h>
#include <string.h>

void holders_done(Holders *holders) {
        for (size_t i = 0; i < holders->n; i++)
                free(holders->items[i]);
        free(holders->items);
        *holders = (Holders){ 0 };
}

int holders_add(Holders *holders, const char *format, ...) {
        _cleanup_free_ char *text = NULL;
        char **grown;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vasprintf(&text, format, ap);
        va_end(ap);
        if (n < 0) {
                text = NULL;
                return -ENOMEM;
        }
        (void) escape_in_place(text);

        for (size_t i = 0; i < holders->n; i++)
                if (strcmp(holders->items[i], text) == 0)
                        return 0;
        if (holders->n >= HOLDERS_MAX)
                return 0;

        grown = reallocarray(holders->items, holders->n + 1, sizeof *grown);
        if (!grown)
                return -ENOMEM;
        holders->items = grown;
        holders->items[holders->n++] = TAKE_PTR(text);
        return 1;
}

int held_set_add(HeldSet *set, const char *name, dev_t number, bool is_char) {
        HeldDevice *grown;

        grown = reallocarray(set->items, set->n + 1, sizeof *grown);
        if (!grown)
                return -ENOMEM;
        set->items = grown;

        grown += set->n++;
        *grown = (HeldDevice){
                .number = number,
                .is_char = is_char,
        };
        (void) snprintf(grown->name, sizeof grown->name, "%.31s", name);
        return 0;
}

const HeldDevice *held_set_find(const HeldSet *set, dev_t number, bool is_char) {
        for (size_t i = 0; i < set->n; i++)
                if (set->items[i].number == number && set->items[i].is_char == is_char)
                        return &set->items[i];

        return NULL;
}

const HeldDevice *held_set_find_name(const HeldSet *set, const char *name) {
        for (size_t i = 0; i < set->n; i++)
                if (strcmp(set->items[i].name, name) == 0)
                        return &set->items[i];

        return NULL;
}

static void held_set_done(HeldSet *set) {
        free(set->items);
}

static int find(const LunPath *paths, size_t n_paths, Holders *holders) {
        _cleanup_(held_set_done) HeldSet set = { 0 };
        int r = 0;

        for (size_t i = 0; i < n_paths && r >= 0; i++) {
                if (paths[i].generic != 0)
                        r = held_set_add(&set, paths[i].name, paths[i].generic, true);
                if (r >= 0 && paths[i].block[0] != '\0')
                        r = holders_find_stacked(holders, &set, paths[i].block);
        }
        if (r >= 0)
                r = holders_find_swap(holders, &set);
        /* Those of PID 1: our own mounts are a sandbox's, with parts of the tree cut out. */
        if (r >= 0)
                r = holders_find_mounts(holders, &set, "/proc/1/mountinfo");
        if (r == -ENOENT || r == -EACCES)
                r = holders_find_mounts(holders, &set, "/proc/self/mountinfo");
        if (r >= 0)
                r = holders_find_processes(holders, &set);

        return r;
}

int holders_find(const char *scsi_host, Holders *ret) {
        _cleanup_(holders_done) Holders holders = { 0 };
        _cleanup_free_ LunPath *paths = NULL;
        size_t n;
        int r;

        if (scsi_host[0] == '\0') {
                *ret = holders;
                return 0;
        }

        r = lun_path_list(scsi_host, &paths, &n);
        if (r < 0)
                return r;
        r = find(paths, n, &holders);
        if (r < 0)
                return r;

        *ret = holders;
        holders = (Holders){ 0 };
        return ret->n > 0;
}
