/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The world wide identification of a LUN, and the spellings in which people give it. The kernel
 * writes "naa.6001…", multipath and scsi_id "36001…", our definitions "wwid:6001…".
 */

#include <stdbool.h>

/*
 * What two spellings of one WWID have in common, apart from case: the part behind "wwid:" and
 * "naa.", or behind the "3" of multipath's. "eui." and "t10." stay. Points into its argument.
 */
const char *wwid_bare(const char *s);

/* Whether it says anything; "" and a bare prefix do not. */
bool wwid_is_known(const char *s);

bool wwid_equals(const char *a, const char *b);

/* An order in which all spellings of one WWID are one; "" comes first. */
int wwid_compare(const char *a, const char *b);
