/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The physical Fibre Channel HBAs that are online, and the fabric that each is logged in to: what a
 * LUN could be reached through. Read from sysfs, since all of it works without vhbad.
 */

#include "common/wwn.h"

#include <stddef.h>

/* A host with more has other worries. */
#define HBAS_MAX 64U

typedef struct OnlineHba {
        Wwn port_name;
        Wwn fabric_name; /* 0: not known */
} OnlineHba;

/* Sorted by port name. */
typedef struct HbaList {
        OnlineHba items[HBAS_MAX];
        size_t n_items;
} HbaList;

/* root_fd: a directory with sys below it. No Fibre Channel at all is an empty list. */
int hbas_read(int root_fd, HbaList *ret);
bool hbas_equal(const HbaList *a, const HbaList *b);

/* 0 when it is not known or not online. */
Wwn hbas_fabric(const HbaList *list, Wwn port_name);
