/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bats/fake-table.h"

#include "common/bus-error.h"
#include "common/cleanup.h"

FakeHba fake_hbas[] = {
        {
                .host_name = "host10",
                .port_name = "21000024ff000010",
                .node_name = "20000024ff000010",
                .state = "Linkdown",
                .port_type = "Unknown",
                .driver = "bfa",
                .pci_address = "0000:0a:00.0",
        },
        {
                .host_name = "host5",
                .port_name = "21000024ff1a2b3c",
                .node_name = "20000024ff1a2b3c",
                .fabric_name = "1000000533261f00",
                .state = "Online",
                .port_type = "NPort (fabric via point-to-point)",
                .speed = "16 Gbit",
                .vendor = "QLogic",
                .model = "QLE2672",
                .driver = "qla2xxx",
                .pci_address = "0000:05:00.0",
                .npiv_capable = true,
                .vports_in_use = 2,
                .max_vports = 254,
        },
};

static char *expect_two[] = { (char *) "0 wwid:60014050000000100000004000800000 paths:2",
                              (char *) "7", NULL };

#define HBA_OBJECT VHBAD_ROOT "/hba/_321000024ff1a2b3c"

#define UNIT(wwpn) .unit = "vhba@" wwpn ".service"
#define DEFINED(wwpn) \
        .defined = true, .definition_file = "/etc/npivot/vhba/" wwpn ".conf", UNIT(wwpn), \
        .timeout_usec = 60000000

FakeVhba fake_vhbas[] = {
        {
                .wwpn = "2101001b32a90002",
                .wwnn = "2001001b32a9da4e",
                DEFINED("2101001b32a90002"),
                .parent = "wwpn:21000024ff1a2b3c",
                .hba = HBA_OBJECT,
                .peer = "2101001b32a90004",
                .role = "primary",
                .pair_state = "agreed",
                .symbolic_name = "web1",
                .expect = expect_two,
                .kernel_state = "Active",
                .kernel_last_state = "Initializing",
                .scsi_host = "host7",
                .unit_state = "active",
                .unit_sub_state = "exited",
                .autostart = true,
        },
        {
                .wwpn = "2101001b32a90004",
                .wwnn = "2001001b32a9da4e",
                DEFINED("2101001b32a90004"),
                .parent = "auto",
                .peer = "2101001b32a90002",
                .role = "secondary",
                .pair_state = "agreed",
                .unit_state = "failed",
                .unit_sub_state = "failed",
                .cause = "wwpn-in-use",
                .message = "2101001b32a90004 is logged in elsewhere on the fabric. Stop it there.",
                .start_cause = "wwpn-in-use",
                .start_message =
                        "2101001b32a90004 is logged in elsewhere on the fabric. Stop it there.",
        },
        {
                .wwpn = "2101001b32a90006",
                .wwnn = "2001001b32a9da4e",
                DEFINED("2101001b32a90006"),
                .parent = "auto",
                .symbolic_name = "idle",
                .unit_state = "inactive",
                .unit_sub_state = "dead",
        },
        {
                .wwpn = "2101001b32a90008",
                .wwnn = "2001001b32a9da4e",
                UNIT("2101001b32a90008"),
                .hba = HBA_OBJECT,
                .kernel_state = "Active",
                .scsi_host = "host8",
                .unit_state = "inactive",
                .unit_sub_state = "dead",
        },
        {
                .wwpn = "2101001b32a9000a",
                .wwnn = "2001001b32a9da4e",
                DEFINED("2101001b32a9000a"),
                .parent = "auto",
                .symbolic_name = "denied",
                .unit_state = "inactive",
                .unit_sub_state = "dead",
                .refusal = SD_BUS_ERROR_ACCESS_DENIED,
        },
        {
                .wwpn = "2101001b32a9000c",
                .wwnn = "2001001b32a9da4e",
                DEFINED("2101001b32a9000c"),
                .parent = "auto",
                .symbolic_name = "busy",
                .peer = "2101001b32a900ee",
                .role = "secondary",
                .pair_state = "2101001b32a900ee has no definition here",
                .unit_state = "active",
                .unit_sub_state = "exited",
                .kernel_state = "Linkdown",
                .kernel_last_state = "Active",
                .refusal = NPIVOT_ERROR_BUSY,
        },
};

const size_t fake_n_hbas = ARRAY_LEN(fake_hbas);
const size_t fake_n_vhbas = ARRAY_LEN(fake_vhbas);
FakeVhba *const fake_transient = fake_vhbas + 3;
