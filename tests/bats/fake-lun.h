/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The disks of the stand-in for lunwatch, a file an interface: one of every kind that the command
 * shows differently.
 */

#include "tests/bats/fake.h"

#include "common/cleanup.h"

#include <stddef.h>
#include <stdint.h>

#define LUNWATCH_ROOT "/org/npivot/lunwatch1"
#define PATH_TYPE "sssssstssssssutbsas"
#define MAP_TYPE "ssssstsa(ssssuss)asass"

#define FAKE_HBA "21000024ff1a2b3c"
#define FAKE_VHBA "2101001b32a90002"
#define FAKE_WWID "naa.60014050000000100000004000800000"

typedef struct FakePath {
        const char *hctl, *initiator, *initiator_node, *target;
        uint64_t lun;
        const char *wwid, *node, *sg_node, *state, *target_state, *access;
        uint64_t size;
        bool is_vhba, is_gone;
        const char *quarantine;
        const char *links[3];
} FakePath;

/* The last one is there only when there is trouble. */
extern FakePath fake_paths[];
extern const size_t fake_n_paths;

int fake_path_append(sd_bus_message *message, const FakePath *path);
FakePath *fake_path_find(const char *name);

/* An array of those for which is_wanted says so, NULL for all. */
int fake_paths_append(sd_bus_message *message, bool (*is_wanted)(const FakePath *path));

/* mpatha: LUN 0. */
bool fake_path_is_mapped(const FakePath *path);

/* The maps as an array: none, all, or the one of that name or device. */
int fake_maps_append(sd_bus_message *message, const char *name);

/* Who uses LUN 0 as an array of uses; with_processes as Inspect tells it. */
int fake_uses_append(sd_bus_message *message, bool with_processes);

int fake_map_serve(Fake *fake);
int fake_usage_serve(Fake *fake);
int fake_guard_serve(Fake *fake);
int fake_job_serve(Fake *fake);

/* One map has lost a path; debt has grown. */
int fake_map_emit(Fake *fake);
int fake_guard_emit(Fake *fake);
