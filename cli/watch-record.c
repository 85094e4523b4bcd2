/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/watch-record.h"

#include "cli/findings.h"

#include <inttypes.h>
#include <string.h>

/* What is longer is cut: it is only compared, and printed when it is gone. */
static void add(Packed *packed, const char *s) {
        size_t left = sizeof packed->image - packed->size, n = strnlen(s, left);

        if (n + 1 > left)
                return;
        memcpy(packed->image + packed->size, s, n + 1);
        packed->size += n + 1;
}

static void add_number(Packed *packed, uint64_t number) {
        char digits[24];

        (void) snprintf(digits, sizeof digits, "%" PRIu64, number);
        add(packed, digits);
}

/* FNV-1a: lists are compared, not kept. */
static uint64_t hash(uint64_t value, const char *s) {
        do
                value = (value ^ (unsigned char) *s) * UINT64_C(1099511628211);
        while (*s++ != '\0');

        return value;
}

static uint64_t hash_list(uint64_t value, const char **list) {
        for (; list && *list; list++)
                value = hash(value, *list);

        return value;
}

#define HASH_BEGIN UINT64_C(14695981039346656037)

static const char *next(const char **image, const char *end) {
        const char *s = *image;

        if (s >= end)
                return "";
        *image = s + strlen(s) + 1;
        return s;
}

static uint64_t next_number(const char **image, const char *end) {
        return strtoull(next(image, end), NULL, 10);
}

static int read_path(sd_bus_message *message, Record *ret) {
        return lun_path_read(message, &ret->path);
}

static void path_done(Record *record) {
        lun_path_done(&record->path);
}

static void pack_path(const Record *record, Packed *ret) {
        const LunPath *path = &record->path;
        const char *const strings[] = {
                path->hctl,       path->transport, path->initiator,    path->initiator_node,
                path->hba,        path->target,    path->wwid,         path->node,
                path->sg_node,    path->state,     path->target_state, path->access,
                path->quarantine,
        };

        ret->size = 0;
        (void) snprintf(ret->key, sizeof ret->key, "%s %s %s %" PRIu64, path->transport,
                        path->initiator, path->target, path->lun);
        for (size_t i = 0; i < ARRAY_LEN(strings); i++)
                add(ret, strings[i]);
        add_number(ret, path->lun);
        add_number(ret, path->group);
        add_number(ret, path->size_bytes);
        add_number(ret, path->is_vhba);
        add_number(ret, hash_list(HASH_BEGIN, path->links));
}

static void unpack_path(const char *image, size_t size, Record *ret) {
        const char *end = image + size;
        LunPath *path = &ret->path;
        const char **const strings[] = {
                &path->hctl,       &path->transport, &path->initiator,    &path->initiator_node,
                &path->hba,        &path->target,    &path->wwid,         &path->node,
                &path->sg_node,    &path->state,     &path->target_state, &path->access,
                &path->quarantine,
        };

        *path = (LunPath){ 0 };
        for (size_t i = 0; i < ARRAY_LEN(strings); i++)
                *strings[i] = next(&image, end);
        path->lun = next_number(&image, end);
        path->group = (uint32_t) next_number(&image, end);
        path->size_bytes = next_number(&image, end);
        path->is_vhba = next_number(&image, end) > 0;
}

static Json *path_to_json(const Record *record) {
        return lun_path_to_json(&record->path);
}

static const char *or_dash(const char *s) {
        return *s != '\0' ? s : "-";
}

static char *path_to_text(const Record *record) {
        const LunPath *path = &record->path;

        return text("%s %s %5" PRIu64 " %s %s %s %s%s%s", path->initiator, path->target, path->lun,
                    or_dash(path->wwid), or_dash(path->node), path->state, path->target_state,
                    *path->quarantine != '\0' ? " quarantined " : "", path->quarantine);
}

const RecordKind record_path = {
        .name = "path",
        .interface = LUNWATCH_MANAGER,
        .list_method = "ListPaths",
        .type = LUN_PATH_TYPE,
        .read = read_path,
        .done = path_done,
        .pack = pack_path,
        .unpack = unpack_path,
        .to_json = path_to_json,
        .to_text = path_to_text,
};

static int read_map(sd_bus_message *message, Record *ret) {
        return map_read(message, &ret->map);
}

static void record_map_done(Record *record) {
        map_done(&record->map);
}

static uint64_t hash_members(const Map *map) {
        uint64_t value = HASH_BEGIN;

        for (size_t i = 0; i < map->n_members; i++) {
                const MapMember *member = map->members + i;
                const char *const strings[] = {
                        member->device,  member->hctl,        member->state,
                        member->checker, member->group_state, member->policy
                };

                for (size_t j = 0; j < ARRAY_LEN(strings); j++)
                        value = hash(value, strings[j]);
                value = (value ^ member->group) * UINT64_C(1099511628211);
        }

        return value;
}

static void pack_map(const Record *record, Packed *ret) {
        const Map *map = &record->map;
        const char *const strings[] = { map->name, map->kind,  map->uuid,      map->device,
                                        map->wwid, map->state, map->quarantine };

        ret->size = 0;
        (void) snprintf(ret->key, sizeof ret->key, "%s",
                        *map->uuid != '\0' ? map->uuid : map->device);
        for (size_t i = 0; i < ARRAY_LEN(strings); i++)
                add(ret, strings[i]);
        add_number(ret, map->size_bytes);
        add_number(ret, hash_list(hash_list(hash_members(map), map->holders), map->links));
}

static void unpack_map(const char *image, size_t size, Record *ret) {
        const char *end = image + size;
        Map *map = &ret->map;
        const char **const strings[] = { &map->name, &map->kind,  &map->uuid,      &map->device,
                                         &map->wwid, &map->state, &map->quarantine };

        *map = (Map){ 0 };
        for (size_t i = 0; i < ARRAY_LEN(strings); i++)
                *strings[i] = next(&image, end);
        map->size_bytes = next_number(&image, end);
}

static Json *record_map_to_json(const Record *record) {
        return map_to_json(&record->map);
}

static char *map_to_text(const Record *record) {
        const Map *map = &record->map;

        return text("map %s %s %s %s %zu/%zu%s%s", map->name, map->kind, map->device,
                    or_dash(map->state), map_count_usable(map), map->n_members,
                    *map->quarantine != '\0' ? " quarantined " : "", map->quarantine);
}

const RecordKind record_map = {
        .name = "map",
        .interface = LUNWATCH_MAPS,
        .list_method = "ListMaps",
        .type = MAP_TYPE,
        .read = read_map,
        .done = record_map_done,
        .pack = pack_map,
        .unpack = unpack_map,
        .to_json = record_map_to_json,
        .to_text = map_to_text,
};

static void pack_debt(const Record *record, Packed *ret) {
        const Debt *debt = &record->debt;
        const char *const strings[] = { debt->initiator, debt->lun, debt->wwid, debt->kind,
                                        debt->words };

        ret->size = 0;
        (void) snprintf(ret->key, sizeof ret->key, "%s %s %s", debt->initiator, debt->lun,
                        debt->kind);
        for (size_t i = 0; i < ARRAY_LEN(strings); i++)
                add(ret, strings[i]);
        add_number(ret, debt->since_usec);
}

static void unpack_debt(const char *image, size_t size, Record *ret) {
        const char *end = image + size;
        Debt *debt = &ret->debt;

        debt->initiator = next(&image, end);
        debt->lun = next(&image, end);
        debt->wwid = next(&image, end);
        debt->kind = next(&image, end);
        debt->words = next(&image, end);
        debt->since_usec = next_number(&image, end);
}

static Json *record_debt_to_json(const Record *record) {
        return debt_to_json(&record->debt);
}

static char *debt_to_text(const Record *record) {
        const Debt *debt = &record->debt;

        return text("debt %s %s %s: %s", debt->kind, or_dash(debt->initiator), debt->lun,
                    debt->words);
}

const RecordKind record_debt = {
        .name = "debt",
        .interface = LUNWATCH_GUARD,
        .pack = pack_debt,
        .unpack = unpack_debt,
        .to_json = record_debt_to_json,
        .to_text = debt_to_text,
};
