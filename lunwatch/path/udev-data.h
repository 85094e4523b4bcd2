/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What udev's database says of one block device: whether udev is through with it, and the links
 * it claims. A pure function of the text of /run/udev/data/bMAJOR:MINOR, which is a private format
 * that has been the same since systemd 183: anything unknown in it is passed over.
 */

#include <stdbool.h>
#include <stddef.h>

#define UDEV_LINKS_MAX 64
#define UDEV_LINK_LEN_MAX 255

typedef struct UdevData {
        bool is_initialized;
        size_t n_links;
        const char *links[UDEV_LINKS_MAX]; /* "by-path/…": below /dev/disk; point into the text */
} UdevData;

/*
 * Parses text (size bytes, and a byte for a NUL behind them), which is cut into strings. Links
 * elsewhere than below /dev/disk, over UDEV_LINK_LEN_MAX, with control bytes, ".." or what is not
 * UTF-8 are left out, and so is what goes beyond UDEV_LINKS_MAX.
 */
void udev_data_parse(char *text, size_t size, UdevData *ret);
