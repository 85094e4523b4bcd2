/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot lun watch: what changes, a line each, until interrupted. After a gap, because lunwatch
 * restarted or a signal was lost, it lists again and prints what is different.
 */

#include "cli/complain.h"
#include "cli/verbs.h"
#include "cli/watch-topic.h"

#include <inttypes.h>
#include <string.h>
#include <systemd/sd-daemon.h>

static const RecordKind *const kinds[] = { &record_path, &record_map, &record_debt };

typedef struct Watch {
        Client *client;
        bool is_absent;
        Topic topics[ARRAY_LEN(kinds)];
} Watch;

static int printing_error(const Watch *watch) {
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
                if (watch->topics[i].error < 0)
                        return watch->topics[i].error;

        return 0;
}

static int list_all(Watch *watch, sd_bus_error *error) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ARRAY_LEN(kinds); i++)
                r = topic_list(watch->topics + i, error);

        return r;
}

static int read_change(Topic *topic, sd_bus_message *signal, uint64_t generation) {
        const char *change, *cause;
        char element[64];
        Record record;
        int r;

        (void) snprintf(element, sizeof element, "ss(%s)", topic->kind->type);
        r = sd_bus_message_enter_container(signal, 'r', element);
        if (r <= 0)
                return r;
        r = sd_bus_message_read(signal, "ss", &change, &cause);
        if (r >= 0)
                r = topic->kind->read(signal, &record);
        if (r < 0)
                return r;

        r = topic_tell(topic, generation, change, cause, &record);
        topic->kind->done(&record);
        if (r >= 0)
                r = sd_bus_message_exit_container(signal);

        return r < 0 ? r : 1;
}

/* A list that fails now comes when lunwatch is back. */
static void resync(Topic *topic, uint64_t lost_from, uint64_t lost_to) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        remark("Changes %" PRIu64 " to %" PRIu64 " are lost; here is what is different.", lost_from,
               lost_to);
        r = topic_list(topic, &error);
        if (r < 0 && topic->error == 0)
                (void) client_refused(topic->client, &error, r, "Cannot list the %ss again",
                                      topic->kind->name);
}

static int on_changed(sd_bus_message *signal, void *userdata, sd_bus_error *error) {
        Topic *topic = userdata;
        uint64_t generation;
        char array[80];
        int r;

        r = sd_bus_message_read(signal, "t", &generation);
        if (r < 0 || !topic->is_known)
                return r;

        if (generation > topic->generation + 1)
                resync(topic, topic->generation + 1, generation - 1);
        if (generation > topic->generation)
                topic->generation = generation;

        (void) snprintf(array, sizeof array, "(ss(%s))", topic->kind->type);
        r = sd_bus_message_enter_container(signal, 'a', array);
        while (r >= 0 && (r = read_change(topic, signal, generation)) > 0)
                ;

        return r;
}

static int on_debt_changed(sd_bus_message *signal, void *userdata, sd_bus_error *error) {
        return topic_read_debts(userdata, signal);
}

static int on_owner_changed(sd_bus_message *signal, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_error_free) sd_bus_error refusal = SD_BUS_ERROR_NULL;
        Watch *watch = userdata;
        const char *owner;
        int r;

        r = sd_bus_message_read(signal, "sss", NULL, NULL, &owner);
        if (r < 0)
                return r;

        if (*owner == '\0') {
                watch->is_absent = true;
                remark("lunwatch has gone; waiting until it is back.");
                return 0;
        }
        if (!watch->is_absent)
                return 0;

        watch->is_absent = false;
        remark("lunwatch is back; here is what is different.");
        r = list_all(watch, &refusal);
        if (r < 0 && printing_error(watch) == 0)
                (void) client_refused(watch->client, &refusal, r, "Cannot list again");

        return 0;
}

static int subscribe(Watch *watch) {
        sd_bus *bus = watch->client->bus;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ARRAY_LEN(kinds); i++) {
                bool is_debt = kinds[i] == &record_debt;

                r = sd_bus_match_signal(bus, NULL, LUNWATCH_NAME, LUNWATCH_ROOT,
                                        kinds[i]->interface, is_debt ? "DebtChanged" : "Changed",
                                        is_debt ? on_debt_changed : on_changed, watch->topics + i);
        }
        if (r >= 0)
                r = sd_bus_add_match(bus, NULL, CLIENT_MATCH_LUNWATCH, on_owner_changed, watch);

        return r < 0 ? r : 0;
}

/* Listed after the subscription, so that nothing falls between; that also starts lunwatch. */
static int begin(Watch *watch) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = client_connect(watch->client);
        if (r == 0)
                r = subscribe(watch);
        if (r != 0)
                return r;

        r = list_all(watch, &error);
        return r < 0 ? client_refused(watch->client, &error, r, "Cannot watch the paths") : 0;
}

int verb_lun_watch(Client *client) {
        /* Outlives the connection, whose matches point to it. */
        static Watch watch;
        int r;

        watch.client = client;
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
                watch.topics[i] = (Topic){
                        .kind = kinds[i],
                        .client = client,
                        .prints_json = options_have(client->options, OPTION_JSON),
                };
        r = begin(&watch);
        if (r != 0)
                return r;

        /* For a service that is to see everything: nothing is missed from here on. */
        (void) sd_notify(0, "READY=1");

        while (printing_error(&watch) == 0) {
                r = sd_bus_process(client->bus, NULL);
                if (r == 0)
                        r = sd_bus_wait(client->bus, UINT64_MAX);
                if (r < 0 && r != -EINTR)
                        return client_refused(client, &SD_BUS_ERROR_NULL, r,
                                              "Cannot watch the paths any longer");
        }

        return printing_error(&watch);
}
