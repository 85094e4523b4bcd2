/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What npivot mirror start was told, checked before anybody is asked: what a daemon would refuse
 * after disks were made is refused here.
 */

#include "cli/mirror-disk.h"
#include "cli/target-make.h"

#include <string.h>

#define MIRROR_ID_MAX 20

typedef struct MirrorOrder {
        char id[MIRROR_ID_MAX + 1];
        const char *target; /* one that is listening already; NULL: one is made, named as the job */
        const char *to;     /* the other host; NULL: the one that has the monitor */
        const char *monitor;
        const char *address;                             /* NULL with target: the target's */
        const char *verify, *copy_mode;                  /* NULL: not said */
        const char *sync;                                /* "full", "top" or "incremental" */
        const char *bitmap;                              /* NULL unless incremental */
        const char *certificates, *peer_name, *own_name; /* NULL: not said */
        bool has_tls;
        bool is_governed; /* made write-blocking when the guest outruns it */
        uint64_t speed, timeout_usec;
        uint32_t retries;
        uint32_t stall_msec; /* 0: not said */
        PortRange ports;     /* first 0: not said */
        DiskWordsList disks;
} MirrorOrder;

void mirror_order_done(MirrorOrder *order);

/* 0, EXIT_USAGE after a complaint, or a negative errno. */
int mirror_order_read(const Client *client, MirrorOrder *ret);

/* Of --monitor: there, and absolute. 0, or EXIT_USAGE. */
int monitor_check(const char *monitor);

/* As it was told, or otherwise (NULL: none) if that is a name, or one that nobody else has. */
int mirror_id_choose(const char *told, const char *otherwise, char ret[static MIRROR_ID_MAX + 1]);

/* A letter, then letters, digits and "_", at most MIRROR_ID_MAX: what a mirror may be called. */
bool mirror_id_is_chosen_well(const char *id);

/* Whether something must be in the disks already, because not all is copied. */
static inline bool mirror_order_is_partial(const MirrorOrder *order) {
        return strcmp(order->sync, "full") != 0;
}

/* Whether mirrors with these options have keys. */
static inline bool mirror_order_has_keys(const MirrorOrder *order) {
        return order->has_tls && !order->certificates;
}
