/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bats/fake-lun.h"

#include <string.h>

#define VHBA .initiator = FAKE_VHBA, .initiator_node = "2001001b32a9da4e", .is_vhba = true
#define LINK "/dev/disk/by-vhba/2101001b32a90002-"

FakePath fake_paths[] = {
        {
                VHBA,
                .hctl = "7:0:0:0",
                .target = "500a098012345678",
                .wwid = FAKE_WWID,
                .node = "/dev/sdb",
                .sg_node = "/dev/sg2",
                .state = "running",
                .target_state = "Online",
                .access = "optimized",
                .size = UINT64_C(21474836480),
                .links = { LINK "500a098012345678-lun-0",
                           "/dev/disk/by-id/wwn-0x6001405000000010" },
        },
        {
                VHBA,
                .hctl = "7:0:1:0",
                .target = "500a098012345679",
                .wwid = FAKE_WWID,
                .node = "/dev/sdc",
                .state = "running",
                .target_state = "Blocked",
                .access = "non-optimized",
                .size = UINT64_C(21474836480),
                .links = { LINK "500a098012345679-lun-0" },
        },
        {
                VHBA,
                .hctl = "7:0:0:3",
                .target = "500a098012345678",
                .lun = 3,
                .wwid = "naa.60014050000000100000004000800003",
                .node = "/dev/sdd",
                .state = "running",
                .target_state = "Online",
                .size = UINT64_C(1649267441664),
                .links = { LINK "500a098012345678-lun-3" },
        },
        {
                .hctl = "5:0:0:18446744073709551615",
                .initiator = FAKE_HBA,
                .initiator_node = "20000024ff1a2b3c",
                .target = "500a098012345678",
                .lun = UINT64_MAX,
                .wwid = "",
                .node = "",
                .state = "offline",
                .target_state = "Online",
        },
        {
                VHBA,
                .hctl = "7:0:0:9",
                .target = "500a098012345678",
                .lun = 9,
                .wwid = "naa.600140500000001000000040008000ff",
                .node = "/dev/sde",
                .state = "running",
                .target_state = "Online",
                .size = 4096,
                .quarantine = "wwid-changed",
        },
};
const size_t fake_n_paths = ARRAY_LEN(fake_paths);

static const char *or_empty(const char *s) {
        return s ? s : "";
}

int fake_path_append(sd_bus_message *message, const FakePath *path) {
        uint32_t group =
                path->access ? 1 + (uint32_t) (strcmp(path->access, "optimized") != 0) : UINT32_MAX;
        int r;

        r = sd_bus_message_open_container(message, 'r', PATH_TYPE);
        if (r >= 0)
                r = sd_bus_message_append(message, "sssssstssssssutbs", path->hctl, "fc",
                                          path->initiator, path->initiator_node, FAKE_HBA,
                                          path->target, path->lun, path->wwid, path->node,
                                          or_empty(path->sg_node), path->state, path->target_state,
                                          or_empty(path->access), group, path->size,
                                          (int) path->is_vhba, or_empty(path->quarantine));
        if (r >= 0)
                r = sd_bus_message_append_strv(message, (char **) path->links);
        if (r >= 0)
                r = sd_bus_message_close_container(message);

        return r;
}

FakePath *fake_path_find(const char *name) {
        for (size_t i = 0; i < fake_n_paths; i++)
                if (!fake_paths[i].is_gone && *name != '\0' &&
                    (strcmp(name, fake_paths[i].node) == 0 ||
                     strcmp(name, fake_paths[i].hctl) == 0))
                        return fake_paths + i;

        return NULL;
}

bool fake_path_is_mapped(const FakePath *path) {
        return strcmp(path->wwid, FAKE_WWID) == 0;
}

int fake_paths_append(sd_bus_message *message, bool (*is_wanted)(const FakePath *path)) {
        int r;

        r = sd_bus_message_open_container(message, 'a', "(" PATH_TYPE ")");
        for (size_t i = 0; r >= 0 && i < fake_n_paths; i++)
                if (!fake_paths[i].is_gone && (!is_wanted || is_wanted(fake_paths + i)))
                        r = fake_path_append(message, fake_paths + i);

        return r < 0 ? r : sd_bus_message_close_container(message);
}
