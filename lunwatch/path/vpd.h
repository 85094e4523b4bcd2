/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the device identification page (VPD 83h, SPC-4 7.8.6) says beyond the WWID. Bytes only, and
 * none of them is trusted.
 */

#include <stddef.h>
#include <stdint.h>

#define VPD_PAGE_MAX 1024

/* The target port group (designator type 5) that the path leads to; -ENOENT when none is told. */
int vpd_find_port_group(const uint8_t *page, size_t size, uint32_t *ret);
