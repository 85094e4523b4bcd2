/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * lun-tree ROOT HOSTS TARGETS LUNS [full]: below ROOT, an empty directory, the sys, run/udev and
 * dev of a host with that many vHBAs, each of which sees that many LUNs over that many targets,
 * with a device node and four links each, as udev makes them. A full one has what lunwatch does not
 * read, too.
 */

#include "tests/scale/full.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_node(FcTree *tree, const ShapeLun *slot) {
        char target[64], name[256];

        fc_tree_add_node(tree, &slot->lun);
        (void) snprintf(target, sizeof target, "../../%s", slot->disk);
        (void) snprintf(name, sizeof name, "dev/disk/by-path/%s", slot->by_path);
        fc_tree_link(tree, target, name);
}

static void add_slot(FcTree *tree, const Shape *shape, uint32_t slot, bool is_full) {
        ShapeLun lun;

        shape_lun(shape, slot, &VARIANT_DEFAULT, &lun);
        fc_tree_add_lun(tree, &lun.lun);
        add_node(tree, &lun);
        if (!is_full)
                return;

        full_add_lun(tree, &lun.lun, slot);
        if (slot % shape->n_luns == 0)
                full_add_target(tree, &lun.lun.where, shape_target(lun.lun.where.hctl.target));
}

int main(int argc, char *argv[]) {
        bool is_full = argc == 6 && strcmp(argv[5], "full") == 0;
        Shape shape;
        FcTree tree;

        if (argc != 5 && !is_full)
                errx(2, "Usage: lun-tree ROOT HOSTS TARGETS LUNS [full]");
        shape = (Shape){
                .n_hosts = (uint32_t) strtoul(argv[2], NULL, 10),
                .n_targets = (uint32_t) strtoul(argv[3], NULL, 10),
                .n_luns = (uint32_t) strtoul(argv[4], NULL, 10),
        };

        fc_tree_open_at(&tree, argv[1]);
        if (is_full)
                full_add_classes(&tree);
        shape_add_ports(&shape, &tree);
        for (uint32_t slot = 0; slot < shape_n_slots(&shape); slot++)
                add_slot(&tree, &shape, slot, is_full);

        return 0;
}
