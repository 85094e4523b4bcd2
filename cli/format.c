/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/format.h"

#include "cli/lun.h"

#include <string.h>

const char *format_size(uint64_t bytes, char buf[static FORMAT_SIZE_MAX]) {
        static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
        double value = (double) bytes;
        size_t i = 0;

        if (bytes == 0)
                return strcpy(buf, "-");

        while (value >= 1024 && i + 1 < ARRAY_LEN(units)) {
                value /= 1024;
                i++;
        }
        if (value == (double) (uint64_t) value)
                (void) snprintf(buf, FORMAT_SIZE_MAX, "%.0f %s", value, units[i]);
        else
                (void) snprintf(buf, FORMAT_SIZE_MAX, "%.1f %s", value, units[i]);

        return buf;
}

Tone state_tone(const char *state) {
        static const char *const good[] = { "active",    "Active",    "Online",
                                            "running",   "LOGGED_IN", "ready",
                                            "optimized", "enabled",   "clean" };
        static const char *const faint[] = { "inactive", "", "Unknown", "disabled" };
        static const char *const waiting[] = { "activating",    "deactivating", "reloading",
                                               "Initializing",  "Blocked",      "blocked",
                                               "transient",     "Marginal",     "suspended",
                                               "ghost",         "shaky",        "pending",
                                               "non-optimized", "standby",      "transitioning",
                                               "FREE" };

        for (size_t i = 0; i < ARRAY_LEN(good); i++)
                if (strcmp(state, good[i]) == 0)
                        return TONE_GOOD;
        for (size_t i = 0; i < ARRAY_LEN(faint); i++)
                if (strcmp(state, faint[i]) == 0)
                        return TONE_FAINT;
        for (size_t i = 0; i < ARRAY_LEN(waiting); i++)
                if (strcmp(state, waiting[i]) == 0)
                        return TONE_WAITING;

        return TONE_BAD;
}

const char *vhba_state(const Vhba *vhba) {
        return vhba->defined ? vhba->unit_state : "transient";
}

Tone vhba_tone(const Vhba *vhba) {
        /* A unit that was up stays active when the link goes: the vport tells. */
        if (strcmp(vhba_state(vhba), "active") == 0 && strcmp(vhba->kernel_state, "Active") != 0)
                return TONE_BAD;

        return state_tone(vhba_state(vhba));
}

static void set_where(Json *json, const Vhba *vhba, const Hba *hba) {
        json_set_string(json, "parent", vhba->parent);
        json_set_string(json, "hba", hba ? hba->port_name : NULL);
        json_set_string(json, "hba_host", hba ? hba->host_name : NULL);
        json_set_string(json, "fabric", hba ? hba->fabric_name : NULL);
        json_set_string(json, "scsi_host", vhba->scsi_host);
}

static void set_pair(Json *json, const Vhba *vhba) {
        json_set_string(json, "peer", vhba->peer);
        json_set_string(json, "role", vhba->role);
        json_set_string(json, "pair_state", vhba->pair_state);
}

static void set_state(Json *json, const Vhba *vhba) {
        json_set_string(json, "state", vhba_state(vhba));
        json_set_string(json, "kernel_state", vhba->kernel_state);
        json_set_string(json, "kernel_last_state", vhba->kernel_last_state);
        json_set_string(json, "unit", vhba->unit);
        json_set_string(json, "unit_state", vhba->unit_state);
        json_set_string(json, "unit_sub_state", vhba->unit_sub_state);
        json_set_bool(json, "autostart", vhba->autostart);
        json_set_string(json, "cause", vhba->cause);
        json_set_string(json, "message", vhba->message);
}

Json *vhba_to_json(const Vhba *vhba, const Hba *hba) {
        Json *json = json_new_object();

        json_set_string(json, "wwpn", vhba->wwpn);
        json_set_string(json, "wwnn", vhba->wwnn);
        json_set_string(json, "symbolic_name", vhba->symbolic_name);
        json_set_bool(json, "defined", vhba->defined);
        json_set_string(json, "definition_file", vhba->definition_file);
        set_where(json, vhba, hba);
        set_pair(json, vhba);
        json_set(json, "expect", expectations_to_json(vhba->expect));
        json_set_number(json, "timeout_usec", vhba->timeout_usec);
        set_state(json, vhba);

        return json;
}

Json *hba_to_json(const Hba *hba) {
        Json *json = json_new_object();

        json_set_string(json, "host", hba->host_name);
        json_set_string(json, "port_name", hba->port_name);
        json_set_string(json, "node_name", hba->node_name);
        json_set_string(json, "fabric", hba->fabric_name);
        json_set_string(json, "state", hba->state);
        json_set_string(json, "port_type", hba->port_type);
        json_set_string(json, "speed", hba->speed);
        json_set_string(json, "vendor", hba->vendor);
        json_set_string(json, "model", hba->model);
        json_set_string(json, "driver", hba->driver);
        json_set_string(json, "pci_address", hba->pci_address);
        json_set_bool(json, "npiv_capable", hba->npiv_capable);
        json_set_number(json, "vports_in_use", hba->vports_in_use);
        json_set_number(json, "max_vports", hba->max_vports);

        return json;
}
