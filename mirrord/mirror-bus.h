/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * org.npivot.mirror1.Job: the objects of the mirrors, and what is told of them.
 */

#include "mirrord/mirrors.h"

#define MIRROR_NAME "org.npivot.mirror1"
#define MIRROR_ROOT "/org/npivot/mirror1"
#define MIRROR_JOB_INTERFACE "org.npivot.mirror1.Job"
#define MIRROR_JOB_ROOT MIRROR_ROOT "/job"
#define MIRROR_ACTION "org.npivot.mirror1.manage"

typedef char MirrorPath[sizeof MIRROR_JOB_ROOT + MIRROR_NAME_MAX + 2];
const char *mirror_bus_path(const Mirror *mirror, MirrorPath ret);

/* Adds the objects and their manager; sets the observer. */
int mirror_bus_add(Mirrors *mirrors, sd_bus *bus);
