/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which HBA a vport is made on. Pure: looks at the hosts it is given and nothing else, and gives
 * the same answer for the same hosts in any order. Never an HBA that Parent= does not mean.
 */

#include "vhbad/cause.h"
#include "vhbad/definition.h"
#include "vhbad/fc.h"

/* Whether Parent= means this host. A vport's own host is never meant. */
bool parent_matches(const Parent *parent, const FcHost *host);

/* Room for that many vports more. */
unsigned parent_free_vports(const FcHost *host);

/*
 * Of the hosts that Parent= means, can do NPIV, are online and have room: the one with the most
 * free vports; of equals one other than `avoid` (the host name of the HBA that carries the peer, so
 * that one broken HBA does not take both; NULL for none); then the one with the fewest vports; then
 * the one with the lowest port name.
 *
 * CAUSE_NONE, or which of the four was lacking: CAUSE_NO_PARENT, CAUSE_NO_NPIV,
 * CAUSE_PARENT_OFFLINE or CAUSE_PARENT_FULL. Then *ret is a host that lacked it, NULL for
 * CAUSE_NO_PARENT.
 */
Cause parent_choose(const Parent *parent, const FcHost *hosts, size_t n_hosts, const char *avoid,
                    const FcHost **ret);
