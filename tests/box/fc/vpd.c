/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "vpd.h"

#define VPD_MAX 252U

enum { CODE_BINARY = 1, CODE_ASCII = 2 };
enum { DESIGNATOR_T10 = 1, DESIGNATOR_EUI = 2, DESIGNATOR_NAA = 3 };

/* 4 bytes of page header, then the body. */
static void vpd_page(Node *dir, unsigned char page, const unsigned char *body, size_t len) {
        unsigned char data[4 + VPD_MAX] = { 0, page, 0, (unsigned char) len };
        char name[16];

        memcpy(data + 4, body, len);
        (void) snprintf(name, sizeof name, "vpd_pg%02x", page);
        (void) node_bytes(dir, name, data, 4 + len);
}

static size_t hex_decode(const char *hex, unsigned char *ret, size_t max) {
        size_t n = 0;

        while (n < max && sscanf(hex + 2 * n, "%2hhx", &ret[n]) == 1)
                n++;

        return n;
}

void vpd_write(Node *dir, const char *wwid) {
        unsigned char body[VPD_MAX] = { CODE_BINARY, DESIGNATOR_NAA };
        const char *value = strchr(wwid, '.') + 1;
        size_t len;

        if (strncmp(wwid, "t10.", 4) == 0) {
                body[0] = CODE_ASCII;
                body[1] = DESIGNATOR_T10;
                len = strnlen(value, VPD_MAX - 4);
                memcpy(body + 4, value, len);
        } else {
                if (strncmp(wwid, "eui.", 4) == 0)
                        body[1] = DESIGNATOR_EUI;
                len = hex_decode(value, body + 4, VPD_MAX - 4);
        }
        body[3] = (unsigned char) len;

        vpd_page(dir, 0x83, body, 4 + len);
        vpd_page(dir, 0x80, (const unsigned char *) value, strnlen(value, VPD_MAX));
}
