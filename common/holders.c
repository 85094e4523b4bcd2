/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/holders.h"

#include "common/escape.h"
#include "common/holders-part.h"

#include <stdarg.h>
#include <string.h>

static void holder_done(Holder *holder) {
        free(holder->object);
        free(holder->words);
}

void holders_done(Holders *holders) {
        for (size_t i = 0; i < holders->n; i++)
                holder_done(holders->items + i);
        free(holders->items);
        *holders = (Holders){ 0 };
}

static bool has_words(const Holders *holders, const char *words) {
        for (size_t i = 0; i < holders->n; i++)
                if (strcmp(holders->items[i].words, words) == 0)
                        return true;

        return false;
}

/* Takes the holder over if it returns > 0. */
static int add(Holders *holders, const Holder *holder) {
        Holder *grown;

        if (!holder->object || !holder->words)
                return -ENOMEM;
        (void) escape_in_place(holder->object);
        (void) escape_in_place(holder->words);
        if (has_words(holders, holder->words) || holders->n >= HOLDERS_MAX)
                return 0;

        grown = reallocarray(holders->items, holders->n + 1, sizeof *grown);
        if (!grown)
                return -ENOMEM;
        holders->items = grown;
        holders->items[holders->n++] = *holder;
        return 1;
}

int holders_add(Holders *holders, const char *kind, const char *object, const char *device,
                const char *format, ...) {
        Holder holder = { .kind = kind, .object = strdup(object) };
        va_list ap;
        int r;

        va_start(ap, format);
        if (vasprintf(&holder.words, format, ap) < 0)
                holder.words = NULL;
        va_end(ap);
        (void) snprintf(holder.device, sizeof holder.device, "%.31s", device);

        r = add(holders, &holder);
        if (r <= 0)
                holder_done(&holder);
        return r;
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

static int find(const HolderDisk *disks, size_t n_disks, Holders *holders) {
        _cleanup_(held_set_done) HeldSet set = { 0 };
        int r = 0;

        for (size_t i = 0; i < n_disks && r >= 0; i++) {
                if (disks[i].generic != 0)
                        r = held_set_add(&set, disks[i].name, disks[i].generic, true);
                if (r >= 0 && disks[i].block[0] != '\0')
                        r = holders_find_stacked(holders, &set, disks[i].block);
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

int holders_find(const HolderDisk *disks, size_t n_disks, Holders *ret) {
        _cleanup_(holders_done) Holders holders = { 0 };
        int r;

        r = find(disks, n_disks, &holders);
        if (r < 0)
                return r;

        *ret = holders;
        holders = (Holders){ 0 };
        return ret->n > 0;
}
