/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/list-bus.h"

#include "common/bus-error.h"
#include "lunwatch/map/lun-map.h"
#include "lunwatch/path/cursor.h"
#include "lunwatch/path/filter-bus.h"
#include "lunwatch/path/path-bus.h"
#include "lunwatch/path/view.h"

#include <inttypes.h>

#define PAGE_MAX 1000U

/* What all lists are asked for. */
typedef struct Page {
        const char *cursor; /* "": the first */
        uint32_t max;
} Page;

static int read_page(sd_bus_message *call, Page *ret, sd_bus_error *error) {
        int r;

        r = sd_bus_message_read(call, "su", &ret->cursor, &ret->max);
        if (r < 0)
                return r;
        if (ret->max == 0 || ret->max > PAGE_MAX)
                return sd_bus_error_setf(error, NPIVOT_ERROR_LIMIT,
                                         "A page has 1 to %u entries, not %" PRIu32 ".", PAGE_MAX,
                                         ret->max);

        return 0;
}

static int refuse_cursor(sd_bus_error *error) {
        return sd_bus_error_set(error, NPIVOT_ERROR_BAD_CURSOR,
                                "The cursor is none that this list has returned.");
}

static int send_page(sd_bus_message *reply, const char *next, const uint64_t *generation) {
        int r;

        r = sd_bus_message_append(reply, "s", next);
        if (r >= 0 && generation)
                r = sd_bus_message_append(reply, "t", *generation);

        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

int list_bus_paths(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const Path *paths[PAGE_MAX];
        Manager *manager = userdata;
        Filter filter = { 0 };
        Cursor next = "";
        PathKey after;
        bool more;
        Page page;
        size_t n;
        int r;

        r = filter_bus_read(call, &filter, error);
        if (r >= 0)
                r = read_page(call, &page, error);
        if (r < 0)
                return r;
        if (*page.cursor && cursor_parse(page.cursor, &after) < 0)
                return refuse_cursor(error);

        /* So that the generation tells all that is in the page. */
        (void) manager_bus_tell(manager);
        n = filter_page(&filter, &manager->inventory->index, *page.cursor ? &after : NULL, paths,
                        page.max, &more);
        if (more)
                (void) cursor_format(&paths[n - 1]->key, next);

        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = path_bus_append_list(reply, paths, n);

        return r < 0 ? r : send_page(reply, next, &manager->generation);
}

static bool find_map(const Manager *manager, const char *wwid, LunMap *ret) {
        return *wwid && lun_map_find(manager->maps, wwid, ret);
}

int list_bus_append_lun(sd_bus_message *m, const Manager *manager, const Lun *lun) {
        PathQuarantine quarantine = lun->quarantine;
        char link[LUN_LINK_MAX];
        bool has_map;
        LunMap map;

        has_map = find_map(manager, lun->wwid, &map);
        if (quarantine == QUARANTINE_NONE && has_map)
                quarantine = map.quarantine;

        return sd_bus_message_append(m, LUN_BUS_TYPE, lun->wwid, lun->size_bytes, lun->n_paths,
                                     lun->n_usable, has_map ? map.name : "",
                                     lun_format_link(lun, has_map ? &map : NULL, link),
                                     path_quarantine_text(quarantine));
}

static int append_luns(sd_bus_message *m, const Manager *manager, const Lun *luns, size_t n) {
        int r;

        r = sd_bus_message_open_container(m, 'a', LUN_BUS_TYPE);
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = list_bus_append_lun(m, manager, luns + i);

        return r < 0 ? r : sd_bus_message_close_container(m);
}

/* The LUNs of a page and the cursor behind it. */
static size_t take_luns(const Manager *manager, const Filter *filter, const Page *page,
                        const LunCursor *after, Lun *luns, LunCursorText next) {
        LunCursor last;
        bool more;
        size_t n;

        n = lun_page(filter, &manager->inventory->index, *page->cursor ? after : NULL, luns,
                     page->max, &more);
        *next = '\0';
        if (more) {
                last = lun_cursor(luns + n - 1);
                (void) cursor_format_lun(&last, next);
        }

        return n;
}

int list_bus_luns(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        Manager *manager = userdata;
        LunCursor after = { 0 };
        Filter filter = { 0 };
        Lun luns[PAGE_MAX];
        LunCursorText next;
        Page page;
        size_t n;
        int r;

        r = filter_bus_read(call, &filter, error);
        if (r >= 0)
                r = read_page(call, &page, error);
        if (r < 0)
                return r;
        if (*page.cursor && cursor_parse_lun(page.cursor, &after) < 0)
                return refuse_cursor(error);

        (void) manager_bus_tell(manager);
        n = take_luns(manager, &filter, &page, &after, luns, next);

        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = append_luns(reply, manager, luns, n);

        return r < 0 ? r : send_page(reply, next, &manager->generation);
}

static int append_name(sd_bus_message *m, const ViewEntry *entry) {
        char device[64] = "";

        if (*entry->device)
                (void) snprintf(device, sizeof device, "/dev/%s", entry->device);

        return sd_bus_message_append(m, "(ssst)", entry->name, entry->wwid, device,
                                     entry->size_bytes);
}

static int append_path_names(sd_bus_message *m, const Manager *manager, const View *view,
                             const Filter *filter, const Page *page, LunCursorText next,
                             sd_bus_error *error) {
        const Path *paths[PAGE_MAX];
        ViewEntry entry;
        PathKey after;
        bool more;
        size_t n;
        int r = 0;

        if (*page->cursor && cursor_parse(page->cursor, &after) < 0)
                return refuse_cursor(error);

        n = filter_page(filter, &manager->inventory->index, *page->cursor ? &after : NULL, paths,
                        page->max, &more);
        *next = '\0';
        if (more)
                (void) cursor_format(&paths[n - 1]->key, next);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                view_name_path(view, paths[i], &entry);
                r = append_name(m, &entry);
        }

        return r;
}

static int append_lun_names(sd_bus_message *m, const Manager *manager, const View *view,
                            const Filter *filter, const Page *page, LunCursorText next,
                            sd_bus_error *error) {
        LunCursor after = { 0 };
        Lun luns[PAGE_MAX];
        ViewEntry entry;
        size_t n;
        int r = 0;

        if (*page->cursor && cursor_parse_lun(page->cursor, &after) < 0)
                return refuse_cursor(error);

        n = take_luns(manager, filter, page, &after, luns, next);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                view_name_lun(view, luns + i, &entry);
                r = append_name(m, &entry);
        }

        return r;
}

/* What is to be listed, and where. */
static int read_view(sd_bus_message *call, View *view, Filter *filter, sd_bus_error *error) {
        const char *source, *directory;
        int r;

        r = sd_bus_message_read(call, "ss", &source, &directory);
        if (r < 0)
                return r;
        if (*source) {
                r = filter_bus_parse_port(source, &filter->initiator, error);
                if (r < 0)
                        return r;
        }
        if (view_parse(directory, &view->kind) < 0)
                return sd_bus_error_setf(error, NPIVOT_ERROR_UNKNOWN_DIRECTORY,
                                         "LUNs have no view in “%s”; the directories are %s.",
                                         directory, view_choices());

        view_narrow(view, filter);
        return 0;
}

int list_bus_names(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        Manager *manager = userdata;
        View view = { .find_map = lun_map_find, .userdata = manager->maps };
        Filter filter = { 0 };
        LunCursorText next;
        Page page;
        int r;

        r = read_view(call, &view, &filter, error);
        if (r >= 0)
                r = read_page(call, &page, error);
        if (r < 0)
                return r;

        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(ssst)");
        if (r < 0)
                return r;
        r = view_is_of_luns(view.kind)
                    ? append_lun_names(reply, manager, &view, &filter, &page, next, error)
                    : append_path_names(reply, manager, &view, &filter, &page, next, error);
        if (r < 0)
                return r;
        r = sd_bus_message_close_container(reply);

        return r < 0 ? r : send_page(reply, next, NULL);
}
