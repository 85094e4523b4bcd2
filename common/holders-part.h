/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The parts of holders.c: which devices are meant, and where each kind of holder is found.
 */

#include "common/cleanup.h"
#include "common/holders.h"

#include <stdbool.h>
#include <sys/types.h>

#define HOLDERS_MAX 64 /* named; one is enough to refuse */

/* A device that is meant: a disk, a partition, a multipath map of them, or an sg node. */
typedef struct HeldDevice {
        char name[32];
        dev_t number;
        bool is_char;
} HeldDevice;

typedef struct HeldSet {
        HeldDevice *items;
        size_t n;
} HeldSet;

int held_set_add(HeldSet *set, const char *name, dev_t number, bool is_char);
const HeldDevice *held_set_find(const HeldSet *set, dev_t number, bool is_char);
const HeldDevice *held_set_find_name(const HeldSet *set, const char *name);

/* The same words twice are one holder; more than HOLDERS_MAX are dropped. Text is made safe. */
int holders_add(Holders *holders, const char *kind, const char *object, const char *device,
                const char *format, ...) _printf_(5, 6);

int holders_find_stacked(Holders *holders, HeldSet *set, const char *block);
int holders_find_swap(Holders *holders, const HeldSet *set);
int holders_find_mounts(Holders *holders, const HeldSet *set, const char *mountinfo);
int holders_find_processes(Holders *holders, const HeldSet *set);
