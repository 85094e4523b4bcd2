/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/quarantine.h"

#include <time.h>

#define QUARANTINED_FIELDS "sssssst"

static int call(Client *client, const char *method, sd_bus_error *error, sd_bus_message **ret) {
        return sd_bus_call_method(client->bus, LUNWATCH_NAME, LUNWATCH_ROOT, LUNWATCH_GUARD, method,
                                  error, ret, "");
}

int quarantine_query(Client *client, int (*use)(const Quarantined *quarantined, void *userdata),
                     void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        Quarantined entry;
        int r;

        r = call(client, "ListQuarantined", error, &reply);
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'a', "(" QUARANTINED_FIELDS ")");
        if (r < 0)
                return r;

        while ((r = sd_bus_message_read(reply, "(" QUARANTINED_FIELDS ")", &entry.what, &entry.key,
                                        &entry.device, &entry.cause, &entry.was, &entry.is,
                                        &entry.since_usec)) > 0) {
                r = use(&entry, userdata);
                if (r < 0)
                        return r;
        }

        return r;
}

int debt_read_all(sd_bus_message *message, int (*use)(const Debt *debt, void *userdata),
                  void *userdata) {
        Debt debt;
        int r;

        r = sd_bus_message_enter_container(message, 'a', "(" DEBT_FIELDS ")");
        if (r < 0)
                return r;

        while ((r = sd_bus_message_read(message, "(" DEBT_FIELDS ")", &debt.initiator, &debt.lun,
                                        &debt.wwid, &debt.kind, &debt.words, &debt.since_usec)) >
               0) {
                r = use(&debt, userdata);
                if (r < 0)
                        return r;
        }

        return r;
}

int debt_query(Client *client, int (*use)(const Debt *debt, void *userdata), void *userdata,
               sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = call(client, "ListDebt", error, &reply);
        return r < 0 ? r : debt_read_all(reply, use, userdata);
}

Json *quarantined_to_json(const Quarantined *quarantined) {
        Json *json = json_new_object();

        json_set_string(json, "what", quarantined->what);
        json_set_string(json, "key", quarantined->key);
        json_set_string(json, "device", quarantined->device);
        json_set_string(json, "cause", quarantined->cause);
        json_set_string(json, "was", quarantined->was);
        json_set_string(json, "is", quarantined->is);
        json_set_number(json, "since_usec", quarantined->since_usec);

        return json;
}

Json *debt_to_json(const Debt *debt) {
        Json *json = json_new_object();

        json_set_string(json, "initiator", debt->initiator);
        json_set_string(json, "lun", debt->lun);
        json_set_string(json, "wwid", debt->wwid);
        json_set_string(json, "kind", debt->kind);
        json_set_string(json, "words", debt->words);
        json_set_number(json, "since_usec", debt->since_usec);

        return json;
}

const char *format_since(uint64_t usec, char buf[static FORMAT_SINCE_MAX]) {
        time_t seconds = (time_t) (usec / 1000000);
        struct tm tm;

        *buf = '\0';
        if (usec > 0 && localtime_r(&seconds, &tm))
                (void) strftime(buf, FORMAT_SINCE_MAX, "%Y-%m-%d %H:%M:%S", &tm);

        return buf;
}
