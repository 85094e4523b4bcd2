/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "port.h"

#include "fc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint32_t port_free_id(const PortList *list, const Link *link, uint8_t domain,
                             bool is_virtual) {
        uint32_t base = (uint32_t) domain << 16 | (link->number + 1) << 8;

        for (uint32_t i = is_virtual ? 1 : 0; i < PORTS_PER_LINK; i++)
                if (!port_find_id(list, base | i))
                        return base | i;
        return 0;
}

int port_list_add(PortList *list, Link *link, uint8_t domain, bool is_virtual, Port **ret) {
        uint32_t id = port_free_id(list, link, domain, is_virtual);
        Port *port;

        if (id == 0)
                return -ENOSPC;
        port = calloc(1, sizeof *port);
        if (!port)
                return -ENOMEM;
        port->link = link;
        port->id = id;
        port->is_virtual = is_virtual;
        put24(port->mac, FC_MAP);
        put24(port->mac + 3, id);
        TAILQ_INSERT_TAIL(list, port, entry);

        *ret = port;
        return 0;
}

void port_list_drop(PortList *list, Port *port) {
        TAILQ_REMOVE(list, port, entry);
        free(port);
}

Port *port_find_id(const PortList *list, uint32_t id) {
        Port *port;

        TAILQ_FOREACH(port, list, entry)
                if (port->id == id)
                        return port;
        return NULL;
}

Port *port_find_name(const PortList *list, uint64_t port_name) {
        Port *port;

        TAILQ_FOREACH(port, list, entry)
                if (port->port_name == port_name)
                        return port;
        return NULL;
}

Port *port_find_physical(const PortList *list, const Link *link, const uint8_t enode_mac[6]) {
        Port *port;

        TAILQ_FOREACH(port, list, entry)
                if (!port->is_virtual && port->link == link &&
                    memcmp(port->enode_mac, enode_mac, 6) == 0)
                        return port;
        return NULL;
}

unsigned port_count_virtual(const PortList *list, const Link *link) {
        unsigned count = 0;
        Port *port;

        TAILQ_FOREACH(port, list, entry)
                count += port->link == link && port->is_virtual;
        return count;
}

unsigned port_count_name(const PortList *list, uint64_t port_name) {
        unsigned count = 0;
        Port *port;

        TAILQ_FOREACH(port, list, entry)
                count += port->port_name == port_name;
        return count;
}

/* RFT_ID's bitmap is eight words, each big endian: type 8 is bit 0 of the third byte. */
bool port_has_type(const Port *port, uint8_t type) {
        return port->fc4_types[type / 32 * 4 + 3 - type % 32 / 8] >> type % 8 & 1;
}

/* GFF_ID's features are 32 words of eight half-bytes, the lowest type in the lowest half-byte. */
static unsigned feature_byte(uint8_t type) {
        return type / 8 * 4 + 3 - type % 8 / 2;
}

uint8_t port_feature(const Port *port, uint8_t type) {
        return port->fc4_features[feature_byte(type)] >> type % 2 * 4 & 0xf;
}

void port_set_feature(Port *port, uint8_t type, uint8_t feature) {
        uint8_t *byte = &port->fc4_features[feature_byte(type)];
        unsigned shift = type % 2 * 4;

        *byte = (uint8_t) ((*byte & ~(0xf << shift)) | (feature & 0xf) << shift);
}
