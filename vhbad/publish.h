/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Makes what is known visible: InterfacesAdded, PropertiesChanged and InterfacesRemoved for
 * whatever differs from what was published before. Nothing else emits signals.
 */

#include "vhbad/manager.h"

#define VHBAD_PATH "/org/npivot/vhba1"
#define VHBAD_MANAGER "org.npivot.vhba1.Manager"
#define VHBAD_HBA_PATH VHBAD_PATH "/hba"
#define VHBAD_HBA "org.npivot.vhba1.Hba"
#define VHBAD_VHBA_PATH VHBAD_PATH "/vhba"
#define VHBAD_VHBA "org.npivot.vhba1.Vhba"

/* Before the answer to a call that changed something; else see manager_publish_soon(). */
void publish(Manager *manager);

/* The object of an HBA or a vHBA: prefix and the one form of its port name, escaped. */
int object_path(const char *prefix, Wwn wwn, char **ret);
/* -ENOENT for everything else below the prefix. */
int object_path_parse(const char *path, const char *prefix, Wwn *ret);
