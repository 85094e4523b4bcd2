/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wwpn.h"

#define DIGITS 16U

int wwpn_parse(const char *text, Wwpn *ret) {
        char digits[DIGITS + 1] = { 0 };

        for (size_t i = 0; i < DIGITS; i++) {
                if (!isxdigit((unsigned char) text[i]))
                        return -EINVAL;
                digits[i] = text[i];
        }

        *ret = strtoull(digits, NULL, 16);
        return 0;
}

int wwpn_parse_pair(const char *data, size_t len, Wwpn *ret_port_name, Wwpn *ret_node_name) {
        Wwpn port_name, node_name;

        if (len > 0 && data[len - 1] == '\n')
                len--;
        if (len != 2 * DIGITS + 1 || data[DIGITS] != ':')
                return -EINVAL;
        if (wwpn_parse(data, &port_name) < 0 || wwpn_parse(data + DIGITS + 1, &node_name) < 0)
                return -EINVAL;

        *ret_port_name = port_name;
        *ret_node_name = node_name;
        return 0;
}
