/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <string.h>

#include "ids.h"
#include "mem.h"
#include "port.h"
#include "rport.h"

#define BSG_MINOR_FIRST 0xc0000U

struct Port {
        TAILQ_ENTRY(Port) in_ports;
        TAILQ_HEAD(, Rport) rports;
        PortSpec spec;
        unsigned number;
        unsigned n_rports;
        bool is_online;
        Device *task_queue;
        Device *work_queue;
        Device *host;
        Device *scsi_host;
        Device *fc_host;
        Device *bsg;
};

static TAILQ_HEAD(, Port) ports = TAILQ_HEAD_INITIALIZER(ports);
static Ids host_ids;

static int store_scan(Node *attr, const char *data, size_t len) {
        port_scan(attr->object);
        return 0;
}

static Device *port_add_queue(const char *kind, unsigned number) {
        _cleanup_free_ char *name = mem_printf("scsi_%s_%u", kind, number);
        Device *queue;

        queue = device_new(node_dir(tree_root(), "devices/virtual/workqueue"),
                           &(DeviceSpec){ .name = name, .subsystem = "workqueue", .on_bus = true });
        device_announce(queue, "add");
        return queue;
}

static void port_add_scsi_host(Port *port, const char *name) {
        bool is_qlogic = strcmp(port->spec.driver, "qla2xxx") == 0;
        Node *dir;

        port->scsi_host = device_new(device_dir(port->host),
                                     &(DeviceSpec){ .name = name, .subsystem = "scsi_host" });
        dir = device_dir(port->scsi_host);

        (void) node_text(dir, "active_mode", "Initiator\n");
        (void) node_text(dir, "host_busy", "0\n");
        (void) node_text(dir, is_qlogic ? "model_name" : "modelname", "%s\n", port->spec.model);
        (void) node_text(dir, is_qlogic ? "model_desc" : "modeldesc", "%s FC adapter\n",
                         port->spec.model);
        (void) node_text(dir, "proc_name", "%s\n", port->spec.driver);
        (void) node_text(dir, "state", "running\n");
        (void) node_text(dir, "unique_id", "%u\n", port->number);
        (void) node_attr(dir, "scan", 0200, store_scan, port);

        device_announce(port->host, "add");
        device_announce(port->scsi_host, "add");
}

static void port_add_fc_host(Port *port, const char *name) {
        const PortSpec *spec = &port->spec;
        Node *dir;

        port->fc_host = device_new(device_dir(port->host),
                                   &(DeviceSpec){ .name = name, .subsystem = "fc_host" });
        dir = device_dir(port->fc_host);

        (void) node_text(dir, "dev_loss_tmo", "60\n");
        (void) node_text(dir, "fabric_name", "0x%016" PRIx64 "\n", spec->fabric_name);
        (void) node_text(dir, "maxframe_size", "2048 bytes\n");
        (void) node_text(dir, "node_name", "0x%016" PRIx64 "\n", spec->node_name);
        (void) node_text(dir, "port_id", "0x%06x\n", 0x010000 + port->number);
        (void) node_text(dir, "port_name", "0x%016" PRIx64 "\n", spec->port_name);
        (void) node_text(dir, "port_state", "Linkdown\n");
        (void) node_text(dir, "port_type", "%s\n", spec->port_type);
        (void) node_text(dir, "speed", "%s\n", spec->speed);
        (void) node_text(dir, "supported_classes", "Class 3\n");
        (void) node_text(dir, "supported_speeds", "8 Gbit, 16 Gbit, 32 Gbit\n");
        (void) node_text(dir, "symbolic_name", "%s\n", spec->model);
        (void) node_text(dir, "tgtid_bind_type", "wwpn (World Wide Port Name)\n");
        (void) node_attr(dir, "dev_loss_tmo", 0644, node_store_text, NULL);
}

static void port_add_bsg(Port *port) {
        _cleanup_free_ char *name = mem_printf("fc_host%u", port->number);
        _cleanup_free_ char *devname = mem_printf("bsg/%s", name);

        port->bsg =
                device_new(device_dir(port->host), &(DeviceSpec){
                                                           .name = name,
                                                           .subsystem = "bsg",
                                                           .devname = devname,
                                                           .minor = BSG_MINOR_FIRST + port->number,
                                                   });
        device_announce(port->bsg, "add");
}

Port *port_new(Node *parent, const PortSpec *spec) {
        _cleanup_free_ char *name = NULL;
        Port *port = mem_new(sizeof *port);

        *port = (Port){ .spec = *spec, .number = ids_take(&host_ids) };
        port->spec.port_type = mem_dup(spec->port_type);
        port->spec.speed = mem_dup(spec->speed);
        port->spec.driver = mem_dup(spec->driver);
        port->spec.model = mem_dup(spec->model);
        TAILQ_INIT(&port->rports);
        name = mem_printf("host%u", port->number);

        port->task_queue = port_add_queue("tmf", port->number);
        port->host = device_new(parent, &(DeviceSpec){
                                                .name = name,
                                                .subsystem = "scsi",
                                                .on_bus = true,
                                                .env = "DEVTYPE=scsi_host\n",
                                        });
        port_add_scsi_host(port, name);
        port->work_queue = port_add_queue("wq", port->number);
        port_add_fc_host(port, name);
        port_add_bsg(port);
        device_announce(port->fc_host, "add");

        TAILQ_INSERT_TAIL(&ports, port, in_ports);
        return port;
}

void port_forget(Port *port) {
        Rport *rport;

        while ((rport = TAILQ_FIRST(&port->rports))) {
                TAILQ_REMOVE(&port->rports, rport, in_port);
                (void) rport_free(rport);
        }
}

Port *port_free(Port *port) {
        TAILQ_REMOVE(&ports, port, in_ports);
        port_forget(port);

        port->bsg = device_remove(port->bsg);
        port->fc_host = device_remove(port->fc_host);
        port->scsi_host = device_remove(port->scsi_host);
        port->host = device_remove(port->host);
        port->work_queue = device_remove(port->work_queue);
        port->task_queue = device_remove(port->task_queue);
        ids_give(&host_ids, port->number);

        free((void *) port->spec.port_type);
        free((void *) port->spec.speed);
        free((void *) port->spec.driver);
        free((void *) port->spec.model);
        free(port);
        return NULL;
}

Port *port_next(Port *port) {
        return port ? TAILQ_NEXT(port, in_ports) : TAILQ_FIRST(&ports);
}

unsigned port_number(const Port *port) {
        return port->number;
}

Wwpn port_port_name(const Port *port) {
        return port->spec.port_name;
}

Node *port_dir(const Port *port) {
        return device_dir(port->host);
}

Node *port_fc_dir(const Port *port) {
        return device_dir(port->fc_host);
}

static Rport *port_find(const Port *port, Wwpn target) {
        Rport *rport;

        TAILQ_FOREACH(rport, &port->rports, in_port)
                if (rport->port_name == target)
                        return rport;

        return NULL;
}

static Lun *port_find_lun(const Port *port, const Mapping *mapping, Rport **ret_rport) {
        Rport *rport = NULL;

        if (mapping->initiator == port->spec.port_name)
                rport = port_find(port, mapping->target);
        if (ret_rport)
                *ret_rport = rport;

        return rport ? rport_find(rport, mapping->lun) : NULL;
}

void port_set_state(Port *port, const char *state) {
        bool is_online = strcmp(state, "Online") == 0;
        Rport *rport;

        (void) node_text(device_dir(port->fc_host), "port_state", "%s\n", state);
        if (is_online == port->is_online)
                return;

        port->is_online = is_online;
        TAILQ_FOREACH(rport, &port->rports, in_port)
                rport_set_online(rport, is_online);
}

void port_map(Port *port, const Mapping *mapping) {
        Rport *rport;

        if (!port->is_online || mapping->initiator != port->spec.port_name)
                return;

        rport = port_find(port, mapping->target);
        if (!rport) {
                rport = rport_new(device_dir(port->host), port->number, port->n_rports++,
                                  mapping->target);
                TAILQ_INSERT_TAIL(&port->rports, rport, in_port);
        }
        rport_attach(rport, mapping);
}

void port_scan(Port *port) {
        const Mapping *mapping;

        TAILQ_FOREACH(mapping, san_mappings(), in_san)
                port_map(port, mapping);
}

void port_unmap(Port *port, const Mapping *mapping) {
        Rport *rport;
        Lun *lun = port_find_lun(port, mapping, &rport);

        if (lun)
                rport_detach(rport, lun);
}

void port_identify(Port *port, const Mapping *mapping) {
        Lun *lun = port_find_lun(port, mapping, NULL);

        if (lun)
                lun_identify(lun, mapping);
}

void port_resize(Port *port, const Mapping *mapping) {
        Lun *lun = port_find_lun(port, mapping, NULL);

        if (lun)
                lun_resize(lun, mapping);
}

const char *port_disk(const Port *port, const Mapping *mapping) {
        const Lun *lun = port_find_lun(port, mapping, NULL);

        return lun ? device_dir(lun->block)->name : NULL;
}
