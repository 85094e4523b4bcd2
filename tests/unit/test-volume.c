/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/storage/volume.h"

#include <assert.h>

static void test_an_array_below_dev_md_is_no_volume(void) {
        static const char *const others[] = { "/dev/md/data", "/dev/mapper/vg0-vda",
                                              "/dev/zvol/a",  "/dev/md/-a",
                                              "/dev/vg0",     "/dev/vg0/",
                                              "/dev/vg0/a/b", "/srv/vg0/vda",
                                              "/dev/-vg/a",   "/dev/disk/by-id" };

        for (size_t i = 0; i < ARRAY_LEN(others); i++)
                assert(!volume_is_one(others[i]));
        assert(volume_is_one("/dev/vg0/vda") && volume_is_one("/dev/md0/a.b"));
}

int main(void) {
        test_an_array_below_dev_md_is_no_volume();
        return 0;
}
