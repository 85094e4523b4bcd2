/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What clients see of a vHBA: the properties of org.npivot.vhba1.Vhba as they were last published.
 * Built as a whole out of what is known and compared with the one before, so that no change can be
 * forgotten and what Get answers is what the last signal said.
 */

#include <stddef.h>
#include <stdint.h>

typedef struct Vhba Vhba;

typedef struct VhbaView {
        char *wwpn;
        char *wwnn;
        int is_defined; /* sd-bus reads a boolean as int */
        char *definition_file;
        char *parent;
        char *hba;
        char *peer;
        char *role;
        char *pair_state;
        char *symbolic_name;
        char **expect;
        uint64_t timeout_usec;
        char *kernel_state;
        char *kernel_last_state;
        char *scsi_host;
        char *unit;
        char *unit_state;
        char *unit_sub_state;
        int autostart;
        char *cause;
        char *message;
} VhbaView;

/* What a vHBA does not know by itself. */
typedef struct VhbaSurroundings {
        const char *directory; /* of definitions */
        const char *hba;       /* object path of the HBA its vport is on, "/" for none */
        const char *pair_state;
} VhbaSurroundings;

int vhba_view_build(const Vhba *vhba, const VhbaSurroundings *around, VhbaView *ret);
void vhba_view_done(VhbaView *view);

/* The names of the properties that differ, NULL-terminated; as many as fit, and all do. */
#define VHBA_PROPERTIES_MAX 24
size_t vhba_view_compare(const VhbaView *a, const VhbaView *b, char *ret[VHBA_PROPERTIES_MAX]);

static inline void vhba_view_donep(VhbaView *view) {
        vhba_view_done(view);
}
