/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reads the properties of org.npivot.vhba1.Vhba that path debt needs out of a message. Everything
 * else in it is passed over.
 */

#include "lunwatch/debt/vhba.h"

#include <systemd/sd-bus.h>

/* The vHBA of an object path. -ENXIO for the path of anything else. */
int vhba_path_parse(const char *path, Wwn *ret);

/*
 * Reads a{sa{sv}}, interfaces with their properties, as in GetManagedObjects and InterfacesAdded.
 * 1 when vhba is set from it, 0 when there was nothing of a vHBA in it.
 */
int vhba_read_interfaces(sd_bus_message *m, Vhba *vhba);

/* Reads a{sv} of the interface. 1 when something that matters was among it. */
int vhba_read_properties(sd_bus_message *m, Vhba *vhba);
