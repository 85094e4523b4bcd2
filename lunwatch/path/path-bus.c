/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/path-bus.h"

#include "lunwatch/path/disk.h"
#include "lunwatch/path/udev-data.h"

#include <inttypes.h>
#include <string.h>

#define LINKS_DIR "/dev/disk/"

/* Not printf: a list of ten thousand paths has fifty thousand names. What is too long is cut off.
 */
static const char *join(const char *dir, const char *name, char *ret, size_t size) {
        size_t used = strlen(dir), length = strnlen(name, size - used - 1);

        memcpy(ret, dir, used);
        memcpy(ret + used, name, length);
        ret[used + length] = '\0';
        return ret;
}

const char *path_bus_format_link(const Path *path, char ret[static PATH_BUS_LINK_MAX]) {
        PathLink link;

        ret[0] = '\0';
        if (path->has_link)
                (void) join(LINKS_DIR, path_format_link(&path->key, link), ret, PATH_BUS_LINK_MAX);
        return ret;
}

static int append_links(sd_bus_message *m, const Path *path) {
        char full[sizeof LINKS_DIR + UDEV_LINK_LEN_MAX], own[PATH_BUS_LINK_MAX];
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
                r = sd_bus_message_append_basic(m, 's', join(LINKS_DIR, link, full, sizeof full));
                if (r < 0)
                        return r;
        }

        return sd_bus_message_close_container(m);
}

static int append_fields(sd_bus_message *m, const Path *path) {
        char device[sizeof "/dev/" + DISK_NAME_MAX] = "", sg[32] = "";
        PortName initiator, hba, target;
        HctlString hctl;

        if (path_has_disk(path))
                (void) join("/dev/", path_name(path), device, sizeof device);
        if (path->sg_number != UINT32_MAX)
                (void) snprintf(sg, sizeof sg, "/dev/sg%" PRIu32, path->sg_number);

        return sd_bus_message_append(
                m, "sssssstssssssutbs", hctl_format(&path->key.hctl, hctl),
                path_transport_text(path->key.transport), path_initiator(path, initiator),
                path->initiator_node ? WWN_STR(path->initiator_node) : "", path_hba(path, hba),
                path_target(path, target), path->key.hctl.lun, path_wwid(path), device, sg,
                path_state_text(path->state), rport_state_text(path->rport_state),
                path_access_text(path->access), path->group, path->size_bytes, path->is_vhba,
                path_quarantine_text(path->quarantine));
}

int path_bus_append(sd_bus_message *m, const Path *path) {
        int r;

        r = sd_bus_message_open_container(m, 'r', PATH_BUS_FIELDS);
        if (r < 0)
                return r;
        r = append_fields(m, path);
        if (r < 0)
                return r;
        r = append_links(m, path);
        if (r < 0)
                return r;

        return sd_bus_message_close_container(m);
}

int path_bus_append_list(sd_bus_message *m, const Path *const *paths, size_t n_paths) {
        int r;

        r = sd_bus_message_open_container(m, 'a', PATH_BUS_TYPE);
        for (size_t i = 0; r >= 0 && i < n_paths; i++)
                r = path_bus_append(m, paths[i]);

        return r < 0 ? r : sd_bus_message_close_container(m);
}
