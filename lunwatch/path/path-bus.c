/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/path-bus.h"

#include "lunwatch/path/disk.h"
#include "lunwatch/path/udev-data.h"

const char *path_bus_format_link(const Path *path, char ret[static PATH_BUS_LINK_MAX]) {
        PathLink link;

        ret[0] = '\0';
        if (path->has_link)
                (void) snprintf(ret, PATH_BUS_LINK_MAX, "/dev/disk/%s",
                                path_format_link(&path->key, link));
        return ret;
}

static int append_links(sd_bus_message *m, const Path *path) {
        char full[sizeof "/dev/disk/" + UDEV_LINK_LEN_MAX], own[PATH_BUS_LINK_MAX];
        int r;

        r = sd_bus_message_open_container(m, 'a', "s");
        if (r < 0)
                return r;

        if (path->has_link) {
                r = sd_bus_message_append_basic(m, 's', path_bus_format_link(path, own));
                if (r < 0)
                        return r;
        }
        for (const char *link = path_next_link(path, NULL); link;
             link = path_next_link(path, link)) {
                (void) snprintf(full, sizeof full, "/dev/disk/%s", link);
                r = sd_bus_message_append_basic(m, 's', full);
                if (r < 0)
                        return r;
        }

        return sd_bus_message_close_container(m);
}

int path_bus_append(sd_bus_message *m, const Path *path) {
        char device[sizeof "/dev/" + DISK_NAME_MAX] = "";
        HctlString hctl;
        int r;

        if (path_has_disk(path))
                (void) snprintf(device, sizeof device, "/dev/%s", path_name(path));

        r = sd_bus_message_open_container(m, 'r', PATH_BUS_FIELDS);
        if (r < 0)
                return r;
        r = sd_bus_message_append(
                m, "sssstsssstb", hctl_format(&path->key.hctl, hctl), WWN_STR(path->key.initiator),
                path->initiator_node ? WWN_STR(path->initiator_node) : "",
                WWN_STR(path->key.target), path->key.hctl.lun, path_wwid(path), device,
                path_state_text(path->state), rport_state_text(path->rport_state), path->size_bytes,
                path->is_vhba);
        if (r < 0)
                return r;
        r = append_links(m, path);
        if (r < 0)
                return r;

        return sd_bus_message_close_container(m);
}
