/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/watch-topic.h"

#include "cli/complain.h"
#include "cli/pages.h"

#include <string.h>

static int print_json(const Topic *topic, const char *change, const char *cause,
                      const Record *record) {
        _cleanup_(json_freep) Json *json = json_new_object();

        if (topic->kind->list_method)
                json_set_number(json, "generation", topic->generation);
        json_set_string(json, "change", change);
        json_set_string(json, "cause", cause);
        json_set(json, topic->kind->name, topic->kind->to_json(record));
        return json_print_line(json);
}

static int print_text(const Topic *topic, const char *change, const char *cause,
                      const Record *record) {
        _cleanup_free_ char *what = topic->kind->to_text(record), *line = NULL;

        if (!what || asprintf(&line, "%-7s %-14s %s", change, cause, what) < 0) {
                line = NULL;
                return -ENOMEM;
        }

        return print_line(line);
}

static int print(Topic *topic, const char *change, const char *cause, const Record *record) {
        int r;

        r = topic->prints_json ? print_json(topic, change, cause, record)
                               : print_text(topic, change, cause, record);
        if (r < 0)
                topic->error = r;

        return r;
}

static bool is_equal(const Known *known, const Packed *packed) {
        return known->size == packed->size &&
               memcmp(known->image, packed->image, packed->size) == 0;
}

static int remember(Topic *topic, const Packed *packed, uint64_t generation, bool is_ahead) {
        Known *known;

        known = memory_put(&topic->memory, packed->key, packed->image, packed->size);
        if (!known)
                return -ENOMEM;

        known->generation = generation;
        known->is_ahead = is_ahead;
        return 0;
}

/* Of a list: says what is different from what was told, if anything was. */
static int compare(Topic *topic, const Record *record, uint64_t generation, const char *cause) {
        Packed packed;
        Known *known;
        int r;

        topic->kind->pack(record, &packed);
        known = memory_find(&topic->memory, packed.key);
        if (known && is_equal(known, &packed)) {
                known->generation = generation;
                memory_touch(&topic->memory, known);
                return 0;
        }

        r = topic->is_known ? print(topic, known ? "changed" : "added", cause, record) : 0;
        return r < 0 ? r : remember(topic, &packed, generation, topic->is_known);
}

typedef struct Gone {
        Topic *topic;
        const char *cause;
} Gone;

static int on_gone(const Known *known, void *userdata) {
        const Gone *gone = userdata;
        Record record;

        gone->topic->kind->unpack(known->image, known->size, &record);
        return print(gone->topic, "removed", gone->cause, &record);
}

typedef struct Page {
        Topic *topic;
        sd_bus_message *reply;
        Record *records;
        size_t n;
} Page;

static int read_page(sd_bus_message *reply, void *userdata) {
        Page *page = userdata;
        char element[64];
        int r;

        (void) snprintf(element, sizeof element, "(%s)", page->topic->kind->type);
        r = sd_bus_message_enter_container(reply, 'a', element);
        while (r >= 0 && page->n < 1000 &&
               (r = page->topic->kind->read(reply, page->records + page->n)) > 0)
                page->n++;
        if (r < 0)
                return r;

        return sd_bus_message_exit_container(reply);
}

/* The page's generation is known only when it has been read; records point into the reply. */
static int end_page(uint64_t generation, void *userdata) {
        Page *page = userdata;
        Topic *topic = page->topic;
        int r = 0;

        if (topic->is_first_page)
                topic->begin = generation;
        topic->is_first_page = false;
        topic->generation = generation;
        for (size_t i = 0; i < page->n; i++) {
                if (r >= 0)
                        r = compare(topic, page->records + i, generation, "resync");
                topic->kind->done(page->records + i);
        }
        page->n = 0;

        return r;
}

static int list_pages(Topic *topic, sd_bus_error *error) {
        _cleanup_free_ Record *records = calloc(1000, sizeof *records);
        Page page = { .topic = topic, .records = records };
        const Pages pages = {
                .interface = topic->kind->interface,
                .method = topic->kind->list_method,
                .has_generation = true,
                .read = read_page,
                .end_page = end_page,
                .userdata = &page,
        };
        int r;

        if (!records)
                return -ENOMEM;

        topic->is_first_page = true;
        memory_begin(&topic->memory);
        r = pages_query(topic->client, &pages, error);
        if (r < 0)
                return r;

        r = memory_sweep(&topic->memory, on_gone, &(Gone){ topic, "resync" });
        topic->is_known = true;
        return r;
}

static int compare_debt(const Debt *debt, void *userdata) {
        const Record record = { .debt = *debt };

        return compare(userdata, &record, 0, "debt");
}

static int list_debts(Topic *topic, sd_bus_error *error) {
        int r;

        memory_begin(&topic->memory);
        r = debt_query(topic->client, compare_debt, topic, error);
        if (r < 0)
                return r;

        r = memory_sweep(&topic->memory, on_gone, &(Gone){ topic, "debt" });
        topic->is_known = true;
        return r;
}

int topic_list(Topic *topic, sd_bus_error *error) {
        int r;

        r = topic->kind->list_method ? list_pages(topic, error) : list_debts(topic, error);
        if (r < 0 && client_is_unknown(error) && topic->kind != &record_path) {
                sd_bus_error_free(error);
                return 0;
        }

        return r;
}

int topic_read_debts(Topic *topic, sd_bus_message *signal) {
        int r;

        memory_begin(&topic->memory);
        r = debt_read_all(signal, compare_debt, topic);
        if (r < 0)
                return r;

        return memory_sweep(&topic->memory, on_gone, &(Gone){ topic, "debt" });
}

/*
 * What is older than the list has been told by it. A change that the list was ahead of is not told
 * twice.
 */
int topic_tell(Topic *topic, uint64_t generation, const char *change, const char *cause,
               const Record *record) {
        Packed packed;
        Known *known;
        int r;

        topic->kind->pack(record, &packed);
        known = memory_find(&topic->memory, packed.key);
        if (generation <= (known ? known->generation : topic->begin))
                return 0;

        if (strcmp(change, "removed") == 0) {
                if (!known)
                        return 0;
                r = print(topic, change, cause, record);
                memory_forget(&topic->memory, packed.key);
                return r;
        }

        r = known && known->is_ahead && is_equal(known, &packed)
                    ? 0
                    : print(topic, change, cause, record);
        return r < 0 ? r : remember(topic, &packed, generation, false);
}
