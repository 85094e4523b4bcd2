/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The vital product data pages by which a LUN says who it is, made from its wwid.
 */

#include "tree.h"

/* Sets vpd_pg80 and vpd_pg83 in a scsi_device's directory. */
void vpd_write(Node *dir, const char *wwid);
