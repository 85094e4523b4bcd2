/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/lun-path.h"

#include <string.h>

#define PAGE_SIZE 1000

void lun_path_done(LunPath *path) {
        free(path->links);
        *path = (LunPath){ 0 };
}

void lun_path_list_done(LunPathList *list) {
        for (size_t i = 0; i < list->n_paths; i++)
                lun_path_done(list->paths + i);
        free(list->paths);
        for (size_t i = 0; i < list->n_messages; i++)
                (void) sd_bus_message_unref(list->messages[i]);
        free(list->messages);
        *list = (LunPathList){ 0 };
}

static int list_keep(LunPathList *list, sd_bus_message *message) {
        sd_bus_message **messages;

        messages = reallocarray(list->messages, list->n_messages + 1, sizeof *messages);
        if (!messages)
                return -ENOMEM;

        list->messages = messages;
        list->messages[list->n_messages++] = sd_bus_message_ref(message);
        return 0;
}

static int read_links(sd_bus_message *message, const char ***ret) {
        _cleanup_free_ const char **links = NULL;
        size_t n = 0, n_allocated = 0;
        const char *link;
        int r;

        r = sd_bus_message_enter_container(message, 'a', "s");
        if (r < 0)
                return r;

        do {
                if (n == n_allocated) {
                        const char **more;

                        n_allocated = 2 * n_allocated + 6;
                        more = reallocarray(links, n_allocated, sizeof *links);
                        if (!more)
                                return -ENOMEM;
                        links = more;
                }
                r = sd_bus_message_read_basic(message, 's', &link);
                if (r < 0)
                        return r;
                links[n++] = r > 0 ? link : NULL;
        } while (r > 0);

        r = sd_bus_message_exit_container(message);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(links);
        return 0;
}

int lun_path_read(sd_bus_message *message, LunPath *ret) {
        LunPath path = { 0 };
        int is_vhba, r;

        r = sd_bus_message_enter_container(message, 'r', LUN_PATH_TYPE);
        if (r <= 0)
                return r;

        r = sd_bus_message_read(message, "sssssstssssssutbs", &path.hctl, &path.transport,
                                &path.initiator, &path.initiator_node, &path.hba, &path.target,
                                &path.lun, &path.wwid, &path.node, &path.sg_node, &path.state,
                                &path.target_state, &path.access, &path.group, &path.size_bytes,
                                &is_vhba, &path.quarantine);
        if (r < 0)
                return r;
        path.is_vhba = is_vhba;

        r = read_links(message, &path.links);
        if (r < 0)
                return r;
        r = sd_bus_message_exit_container(message);
        if (r < 0) {
                lun_path_done(&path);
                return r;
        }

        *ret = path;
        return 1;
}

static int list_add(LunPathList *list, const LunPath *path) {
        size_t n = list->n_paths;
        LunPath *paths = list->paths;

        if ((n & (n - 1)) == 0) {
                paths = reallocarray(paths, n > 0 ? n * 2 : 1, sizeof *paths);
                if (!paths)
                        return -ENOMEM;
                list->paths = paths;
        }
        paths[n] = *path;
        list->n_paths++;
        return 0;
}

int lun_path_list_read(sd_bus_message *message, LunPathList *list) {
        LunPath path = { 0 };
        int r;

        r = list_keep(list, message);
        if (r < 0)
                return r;
        r = sd_bus_message_enter_container(message, 'a', "(" LUN_PATH_TYPE ")");
        if (r < 0)
                return r;

        while ((r = lun_path_read(message, &path)) > 0) {
                r = list_add(list, &path);
                if (r < 0) {
                        lun_path_done(&path);
                        return r;
                }
        }
        if (r < 0)
                return r;

        return sd_bus_message_exit_container(message);
}

static int append_filter(sd_bus_message *call, const LunPathFilter *filter) {
        int r;

        r = sd_bus_message_open_container(call, 'a', "{sv}");
        if (r >= 0 && filter->initiator)
                r = sd_bus_message_append(call, "{sv}", "Initiator", "s", filter->initiator);
        if (r >= 0 && filter->target)
                r = sd_bus_message_append(call, "{sv}", "Target", "s", filter->target);
        if (r >= 0 && filter->wwid)
                r = sd_bus_message_append(call, "{sv}", "Wwid", "s", filter->wwid);
        if (r >= 0 && filter->only_vhbas)
                r = sd_bus_message_append(call, "{sv}", "Vhba", "b", 1);
        if (r < 0)
                return r;

        return sd_bus_message_close_container(call);
}

static int query_page(Client *client, const LunPathFilter *filter, char **cursor, LunPathList *list,
                      sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
        const char *next;
        int r;

        r = sd_bus_message_new_method_call(client->bus, &call, LUNWATCH_NAME, LUNWATCH_ROOT,
                                           LUNWATCH_MANAGER, "ListPaths");
        if (r >= 0)
                r = append_filter(call, filter);
        if (r >= 0)
                r = sd_bus_message_append(call, "su", *cursor, (uint32_t) PAGE_SIZE);
        if (r >= 0)
                r = sd_bus_call(client->bus, call, 0, error, &reply);
        if (r >= 0)
                r = lun_path_list_read(reply, list);
        if (r >= 0)
                r = sd_bus_message_read(reply, "s", &next);
        if (r < 0)
                return r;

        free(*cursor);
        *cursor = strdup(next);
        return *cursor ? 0 : -ENOMEM;
}

int lun_path_list_query(Client *client, const LunPathFilter *filter, LunPathList *ret,
                        sd_bus_error *error) {
        _cleanup_(lun_path_list_done) LunPathList list = { 0 };
        _cleanup_free_ char *cursor = NULL;
        int r;

        cursor = strdup("");
        if (!cursor)
                return -ENOMEM;

        do {
                r = query_page(client, filter, &cursor, &list, error);
                if (r < 0)
                        return r;
        } while (*cursor != '\0');

        *ret = list;
        list = (LunPathList){ 0 };
        return 0;
}

bool lun_path_is_usable(const LunPath *path) {
        static const char *const up[] = { "Online", "Marginal", "LOGGED_IN" };

        if (strcmp(path->state, "running") != 0)
                return false;
        for (size_t i = 0; i < ARRAY_LEN(up); i++)
                if (strcmp(path->target_state, up[i]) == 0)
                        return true;

        return false;
}

const char *lun_path_link(const LunPath *path) {
        static const char prefix[] = "/dev/disk/by-vhba/";

        for (const char **link = path->links; link && *link; link++)
                if (strncmp(*link, prefix, strlen(prefix)) == 0)
                        return *link;

        return "";
}

Json *lun_path_to_json(const LunPath *path) {
        Json *json = json_new_object(), *links = json_new_array();

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
        if (path->group != LUN_PATH_NO_GROUP)
                json_set_number(json, "port_group", path->group);
        json_set_number(json, "size_bytes", path->size_bytes);
        json_set_bool(json, "vhba", path->is_vhba);
        json_set_string(json, "quarantine", path->quarantine);
        for (const char **link = path->links; link && *link; link++)
                json_append_string(links, *link);
        json_set(json, "links", links);

        return json;
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
