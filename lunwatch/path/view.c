/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/view.h"

#include <string.h>

static const char *const directories[_VIEW_MAX] = {
        [VIEW_BY_PATH] = "/dev/disk/by-path",
        [VIEW_BY_VHBA] = "/dev/disk/by-vhba",
        [VIEW_BY_ID] = "/dev/disk/by-id",
        [VIEW_MAPPER] = "/dev/mapper",
};

int view_parse(const char *directory, ViewKind *ret) {
        for (unsigned i = 0; i < _VIEW_MAX; i++)
                if (strcmp(directories[i], directory) == 0) {
                        *ret = (ViewKind) i;
                        return 0;
                }

        return -EINVAL;
}

const char *view_choices(void) {
        return "/dev/disk/by-path and /dev/disk/by-vhba (single paths), /dev/disk/by-id and "
               "/dev/mapper (each LUN once)";
}

bool view_is_of_luns(ViewKind kind) {
        return kind == VIEW_BY_ID || kind == VIEW_MAPPER;
}

static bool find_map(const View *view, const char *wwid, LunMap *ret) {
        return view->find_map && *wwid && view->find_map(view->userdata, wwid, ret);
}

static bool has_name(const void *userdata, const Path *path) {
        const View *view = userdata;
        LunMap map;

        switch (view->kind) {
        case VIEW_BY_PATH:
                return path_link_in(path, "by-path");
        case VIEW_BY_VHBA:
                return path->has_link;
        case VIEW_BY_ID:
                return path_link_in(path, "by-id") ||
                       (find_map(view, path_wwid(path), &map) && *map.link);
        case VIEW_MAPPER:
        default:
                return find_map(view, path_wwid(path), &map);
        }
}

void view_narrow(const View *view, Filter *filter) {
        filter->accepts = has_name;
        filter->userdata = view;
}

void view_name_path(const View *view, const Path *path, ViewEntry *ret) {
        PathLink own;

        *ret = (ViewEntry){
                .wwid = path_wwid(path),
                .device = path_name(path),
                .size_bytes = path->size_bytes,
        };

        if (view->kind == VIEW_BY_VHBA)
                (void) snprintf(ret->name, sizeof ret->name, "/dev/disk/%s",
                                path_format_link(&path->key, own));
        else
                (void) snprintf(ret->name, sizeof ret->name, "/dev/disk/by-path/%s",
                                path_link_in(path, "by-path"));
}

void view_name_lun(const View *view, const Lun *lun, ViewEntry *ret) {
        bool has_map;
        LunMap map;

        has_map = find_map(view, lun->wwid, &map);
        *ret = (ViewEntry){
                .wwid = lun->wwid,
                .device = has_map ? map.device : path_name(lun->best),
                .size_bytes = has_map ? map.size_bytes : lun->size_bytes,
        };

        if (view->kind == VIEW_MAPPER)
                (void) snprintf(ret->name, sizeof ret->name, "/dev/mapper/%s", map.name);
        else
                (void) lun_format_link(lun, has_map ? &map : NULL, ret->name);
}
