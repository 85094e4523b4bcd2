/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <string.h>

#include "hba.h"
#include "mem.h"

static const char *const port_states[_VPORT_STATE_MAX] = {
        [VPORT_ACTIVE] = "Online",
        [VPORT_LINKDOWN] = "Linkdown",
};

static void vport_connect(Vport *vport);

static int store_delete(Node *attr, const char *data, size_t len) {
        Vport *vport = attr->object;
        int error = san_policy(vport->port_name)->delete_errno;

        if (error)
                return -error;

        hba_drop_vport(vport->hba, vport);
        return 0;
}

static int store_disable(Node *attr, const char *data, size_t len) {
        Vport *vport = attr->object;
        bool is_disabled = vport->state == VPORT_DISABLED;

        if (len == 0 || (data[0] != '0' && data[0] != '1'))
                return -EINVAL;
        if ((data[0] == '1') == is_disabled)
                return -EALREADY;

        if (is_disabled)
                vport_connect(vport);
        else
                vport_set_state(vport, VPORT_DISABLED);

        return 0;
}

/* The name a vport has on the switch: 255 characters at most. */
static int store_symbolic_name(Node *attr, const char *data, size_t len) {
        if (len > 255)
                return -EINVAL;

        return node_store_text(attr, data, len);
}

Vport *vport_new(Hba *hba, unsigned number, Wwpn port_name, Wwpn node_name) {
        _cleanup_free_ char *name = NULL;
        Vport *vport = mem_new(sizeof *vport);
        Node *dir;

        *vport = (Vport){
                .hba = hba,
                .number = number,
                .port_name = port_name,
                .node_name = node_name,
        };
        name = mem_printf("vport-%u:0-%u", port_number(hba->port), number);

        vport->device = device_new(port_dir(hba->port), &(DeviceSpec){ .name = name });
        vport->fc_vport = device_new(device_dir(vport->device),
                                     &(DeviceSpec){ .name = name, .subsystem = "fc_vports" });
        dir = device_dir(vport->fc_vport);

        (void) node_text(dir, "node_name", "0x%016" PRIx64 "\n", node_name);
        (void) node_text(dir, "port_name", "0x%016" PRIx64 "\n", port_name);
        (void) node_text(dir, "roles", "FCP Initiator\n");
        (void) node_text(dir, "symbolic_name", "\n");
        (void) node_text(dir, "vport_last_state", "Unknown\n");
        (void) node_text(dir, "vport_state", "Unknown\n");
        (void) node_text(dir, "vport_type", "NPIV VPORT\n");
        (void) node_attr(dir, "symbolic_name", 0644, store_symbolic_name, NULL);
        (void) node_attr(dir, "vport_delete", 0200, store_delete, vport);
        (void) node_attr(dir, "vport_disable", 0200, store_disable, vport);

        device_announce(vport->fc_vport, "add");
        return vport;
}

static int on_state_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Vport *vport = userdata;

        vport_set_state(vport, san_policy(vport->port_name)->state);
        return 0;
}

static int on_lun_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Vport *vport = userdata;

        port_scan(vport->port);
        return 0;
}

static void vport_after(sd_event_source **source, unsigned delay_ms, sd_event_time_handler_t then,
                        Vport *vport) {
        sd_event *event = NULL;

        *source = sd_event_source_disable_unref(*source);
        if (sd_event_default(&event) < 0 ||
            sd_event_add_time_relative(event, source, CLOCK_MONOTONIC, delay_ms * UINT64_C(1000), 1,
                                       then, vport) < 0)
                abort();

        (void) sd_event_unref(event);
}

static void vport_login(Vport *vport) {
        const Policy *policy = san_policy(vport->port_name);

        if (policy->delay_ms == 0) {
                vport_set_state(vport, policy->state);
                return;
        }

        vport_set_state(vport, VPORT_INITIALIZING);
        vport_after(&vport->state_timer, policy->delay_ms, on_state_timer, vport);
}

static void vport_connect(Vport *vport) {
        if (hba_is_online(vport->hba))
                vport_login(vport);
        else
                vport_set_state(vport, VPORT_LINKDOWN);
}

int vport_start(Vport *vport) {
        PortSpec spec = vport->hba->spec;
        int error = san_policy(vport->port_name)->create_errno;

        if (error)
                return -error;

        spec.port_name = vport->port_name;
        spec.node_name = vport->node_name;
        spec.port_type = "NPIV VPORT";
        vport->port = port_new(device_dir(vport->device), &spec);
        vport_link_changed(vport);
        return 0;
}

Vport *vport_free(Vport *vport) {
        vport->state_timer = sd_event_source_disable_unref(vport->state_timer);
        vport->lun_timer = sd_event_source_disable_unref(vport->lun_timer);
        if (vport->port)
                vport->port = port_free(vport->port);
        vport->fc_vport = device_remove(vport->fc_vport);
        vport->device = device_remove(vport->device);
        free(vport);
        return NULL;
}

void vport_set_state(Vport *vport, VportState state) {
        Node *dir = device_dir(vport->fc_vport);
        unsigned lun_delay_ms = san_policy(vport->port_name)->lun_delay_ms;

        vport->state_timer = sd_event_source_disable_unref(vport->state_timer);
        vport->lun_timer = sd_event_source_disable_unref(vport->lun_timer);

        if (state != vport->state) {
                (void) node_text(dir, "vport_last_state", "%s\n", vport_state_name(vport->state));
                (void) node_text(dir, "vport_state", "%s\n", vport_state_name(state));
                vport->state = state;
        }
        port_set_state(vport->port, port_states[state] ?: "Offline");

        if (state != VPORT_ACTIVE)
                return;
        if (lun_delay_ms > 0)
                vport_after(&vport->lun_timer, lun_delay_ms, on_lun_timer, vport);
        else
                port_scan(vport->port);
}

void vport_link_changed(Vport *vport) {
        if (vport->state != VPORT_DISABLED)
                vport_connect(vport);
}

Vport *vport_find(Wwpn port_name) {
        Vport *vport;

        for (Hba *hba = hba_next(NULL); hba; hba = hba_next(hba))
                TAILQ_FOREACH(vport, &hba->vports, in_hba)
                        if (vport->port_name == port_name)
                                return vport;

        return NULL;
}
