/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/map/follow.h"

#include "common/log.h"
#include "lunwatch/map/multipathd-json.h"
#include "lunwatch/map/reader.h"
#include "lunwatch/path/attr.h"

#include <string.h>

/* So many single questions are cheaper than one about all. */
#define STALE_MAX 4

struct MapChange {
        TAILQ_ENTRY(MapChange) entry;
        char device[MAP_DEVICE_MAX];
        Map *before; /* NULL: there was none */
};

static MapChange *find_change(const Maps *maps, const char *device) {
        MapChange *change;

        TAILQ_FOREACH(change, &maps->changes, entry)
                if (strcmp(change->device, device) == 0)
                        return change;

        return NULL;
}

/* Takes `before` over. Without memory subscribers see the change with the next one. */
static void note(Maps *maps, const char *device, Map *before) {
        MapChange *change;

        if (maps->tell)
                tell_soon(maps->tell);
        change = find_change(maps, device) ? NULL : calloc(1, sizeof *change);
        if (!change) {
                (void) map_free(before);
                return;
        }

        (void) strcpy(change->device, device);
        change->before = before;
        TAILQ_INSERT_TAIL(&maps->changes, change, entry);
}

bool maps_have_changed(const Maps *maps) {
        return !TAILQ_EMPTY(&maps->changes);
}

static void tell_change(const Map *before, const Map *now, MapChangeFunc func, void *userdata) {
        /* A kernel name that is another map now. */
        bool is_same = before && now && strcmp(before->uuid, now->uuid) == 0;

        if (is_same) {
                if (!map_equals(before, now))
                        func("changed", map_change_cause(before, now), now, userdata);
                return;
        }
        if (before)
                func("removed", "removed", before, userdata);
        if (now)
                func("added", "new", now, userdata);
}

void maps_flush(Maps *maps, MapChangeFunc func, void *userdata) {
        MapChange *change;

        while ((change = TAILQ_FIRST(&maps->changes))) {
                tell_change(change->before, map_table_find(&maps->table, change->device), func,
                            userdata);
                TAILQ_REMOVE(&maps->changes, change, entry);
                (void) map_free(change->before);
                free(change);
        }
}

static void forget_stale(Maps *maps) {
        for (size_t i = 0; i < maps->n_stale; i++)
                free(maps->stale[i]);
        maps->n_stale = 0;
}

static void ask_next(Maps *maps);

static void set_stale(Maps *maps, const char *device) {
        char **stale, *copy;

        for (size_t i = 0; i < maps->n_stale; i++)
                if (strcmp(maps->stale[i], device) == 0)
                        return;

        stale = reallocarray(maps->stale, maps->n_stale + 1, sizeof *stale);
        copy = stale ? strdup(device) : NULL;
        if (stale)
                maps->stale = stale;
        if (copy)
                maps->stale[maps->n_stale++] = copy;
        else
                maps->all_stale = true;
        ask_next(maps);
}

/* What multipathd said last stays until it says something else. */
static void keep_states(Map *map, const Map *known) {
        for (size_t i = 0; i < map->n_members; i++) {
                MapMember *member = map->members + i;
                const MapMember *before = map_find_member(known, member->device);

                if (!before)
                        continue;
                (void) strcpy(member->state, before->state);
                (void) strcpy(member->checker, before->checker);
                (void) strcpy(member->group_state, before->group_state);
                (void) strcpy(member->policy, before->policy);
                member->group = before->group;
        }
}

static int drop(Maps *maps, const char *device) {
        Map *map = map_table_take(&maps->table, device);

        if (!map)
                return 0;
        if (maps->guard)
                maps->guard->removed(maps->guard->userdata, map);
        note(maps, device, map);
        return 1;
}

/* Takes the map over in any case. */
static int let_in(Maps *maps, Map *new_map) {
        _cleanup_(map_freep) Map *map = new_map;
        const Map *known = map_table_find(&maps->table, map->device);
        Map *old;
        int r;

        if (maps->guard)
                map->quarantine = maps->guard->judge(maps->guard->userdata, map);
        if (known && map_equals(known, map))
                return 0;

        r = map_table_put(&maps->table, map, &old);
        if (r < 0)
                return r;

        note(maps, TAKE_PTR(map)->device, old);
        return 1;
}

static int update_one(Maps *maps, const char *device) {
        _cleanup_(map_freep) Map *map = NULL;
        const Map *known = map_table_find(&maps->table, device);
        bool is_multipath;
        int r;

        r = map_read(maps->root_fd, device, &map);
        if (r < 0)
                return attr_is_gone(r) ? drop(maps, device) : r;

        if (known && strcmp(known->uuid, map->uuid) == 0)
                keep_states(map, known);
        is_multipath = map_is_multipath(map);
        r = let_in(maps, TAKE_PTR(map));
        if (is_multipath)
                set_stale(maps, device);

        return r;
}

/* Their holders/ have changed. */
static int update_members(Maps *maps, char *const *devices, size_t n) {
        int result = 0;

        for (size_t i = 0; i < n; i++)
                if (map_name_is_map(devices[i])) {
                        int r = update_one(maps, devices[i]);

                        if (r < 0)
                                result = r;
                }

        return result;
}

/* Copies, since the maps may be replaced meanwhile. */
static size_t add_members(const Map *map, char **devices, size_t n, size_t max) {
        for (size_t i = 0; map && i < map->n_members && n < max; i++) {
                devices[n] = strdup(map->members[i].device);
                n += devices[n] != NULL;
        }

        return n;
}

int maps_update(Maps *maps, const char *device) {
        const Map *map = map_table_find(&maps->table, device);
        char *below[64];
        size_t n = 0;
        int r, q;

        n = add_members(map, below, n, ARRAY_LEN(below) / 2);
        r = update_one(maps, device);
        n = add_members(map_table_find(&maps->table, device), below, n, ARRAY_LEN(below));
        q = update_members(maps, below, n);
        for (size_t i = 0; i < n; i++)
                free(below[i]);

        return r < 0 ? r : q;
}

typedef struct MapScan {
        Maps *maps;
        int result;
} MapScan;

static void on_scanned(const char *device, void *userdata) {
        MapScan *scan = userdata;
        int r;

        r = update_one(scan->maps, device);
        if (r < 0)
                scan->result = r;
}

int maps_scan(Maps *maps) {
        MapScan scan = { .maps = maps };
        int r;

        /* What is gone first, so that a name used again is not taken for a change. */
        for (size_t i = maps->table.n_maps; i-- > 0;) {
                char device[MAP_DEVICE_MAX];

                (void) strcpy(device, maps->table.maps[i]->device);
                r = update_one(maps, device);
                if (r < 0)
                        scan.result = r;
                if (i > maps->table.n_maps)
                        i = maps->table.n_maps;
        }

        r = map_scan(maps->root_fd, on_scanned, &scan);
        return r < 0 ? r : scan.result;
}

static int merge(Maps *maps, const MultipathdMap *told) {
        const Map *known = map_table_find(&maps->table, told->device);
        _cleanup_(map_freep) Map *map = NULL;
        int r;

        if (!known || !map_is_multipath(known))
                return 0;
        r = map_read(maps->root_fd, told->device, &map);
        if (r < 0)
                return attr_is_gone(r) ? drop(maps, told->device) : r;

        keep_states(map, &(Map){ .members = told->members, .n_members = told->n_members });
        return let_in(maps, TAKE_PTR(map));
}

static void set_running(Maps *maps, bool is_running) {
        if (maps->is_running != is_running)
                log_info(is_running ? "multipathd answers: maps have the states of their paths."
                                    : "multipathd does not answer: maps without states of paths.");
        maps->is_running = is_running;
}

static void refresh_in(Maps *maps, uint64_t usec) {
        int r;

        r = sd_event_source_set_time_relative(maps->refresh, usec);
        if (r >= 0)
                r = sd_event_source_set_enabled(maps->refresh, SD_EVENT_ONESHOT);
        if (r < 0)
                log_error_errno(r, "Cannot ask multipathd again: %m");
}

static void on_answer(int r, const char *text, size_t size, void *userdata) {
        _cleanup_(multipathd_reply_done) MultipathdReply reply = { 0 };
        Maps *maps = userdata;

        if (r >= 0)
                r = multipathd_reply_parse(text, size, &reply);
        /* "fail": the map is gone meanwhile, or not (yet) its. */
        if (r == -EBADMSG && maps->asked[0])
                r = 0;
        if (r < 0) {
                set_running(maps, false);
                log_message_errno(LOG_DEBUG, r, "multipathd does not tell its maps: %m");
                refresh_in(maps, MAP_RETRY_USEC);
                return;
        }

        set_running(maps, true);
        for (size_t i = 0; i < reply.n_maps; i++) {
                r = merge(maps, reply.maps + i);
                if (r < 0)
                        log_warning_errno(r, "Cannot take over what multipathd says of %s: %m",
                                          reply.maps[i].device);
        }
        ask_next(maps);
}

/* One that is known by a name; the others are forgotten. */
static bool take_stale(Maps *maps, char question[static 256]) {
        while (maps->n_stale > 0) {
                _cleanup_free_ char *device = maps->stale[--maps->n_stale];
                const Map *map = map_table_find(&maps->table, device);

                if (!map || strpbrk(map->name, " \"\t"))
                        continue;
                (void) strcpy(maps->asked, map->name);
                (void) snprintf(question, 256, "show map %s json", map->name);
                return true;
        }

        return false;
}

static void ask_next(Maps *maps) {
        char question[256] = "show maps json";
        int r;

        if (!maps->multipathd || multipathd_is_busy(maps->multipathd))
                return;

        maps->asked[0] = '\0';
        if (maps->all_stale || maps->n_stale > STALE_MAX) {
                maps->all_stale = false;
                forget_stale(maps);
        } else if (!take_stale(maps, question)) {
                refresh_in(maps, maps->is_running ? MAP_REFRESH_USEC : MAP_RETRY_USEC);
                return;
        }

        r = multipathd_ask(maps->multipathd, question);
        if (r < 0) {
                set_running(maps, false);
                maps->all_stale = true;
                forget_stale(maps);
                refresh_in(maps, MAP_RETRY_USEC);
        }
}

static int on_refresh(sd_event_source *source, uint64_t usec, void *userdata) {
        Maps *maps = userdata;

        maps->all_stale = true;
        ask_next(maps);
        return 0;
}

void maps_refresh_of(Maps *maps, const char *device) {
        const Map *map = map_table_find_on(&maps->table, device);

        if (map && map_is_multipath(map))
                set_stale(maps, map->device);
}

void maps_judge_quarantined(Maps *maps) {
        for (size_t i = 0; i < maps->table.n_maps; i++) {
                char device[MAP_DEVICE_MAX];
                int r;

                if (maps->table.maps[i]->quarantine == QUARANTINE_NONE)
                        continue;
                (void) strcpy(device, maps->table.maps[i]->device);
                r = update_one(maps, device);
                if (r < 0)
                        log_warning_errno(r, "Cannot read %s again: %m", device);
        }
}

static void on_block(void *userdata, sd_device *device, bool is_removed) {
        const char *name;
        int r;

        r = sd_device_get_sysname(device, &name);
        if (r < 0 || !map_name_is_map(name))
                return;
        r = maps_update(userdata, name);
        if (r < 0)
                log_warning_errno(r, "Cannot follow %s: %m", name);
}

static void on_resync(void *userdata) {
        int r;

        r = maps_scan(userdata);
        if (r < 0)
                log_warning_errno(r, "Cannot read all maps: %m");
}

WatchListener maps_listener(Maps *maps) {
        return (WatchListener){ .on_block = on_block, .on_resync = on_resync, .userdata = maps };
}

static void on_change_untold(const char *kind, const char *cause, const Map *map, void *userdata) {
}

int maps_start(Maps *maps, int root_fd, sd_event *event, const char *socket, Tell *tell) {
        int r;

        *maps = (Maps){ .root_fd = root_fd, .tell = tell, .guard = maps->guard };
        TAILQ_INIT(&maps->changes);

        r = sd_event_add_time_relative(event, &maps->refresh, CLOCK_MONOTONIC, 0, 0, on_refresh,
                                       maps);
        if (r >= 0)
                r = sd_event_source_set_enabled(maps->refresh, SD_EVENT_OFF);
        if (r < 0)
                return r;
        r = multipathd_new(event, socket, on_answer, maps, &maps->multipathd);
        if (r < 0)
                return r;

        r = maps_scan(maps);
        maps_flush(maps, on_change_untold, NULL);
        if (!multipathd_is_busy(maps->multipathd))
                refresh_in(maps, MAP_RETRY_USEC);

        return r;
}

void maps_done(Maps *maps) {
        MapChange *change;

        while ((change = TAILQ_FIRST(&maps->changes))) {
                TAILQ_REMOVE(&maps->changes, change, entry);
                (void) map_free(change->before);
                free(change);
        }
        forget_stale(maps);
        free(maps->stale);
        maps->multipathd = multipathd_free(maps->multipathd);
        maps->refresh = sd_event_source_disable_unref(maps->refresh);
        map_table_done(&maps->table);
}
