/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/lun-facts.h"

#include "cli/pages.h"
#include "cli/string-list.h"

#include <string.h>

void lun_facts_list_done(LunFactsList *list) {
        for (size_t i = 0; i < list->n_messages; i++)
                (void) sd_bus_message_unref(list->messages[i]);
        free(list->messages);
        free(list->luns);
        *list = (LunFactsList){ 0 };
}

int lun_facts_read(sd_bus_message *message, LunFacts *ret) {
        return sd_bus_message_read(message, "(" LUN_FACTS_FIELDS ")", &ret->wwid, &ret->size_bytes,
                                   &ret->n_paths, &ret->n_usable, &ret->map, &ret->link,
                                   &ret->quarantine);
}

static int read_next(sd_bus_message *reply, LunFactsList *list) {
        LunFacts *luns;
        int r;

        luns = grow(list->luns, list->n_luns, sizeof *luns);
        if (!luns)
                return -ENOMEM;
        list->luns = luns;

        r = lun_facts_read(reply, luns + list->n_luns);
        if (r > 0)
                list->n_luns++;

        return r;
}

static int read_page(sd_bus_message *reply, void *userdata) {
        LunFactsList *list = userdata;
        int r;

        r = messages_keep(&list->messages, &list->n_messages, reply);
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'a', "(" LUN_FACTS_FIELDS ")");
        if (r < 0)
                return r;

        while ((r = read_next(reply, list)) > 0)
                ;
        if (r < 0)
                return r;

        return sd_bus_message_exit_container(reply);
}

int lun_facts_list_query(Client *client, const LunPathFilter *filter, LunFactsList *ret,
                         sd_bus_error *error) {
        _cleanup_(lun_facts_list_done) LunFactsList list = { 0 };
        const Pages pages = {
                .interface = LUNWATCH_MANAGER,
                .method = "ListLuns",
                .has_generation = true,
                .append = lun_path_filter_append,
                .question = filter,
                .read = read_page,
                .userdata = &list,
        };
        int r;

        r = pages_query(client, &pages, error);
        if (r < 0)
                return r;

        *ret = list;
        list = (LunFactsList){ 0 };
        return 0;
}

static int compare_wwids(const void *a, const void *b) {
        return strcmp(((const LunFacts *) a)->wwid, ((const LunFacts *) b)->wwid);
}

void lun_facts_list_sort(LunFactsList *list) {
        if (list->n_luns > 0)
                qsort(list->luns, list->n_luns, sizeof *list->luns, compare_wwids);
}

const LunFacts *lun_facts_list_find(const LunFactsList *list, const char *wwid) {
        const LunFacts key = { .wwid = wwid };

        return list->n_luns > 0 ? bsearch(&key, list->luns, list->n_luns, sizeof key, compare_wwids)
                                : NULL;
}

Json *lun_facts_to_json(const LunFacts *lun) {
        Json *json = json_new_object();

        json_set_string(json, "wwid", lun->wwid);
        json_set_number(json, "size_bytes", lun->size_bytes);
        json_set_number(json, "paths", lun->n_paths);
        json_set_number(json, "usable_paths", lun->n_usable);
        json_set_string(json, "map", lun->map);
        json_set_string(json, "link", lun->link);
        json_set_string(json, "quarantine", lun->quarantine);

        return json;
}
