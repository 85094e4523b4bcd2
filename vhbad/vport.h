/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The one writer of the kernel's vport_create, vport_delete and symbolic_name. Names reach the
 * kernel as 64-bit numbers printed here, one write each. Whether a write makes sense is for the
 * caller to find out first: the kernel's answer to every mistake is EINVAL.
 */

#include "vhbad/fc.h"

/* When it returns the vport is there, but not yet logged in. */
int vport_create(const FcHost *parent, Wwn wwpn, Wwn wwnn);

/* -ENODEV when it is gone already; -EBUSY while the kernel makes or deletes it. */
int vport_delete(const FcVport *vport);

/* At most SYMBOLIC_NAME_MAX bytes. */
int vport_set_symbolic_name(const FcVport *vport, const char *name);
