/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/lun-path.h"

#include "cli/format.h"
#include "cli/pages.h"
#include "cli/string-list.h"

#include <string.h>

void lun_path_done(LunPath *path) {
        free(path->links);
        *path = (LunPath){ 0 };
}

void lun_path_list_done(LunPathList *list) {
        for (size_t i = 0; i < list->n_paths; i++)
                lun_path_done(list->paths + i);
        for (size_t i = 0; i < list->n_messages; i++)
                (void) sd_bus_message_unref(list->messages[i]);
        free(list->paths);
        free(list->messages);
        *list = (LunPathList){ 0 };
}

static int read_fields(sd_bus_message *message, LunPath *path) {
        int is_vhba, r;

        r = sd_bus_message_read(message, LUN_PATH_FIELDS, &path->hctl, &path->transport,
                                &path->initiator, &path->initiator_node, &path->hba, &path->target,
                                &path->lun, &path->wwid, &path->node, &path->sg_node, &path->state,
                                &path->target_state, &path->access, &path->group, &path->size_bytes,
                                &is_vhba, &path->quarantine);
        if (r < 0)
                return r;

        path->is_vhba = is_vhba;
        return string_list_read(message, &path->links);
}

int lun_path_read(sd_bus_message *message, LunPath *ret) {
        _cleanup_(lun_path_done) LunPath path = { 0 };
        int r;

        r = sd_bus_message_enter_container(message, 'r', LUN_PATH_TYPE);
        if (r <= 0)
                return r;

        r = read_fields(message, &path);
        if (r < 0)
                return r;

        r = sd_bus_message_exit_container(message);
        if (r < 0)
                return r;

        *ret = path;
        path = (LunPath){ 0 };
        return 1;
}

static int add_next(sd_bus_message *message, LunPathList *list) {
        LunPath *paths;
        int r;

        paths = grow(list->paths, list->n_paths, sizeof *paths);
        if (!paths)
                return -ENOMEM;
        list->paths = paths;

        r = lun_path_read(message, paths + list->n_paths);
        if (r > 0)
                list->n_paths++;

        return r;
}

int lun_path_list_read(sd_bus_message *message, LunPathList *list) {
        int r;

        r = messages_keep(&list->messages, &list->n_messages, message);
        if (r < 0)
                return r;

        r = sd_bus_message_enter_container(message, 'a', "(" LUN_PATH_TYPE ")");
        if (r < 0)
                return r;

        while ((r = add_next(message, list)) > 0)
                ;
        if (r < 0)
                return r;

        return sd_bus_message_exit_container(message);
}

int lun_path_filter_append(sd_bus_message *call, const void *question) {
        const LunPathFilter *filter = question;
        const struct {
                const char *key, *value;
        } texts[] = {
                { "Initiator", filter->initiator },
                { "Target", filter->target },
                { "Wwid", filter->wwid },
                { "Transport", filter->transport },
        };
        int r;

        r = sd_bus_message_open_container(call, 'a', "{sv}");
        for (size_t i = 0; r >= 0 && i < ARRAY_LEN(texts); i++)
                if (texts[i].value)
                        r = sd_bus_message_append(call, "{sv}", texts[i].key, "s", texts[i].value);
        if (r >= 0 && filter->only_vhbas)
                r = sd_bus_message_append(call, "{sv}", "Vhba", "b", 1);
        if (r >= 0 && filter->only_quarantined)
                r = sd_bus_message_append(call, "{sv}", "Quarantined", "b", 1);
        if (r < 0)
                return r;

        return sd_bus_message_close_container(call);
}

static int read_page(sd_bus_message *reply, void *userdata) {
        return lun_path_list_read(reply, userdata);
}

int lun_path_list_query(Client *client, const LunPathFilter *filter, LunPathList *ret,
                        sd_bus_error *error) {
        _cleanup_(lun_path_list_done) LunPathList list = { 0 };
        const Pages pages = {
                .interface = LUNWATCH_MANAGER,
                .method = "ListPaths",
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
        list = (LunPathList){ 0 };
        return 0;
}

static bool is_online(const char *state) {
        static const char *const words[] = { "Online", "Marginal", "LOGGED_IN" };

        for (size_t i = 0; i < ARRAY_LEN(words); i++)
                if (strcmp(state, words[i]) == 0)
                        return true;

        return false;
}

bool lun_path_is_usable(const LunPath *path) {
        return strcmp(path->state, "running") == 0 && is_online(path->target_state) &&
               *path->quarantine == '\0';
}

const char *lun_path_state(const LunPath *path) {
        if (*path->quarantine != '\0')
                return "quarantined";

        return state_tone(path->target_state) == TONE_GOOD ? path->state : path->target_state;
}

const char *lun_path_link(const LunPath *path) {
        static const char prefix[] = "/dev/disk/by-vhba/";

        for (const char **link = path->links; link && *link; link++)
                if (strncmp(*link, prefix, strlen(prefix)) == 0)
                        return *link;

        return "";
}

Json *lun_path_to_json(const LunPath *path) {
        Json *json = json_new_object();

        json_set_string(json, "hctl", path->hctl);
        json_set_string(json, "transport", path->transport);
        json_set_string(json, "initiator", path->initiator);
        json_set_string(json, "initiator_wwnn", path->initiator_node);
        json_set_string(json, "hba", path->hba);
        json_set_string(json, "target", path->target);
        json_set_number(json, "lun", path->lun);
        json_set_string(json, "wwid", path->wwid);
        json_set_string(json, "device", path->node);
        json_set_string(json, "sg_device", path->sg_node);
        json_set_string(json, "state", path->state);
        json_set_string(json, "target_state", path->target_state);
        json_set_string(json, "access", path->access);
        if (path->group == LUN_PATH_NO_GROUP)
                json_set(json, "port_group", NULL);
        else
                json_set_number(json, "port_group", path->group);
        json_set_number(json, "size_bytes", path->size_bytes);
        json_set_bool(json, "vhba", path->is_vhba);
        json_set_string(json, "quarantine", path->quarantine);
        json_set(json, "links", string_list_to_json(path->links));

        return json;
}

Json *lun_path_list_to_json(const LunPathList *list) {
        Json *array = json_new_array();

        for (size_t i = 0; i < list->n_paths; i++)
                json_append(array, lun_path_to_json(list->paths + i));

        return array;
}

bool lun_path_list_query_or_remark(Client *client, const LunPathFilter *filter, LunPathList *ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = lun_path_list_query(client, filter, ret, &error);
        if (r >= 0)
                return true;

        (void) client_refused(client, &error, r, "LUNs are not shown");
        return false;
}
