/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The HBAs and vHBAs of the stand-in: one of every kind that the command shows differently.
 */

#include "tests/bats/fake.h"

#include <stddef.h>
#include <stdint.h>

#define VHBAD_ROOT "/org/npivot/vhba1"

typedef struct FakeHba {
        const char *host_name, *port_name, *node_name, *fabric_name, *state, *port_type, *speed;
        const char *vendor, *model, *driver, *pci_address;
        uint32_t vports_in_use, max_vports;
        bool npiv_capable;
} FakeHba;

typedef struct FakeVhba {
        Fake *fake;
        char *object;
        const char *wwpn, *wwnn, *definition_file, *parent, *hba, *peer, *role, *pair_state;
        const char *symbolic_name, *kernel_state, *kernel_last_state, *scsi_host, *unit;
        const char *unit_state, *unit_sub_state, *cause, *message;
        char **expect;
        uint64_t timeout_usec;
        bool defined, autostart;
        /* how a start ends */
        const char *start_cause, *start_message;
        /* what a change is refused with */
        const char *refusal;
        char job[64];
        bool starting;
} FakeVhba;

extern FakeHba fake_hbas[];
extern const size_t fake_n_hbas;

extern FakeVhba fake_vhbas[];
extern const size_t fake_n_vhbas;

/* A vport that others made: the first Define() is taken as its adoption. */
extern FakeVhba *const fake_transient;
