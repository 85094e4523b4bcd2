/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/guard/guard-bus.h"

#include "common/bus-error.h"
#include "common/log.h"
#include "common/polkit.h"
#include "lunwatch/guard/release.h"
#include "lunwatch/manager-bus.h"

#define ACTION "org.npivot.lunwatch1.manage"

#define QUARANTINED_TYPE "(sssssst)"
#define DEBT_TYPE "(ssssst)"

static int append_record(sd_bus_message *reply, const Record *record, const char *device) {
        char then_text[IDENTITY_TEXT_MAX], now_text[IDENTITY_TEXT_MAX];
        Identity then = record_then(record), now = record_now(record);

        return sd_bus_message_append(
                reply, QUARANTINED_TYPE, record_kind_text(record->kind), record_key(record), device,
                suspicion_text(record->quarantine->suspicion), identity_format(&then, then_text),
                identity_format(&now, now_text), record->quarantine->since_usec);
}

/* Those that are there. Two devices of one name are two entries. */
static int append_paths(const GuardBus *guard, sd_bus_message *reply) {
        const Index *index = &guard->inventory->index;

        for (size_t i = 0; i < index->n_paths; i++) {
                char device[sizeof "/dev/" + DISK_NAME_MAX] = "";
                const Path *path = index->paths[i];
                const Record *record;
                PathGuardKey key;
                int r;

                if (path->quarantine == QUARANTINE_NONE)
                        continue;
                record = records_find(&guard->guard->records, RECORD_PATH,
                                      path_guard_key(path, key));
                if (!record || !record->quarantine)
                        continue;
                if (path_has_disk(path))
                        (void) snprintf(device, sizeof device, "/dev/%s", path_name(path));
                r = append_record(reply, record, device);
                if (r < 0)
                        return r;
        }

        return 0;
}

static const char *format_device(const GuardBus *guard, const Record *record, char *buf,
                                 size_t size) {
        const Map *map = NULL;

        if (record->kind == RECORD_MAP)
                map = map_table_find_name(guard->maps, record_key(record));
        (void) snprintf(buf, size, "%s%s", map ? "/dev/" : "", map ? map->device : "");
        return buf;
}

/* What is in quarantine and is no path that is there. */
static int append_others(const GuardBus *guard, sd_bus_message *reply) {
        for (unsigned i = 0; i < SHARDS; i++) {
                const Shard *shard = &guard->guard->records.shards[i];

                for (const Record *record = shard_next(shard, NULL); record;
                     record = shard_next(shard, record)) {
                        char device[sizeof "/dev/" + MAP_DEVICE_MAX];
                        int r;

                        if (!record->quarantine ||
                            (record->kind == RECORD_PATH && !record->is_gone))
                                continue;
                        r = append_record(reply, record,
                                          format_device(guard, record, device, sizeof device));
                        if (r < 0)
                                return r;
                }
        }

        return 0;
}

static int method_list_quarantined(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const GuardBus *guard = userdata;
        int r;

        r = sd_bus_message_new_method_return(call, &reply);
        if (r < 0)
                return r;
        r = sd_bus_message_open_container(reply, 'a', QUARANTINED_TYPE);
        if (r < 0)
                return r;
        if (guard->guard->records.n_quarantined > 0) {
                r = append_paths(guard, reply);
                if (r >= 0)
                        r = append_others(guard, reply);
                if (r < 0)
                        return r;
        }
        r = sd_bus_message_close_container(reply);
        if (r < 0)
                return r;

        return sd_bus_send(NULL, reply, NULL);
}

static int method_release(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        GuardBus *guard = userdata;
        const char *name;
        int n, r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;
        r = polkit_check(call, ACTION, NULL, error);
        if (r <= 0)
                return r < 0 ? r : 1;

        n = release(guard->guard, guard->inventory, guard->maps, name);
        if (n < 0)
                return n;
        if (n == 0)
                return bus_error_refuse(error, NPIVOT_ERROR_NOT_QUARANTINED,
                                        "Nothing that is called “%.100s” is in quarantine: “npivot "
                                        "doctor” shows what is.",
                                        name);

        tell_soon(guard->tell);
        guard_bus_tell(guard);
        return sd_bus_reply_method_return(call, "u", (uint32_t) n);
}

static int append_debts(const GuardBus *guard, sd_bus_message *m) {
        const DebtList *list = &guard->debts->list;
        int r;

        r = sd_bus_message_open_container(m, 'a', DEBT_TYPE);
        if (r < 0)
                return r;
        for (size_t i = 0; i < list->n_items; i++) {
                const Debt *debt = list->items[i];

                r = sd_bus_message_append(m, DEBT_TYPE, debt->initiator, debt->lun, debt->wwid,
                                          debt_kind_text(debt->kind), debt->words,
                                          debt->since_usec);
                if (r < 0)
                        return r;
        }

        return sd_bus_message_close_container(m);
}

static int method_list_debt(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_message_new_method_return(call, &reply);
        if (r < 0)
                return r;
        r = append_debts(userdata, reply);
        if (r < 0)
                return r;

        return sd_bus_send(NULL, reply, NULL);
}

static int property_get_quarantined_count(sd_bus *bus, const char *path, const char *interface,
                                          const char *property, sd_bus_message *reply,
                                          void *userdata, sd_bus_error *error) {
        const GuardBus *guard = userdata;

        return sd_bus_message_append(reply, "u", (uint32_t) guard->guard->records.n_quarantined);
}

static int property_get_debt_count(sd_bus *bus, const char *path, const char *interface,
                                   const char *property, sd_bus_message *reply, void *userdata,
                                   sd_bus_error *error) {
        const GuardBus *guard = userdata;

        return sd_bus_message_append(reply, "u", (uint32_t) guard->debts->list.n_items);
}

static const sd_bus_vtable guard_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("ListQuarantined", SD_BUS_NO_ARGS,
                                SD_BUS_RESULT("a" QUARANTINED_TYPE, quarantined),
                                method_list_quarantined, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Release", SD_BUS_ARGS("s", name), SD_BUS_RESULT("u", released),
                                method_release, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ListDebt", SD_BUS_NO_ARGS, SD_BUS_RESULT("a" DEBT_TYPE, debts),
                                method_list_debt, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL_WITH_ARGS("DebtChanged", SD_BUS_ARGS("a" DEBT_TYPE, debts), 0),
        SD_BUS_PROPERTY("QuarantinedCount", "u", property_get_quarantined_count, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("DebtCount", "u", property_get_debt_count, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_VTABLE_END,
};

int guard_bus_add(GuardBus *guard, sd_bus *bus) {
        guard->bus = bus;
        guard->n_quarantined = guard->guard->records.n_quarantined;

        return sd_bus_add_object_vtable(bus, NULL, MANAGER_PATH, GUARD_INTERFACE, guard_vtable,
                                        guard);
}

void guard_bus_tell(GuardBus *guard) {
        int r;

        if (guard->n_quarantined == guard->guard->records.n_quarantined)
                return;

        guard->n_quarantined = guard->guard->records.n_quarantined;
        r = sd_bus_emit_properties_changed(guard->bus, MANAGER_PATH, GUARD_INTERFACE,
                                           "QuarantinedCount", NULL);
        if (r < 0)
                log_warning_errno(r, "Cannot tell how many LUNs are in quarantine: %m");
}

static int send_debts(const GuardBus *guard) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *signal = NULL;
        int r;

        r = sd_bus_message_new_signal(guard->bus, &signal, MANAGER_PATH, GUARD_INTERFACE,
                                      "DebtChanged");
        if (r < 0)
                return r;
        r = append_debts(guard, signal);
        if (r < 0)
                return r;
        r = sd_bus_send(guard->bus, signal, NULL);
        if (r < 0)
                return r;

        return sd_bus_emit_properties_changed(guard->bus, MANAGER_PATH, GUARD_INTERFACE,
                                              "DebtCount", NULL);
}

void guard_bus_tell_debts(void *userdata) {
        int r;

        r = send_debts(userdata);
        if (r < 0)
                log_warning_errno(r, "Cannot tell which paths are owed: %m");
}
