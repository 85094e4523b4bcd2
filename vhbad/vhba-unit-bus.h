/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The methods of org.npivot.vhba1.Vhba that are PID 1's work: start, stop, enable. The caller is
 * answered when PID 1 has answered; how a job ends is seen in properties.
 */

#include "common/wwn.h"

#include <systemd/sd-bus.h>

/* userdata is the Vhba */
int vhba_method_create(sd_bus_message *call, void *userdata, sd_bus_error *error);
int vhba_method_destroy(sd_bus_message *call, void *userdata, sd_bus_error *error);
int vhba_method_set_autostart(sd_bus_message *call, void *userdata, sd_bus_error *error);

/* NotDefined, for what can only be done to a vHBA with a definition. */
int vhba_refuse_transient(Wwn wwpn, sd_bus_error *error);
