/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The map table kept true to sysfs, udev's database and multipathd, and the differences noted for
 * subscribers. Events of block devices come through watch_listen(); multipathd is asked about the
 * maps that an event was about, and about all of them now and then.
 */

#include "lunwatch/map/multipathd.h"
#include "lunwatch/map/table.h"
#include "lunwatch/watch.h"

/* Nobody announces what multipathd's checkers find if it changes nothing in the map. */
#define MAP_REFRESH_USEC (30 * 1000 * 1000ULL)
/* While it does not run, or when it has not answered. */
#define MAP_RETRY_USEC (3 * 1000 * 1000ULL)

/* Who judges whether a map is still what it was (B.7). */
typedef struct MapGuard {
        PathQuarantine (*judge)(void *userdata, const Map *map);
        void (*removed)(void *userdata, const Map *map);
        void *userdata;
} MapGuard;

typedef struct MapChange MapChange;

typedef struct Maps {
        MapTable table;
        int root_fd; /* borrowed */
        TAILQ_HEAD(, MapChange) changes;
        Tell *tell;            /* borrowed, or NULL */
        const MapGuard *guard; /* borrowed, or NULL */

        Multipathd *multipathd;
        sd_event_source *refresh;
        bool is_running; /* multipathd has answered */
        char asked[MAP_NAME_MAX];
        char **stale; /* kernel names to ask multipathd about; NULL at the end */
        size_t n_stale;
        bool all_stale;
} Maps;

/*
 * Starts from Maps maps = { 0 }. What is there at the start is not told. socket: see
 * multipathd_new().
 */
int maps_start(Maps *maps, int root_fd, sd_event *event, const char *socket, Tell *tell);
void maps_done(Maps *maps);

WatchListener maps_listener(Maps *maps);

/* Reads one map again, and those that it is made of or was made of. */
int maps_update(Maps *maps, const char *device);

/* Reads all of them again. */
int maps_scan(Maps *maps);

/* A path has changed its state: multipathd will say more of its map soon. */
void maps_refresh_of(Maps *maps, const char *device);

/* Has those that are quarantined judged again: they may be released. */
void maps_judge_quarantined(Maps *maps);

bool maps_have_changed(const Maps *maps);

/* Tells func every difference since the last time, in the order of the first touch. */
typedef void (*MapChangeFunc)(const char *kind, const char *cause, const Map *map, void *userdata);
void maps_flush(Maps *maps, MapChangeFunc func, void *userdata);
