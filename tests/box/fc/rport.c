/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdlib.h>

#include "mem.h"
#include "rport.h"

static int store_seconds(Node *attr, const char *data, size_t len) {
        char *end;
        unsigned long value = strtoul(data, &end, 10);

        if (end == data || (*end && *end != '\n') || value > 600)
                return -EINVAL;

        return node_store_text(attr, data, len);
}

static int store_delete(Node *attr, const char *data, size_t len) {
        Rport *rport = attr->object;
        Lun *lun;

        TAILQ_FOREACH(lun, &rport->luns, in_rport)
                if (device_dir(lun->scsi) == attr->parent) {
                        rport_detach(rport, lun);
                        break;
                }

        return 0;
}

Rport *rport_new(Node *host_dir, unsigned host, unsigned number, Wwpn port_name) {
        _cleanup_free_ char *name = mem_printf("rport-%u:0-%u", host, number);
        Rport *rport = mem_new(sizeof *rport);
        Node *dir;

        *rport = (Rport){ .port_name = port_name, .host = host, .number = number };
        TAILQ_INIT(&rport->luns);

        rport->rport = device_new(host_dir, &(DeviceSpec){ .name = name });
        rport->remote_port =
                device_new(device_dir(rport->rport),
                           &(DeviceSpec){ .name = name, .subsystem = "fc_remote_ports" });
        dir = device_dir(rport->remote_port);

        (void) node_text(dir, "dev_loss_tmo", "60\n");
        (void) node_text(dir, "fast_io_fail_tmo", "off\n");
        (void) node_text(dir, "maxframe_size", "2048 bytes\n");
        (void) node_text(dir, "node_name", "0x%016" PRIx64 "\n", port_name);
        (void) node_text(dir, "port_id", "0x%06x\n", 0x020000 + number);
        (void) node_text(dir, "port_name", "0x%016" PRIx64 "\n", port_name);
        (void) node_text(dir, "port_state", "Online\n");
        (void) node_text(dir, "roles", "FCP Target\n");
        (void) node_text(dir, "scsi_target_id", "%u\n", number);
        (void) node_text(dir, "supported_classes", "Class 3\n");
        (void) node_attr(dir, "dev_loss_tmo", 0644, store_seconds, NULL);
        (void) node_attr(dir, "fast_io_fail_tmo", 0644, store_seconds, NULL);

        device_announce(rport->remote_port, "add");
        return rport;
}

static void rport_add_target(Rport *rport) {
        _cleanup_free_ char *name = mem_printf("target%u:0:%u", rport->host, rport->number);
        Node *dir;

        rport->target = device_new(device_dir(rport->rport), &(DeviceSpec){
                                                                     .name = name,
                                                                     .subsystem = "scsi",
                                                                     .on_bus = true,
                                                                     .env = "DEVTYPE=scsi_target\n",
                                                             });
        rport->transport = device_new(device_dir(rport->target),
                                      &(DeviceSpec){ .name = name, .subsystem = "fc_transport" });
        dir = device_dir(rport->transport);
        (void) node_text(dir, "node_name", "0x%016" PRIx64 "\n", rport->port_name);
        (void) node_text(dir, "port_id", "0x%06x\n", 0x020000 + rport->number);
        (void) node_text(dir, "port_name", "0x%016" PRIx64 "\n", rport->port_name);

        device_announce(rport->target, "add");
        device_announce(rport->transport, "add");
}

Rport *rport_free(Rport *rport) {
        Lun *lun;

        while ((lun = TAILQ_FIRST(&rport->luns)))
                rport_detach(rport, lun);

        rport->remote_port = device_remove(rport->remote_port);
        rport->rport = device_remove(rport->rport);
        free(rport);
        return NULL;
}

void rport_set_online(Rport *rport, bool online) {
        Lun *lun;

        (void) node_text(device_dir(rport->remote_port), "port_state", "%s\n",
                         online ? "Online" : "Blocked");
        TAILQ_FOREACH(lun, &rport->luns, in_rport)
                lun_set_state(lun, online ? "running" : "blocked");
}

Lun *rport_find(Rport *rport, uint64_t number) {
        Lun *lun;

        TAILQ_FOREACH(lun, &rport->luns, in_rport)
                if (lun->number == number)
                        return lun;

        return NULL;
}

void rport_attach(Rport *rport, const Mapping *mapping) {
        _cleanup_free_ char *hctl = NULL;
        Lun *lun;

        if (rport_find(rport, mapping->lun))
                return;
        if (!rport->target)
                rport_add_target(rport);

        hctl = mem_printf("%u:0:%u:%" PRIu64, rport->host, rport->number, mapping->lun);
        lun = lun_new(device_dir(rport->target), hctl, mapping);
        TAILQ_INSERT_TAIL(&rport->luns, lun, in_rport);
        (void) node_attr(device_dir(lun->scsi), "delete", 0200, store_delete, rport);
}

void rport_detach(Rport *rport, Lun *lun) {
        TAILQ_REMOVE(&rport->luns, lun, in_rport);
        (void) lun_free(lun);

        if (TAILQ_EMPTY(&rport->luns)) {
                rport->transport = device_remove(rport->transport);
                rport->target = device_remove(rport->target);
        }
}
