/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What clients change in the definition files. Every change starts from what the files say now, is
 * written as one, and is read back into the cache before the caller is told. Who may is settled
 * before; units are request.h's.
 */

#include "vhbad/manager.h"

#define VHBAS_MAX 16384

/* Reads the record afresh. NotDefined when there is none; *ret is the vHBA of the cache. */
int change_find_defined(Manager *manager, Wwn wwpn, Vhba **ret, sd_bus_error *error);

/* AlreadyDefined when the WWPN is an HBA's; InvalidDefinition when its vport has another WWNN. */
int change_check_names(Manager *manager, const Definition *definition, sd_bus_error *error);

int change_define(Manager *manager, const Definition *definition, bool replace,
                  sd_bus_error *error);

/* Refuses (NotDefined, StillActive) what cannot be undefined. */
int change_check_undefine(Manager *manager, Wwn wwpn, sd_bus_error *error);

/*
 * Dissolves its pair first and removes the file then, so that at no instant a record names a peer
 * that is not there. Cut short in between, it leaves an unpaired vHBA, and the same call finishes.
 */
int change_undefine(Manager *manager, Wwn wwpn, sd_bus_error *error);

/* peer 0 and ROLE_NONE dissolve. */
int change_set_peer(Manager *manager, Wwn wwpn, Wwn peer, Role role, sd_bus_error *error);

int change_set_symbolic_name(Manager *manager, Wwn wwpn, const char *name, sd_bus_error *error);
