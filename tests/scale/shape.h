/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The host of lun-tree: HOSTS vHBAs on one HBA, each of which sees LUNS LUNs over TARGETS target
 * ports. Every place for a LUN is a slot with a number of its own, and what is in a slot follows
 * from the number and a variant: so whoever changes the tree and whoever asks about it agree.
 */

#include "tests/unit/fc-tree.h"

#define SHAPE_HOST_FIRST 6
#define SHAPE_HBA_PORT 0x5001a4a000000005
#define SHAPE_HBA_NODE 0x5001a4b000000005

static inline Wwn shape_initiator(uint32_t host) {
        return 0x5001a4a000000000 + host;
}

static inline Wwn shape_node(uint32_t host) {
        return 0x5001a4b000000000 + host;
}

static inline Wwn shape_target(uint32_t target) {
        return 0x500507680b000000 + target;
}

typedef struct Shape {
        uint32_t n_hosts, n_targets, n_luns;
} Shape;

uint32_t shape_n_slots(const Shape *shape);

/* What a slot can be besides its number. */
typedef struct Variant {
        uint32_t identity; /* another WWID */
        uint32_t size_gib;
        bool has_no_link; /* udev has not made the by-vhba link */
} Variant;

#define VARIANT_DEFAULT ((Variant){ .size_gib = 100 })

/* The strings live in it. */
typedef struct ShapeLun {
        FcTreeLun lun;
        char by_path[128], disk[16], udev_data[1024], wwid[64];
} ShapeLun;

void shape_lun(const Shape *shape, uint32_t slot, const Variant *variant, ShapeLun *ret);

/* HBA, vHBAs and remote ports, without LUNs. */
void shape_add_ports(const Shape *shape, FcTree *tree);
