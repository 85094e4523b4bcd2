/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The three interfaces of org.npivot.vhba1: which of them is where, and the steps that their
 * methods share. The contract is dbus-interfaces/org.npivot.vhba1.*.xml.
 */

#include "vhbad/manager.h"

/* Adds the vtables of all objects, and the object manager. */
int bus_add_objects(Manager *manager);

/*
 * May the caller change this vHBA, and the other one of its pair unless that is 0? As
 * polkit_check(). The detail "wwpn" names both, with a blank between, so that a rule for one vHBA
 * does not extend to the other.
 */
int bus_check_access(sd_bus_message *call, Wwn wwpn, Wwn other, sd_bus_error *error);

/* The peer to name in bus_check_access() when the pair is going to be dissolved; 0 for none. */
Wwn bus_find_partner(const Manager *manager, Wwn wwpn);

/* The two ways to say Undefine, after polkit has agreed. */
int bus_undefine(Manager *manager, sd_bus_message *call, Wwn wwpn, sd_bus_error *error);

int hba_bus_add(Manager *manager);
int vhba_bus_add(Manager *manager);
