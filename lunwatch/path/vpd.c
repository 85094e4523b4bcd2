/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/vpd.h"

#include <errno.h>

#define HEADER_SIZE 4
#define ASSOCIATION_TARGET_PORT 1
#define TYPE_PORT_GROUP 5

int vpd_find_port_group(const uint8_t *page, size_t size, uint32_t *ret) {
        size_t end;

        if (size < HEADER_SIZE || page[1] != 0x83)
                return -ENOENT;
        end = HEADER_SIZE + ((size_t) page[2] << 8 | page[3]);
        if (end > size)
                end = size;

        for (size_t at = HEADER_SIZE; at + HEADER_SIZE <= end; at += HEADER_SIZE + page[at + 3]) {
                const uint8_t *designator = page + at;

                if ((designator[1] >> 4 & 3) != ASSOCIATION_TARGET_PORT ||
                    (designator[1] & 15) != TYPE_PORT_GROUP || designator[3] < 4 ||
                    at + HEADER_SIZE + 4 > end)
                        continue;

                *ret = (uint32_t) designator[6] << 8 | designator[7];
                return 0;
        }

        return -ENOENT;
}
