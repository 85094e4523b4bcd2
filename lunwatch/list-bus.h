/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The lists of org.npivot.lunwatch1.Manager: pages of paths, of LUNs and of names. Methods for the
 * Manager's vtable, whose userdata is the Manager.
 */

#include "lunwatch/manager-bus.h"
#include "lunwatch/path/lun.h"

#define LUN_BUS_TYPE "(stuusss)"

int list_bus_paths(sd_bus_message *call, void *userdata, sd_bus_error *error);
int list_bus_luns(sd_bus_message *call, void *userdata, sd_bus_error *error);
int list_bus_names(sd_bus_message *call, void *userdata, sd_bus_error *error);

/* One LUN as the struct that the interface describes. */
int list_bus_append_lun(sd_bus_message *m, const Manager *manager, const Lun *lun);
