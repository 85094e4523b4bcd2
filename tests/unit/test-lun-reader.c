/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/disk.h"
#include "lunwatch/path/drops.h"
#include "lunwatch/path/ports.h"

#include "fc-tree.h"

#include <assert.h>
#include <string.h>

#define VHBA 0x2101001b32a90004

static void test_names_below_dev_lead_to_devices_only(void) {
        _cleanup_(fc_tree_done) FcTree tree = { .root_fd = -EBADF };
        dev_t number;

        fc_tree_open(&tree);
        fc_tree_link(&tree, "../sys", "dev/out");
        fc_tree_link(&tree, "/etc/passwd", "dev/absolute");
        fc_tree_link(&tree, "loop", "dev/loop");
        fc_tree_write(&tree, "dev/file", "");

        assert(disk_resolve(tree.root_fd, "../run", &number) == -EXDEV);
        assert(disk_resolve(tree.root_fd, "out", &number) == -EXDEV);
        assert(disk_resolve(tree.root_fd, "/etc/passwd", &number) == -EXDEV);
        assert(disk_resolve(tree.root_fd, "absolute", &number) == -EXDEV);
        assert(disk_resolve(tree.root_fd, "loop", &number) == -ELOOP);
        assert(disk_resolve(tree.root_fd, "file", &number) == -ENOTBLK);
        assert(disk_resolve(tree.root_fd, "", &number) == -ENOENT);
        assert(disk_resolve(tree.root_fd, "none", &number) == -ENOENT);
}

static void test_the_state_of_a_port_without_luns_is_found(void) {
        _cleanup_(fc_tree_done) FcTree tree = { .root_fd = -EBADF };
        char state[32];
        uint32_t number;

        fc_tree_open(&tree);
        fc_tree_add_host(&tree, 6, VHBA, 0x2001001b32a90004, true);
        assert(ports_find_host(tree.root_fd, VHBA, &number, state, sizeof state) == 0);
        assert(number == 6 && strcmp(state, "Online") == 0);
        assert(ports_find_host(tree.root_fd, VHBA + 1, &number, state, sizeof state) == -ENXIO);
}

static void test_drops_are_read_from_their_column(void) {
        uint64_t inode, drops;

        assert(drops_parse_line("00000000c0ffee00 15  1234     00000002 0        0        0     "
                                "2        77       54321 \n",
                                &inode, &drops) == 0);
        assert(inode == 54321 && drops == 77);
        assert(drops_parse_line("sk               Eth Pid        Groups   Rmem     Wmem     "
                                "Dump  Locks    Drops    Inode\n",
                                &inode, &drops) == -EINVAL);
        assert(drops_parse_line("", &inode, &drops) == -EINVAL);
}

int main(void) {
        test_names_below_dev_lead_to_devices_only();
        test_the_state_of_a_port_without_luns_is_found();
        test_drops_are_read_from_their_column();
        return 0;
}
