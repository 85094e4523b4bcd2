/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fabric.h"

#include "fip.h"
#include "frame.h"

#include <stdarg.h>
#include <string.h>

/* VN_Port keep-alives come every 90 s, ENode ones every FKA_ADV_PERIOD; 2.5 misses end the login.
 */
#define KEEP_ALIVE_LIMIT(period_msec) ((uint64_t) (period_msec) *5 / 2)

/* An RSCN page is four bytes and an RSCN must fit into one frame of the smallest payload. */
#define RSCN_HEADER_SIZE 4
#define RSCN_PAGE_SIZE 4
#define RSCN_PAGES_MAX 60
#define RSCN_FORMAT_FABRIC 0x03

const FabricConfig fabric_config_default = {
        .domain = 1,
        .keep_alive_msec = 8000,
        .vports_max = 255,
        .has_npiv = true,
        .duplicate_policy = DUPLICATE_REJECT,
};

int fabric_init(Fabric *fabric, const FabricConfig *config, uint64_t (*now_msec)(void)) {
        static const uint8_t mac[6] = { 0x02, 0xfc, 0xf0, 0x00, 0x00, 0x00 };

        *fabric = (Fabric){
                .config = *config,
                .now_msec = now_msec,
                .start_msec = now_msec(),
                .switch_name = 0x2000000dec000000 | config->domain,
                .fabric_name = 0x1000000dec000000 | config->domain,
        };
        memcpy(fabric->mac, mac, sizeof mac);
        fabric->mac[5] = config->domain;
        fabric->next_advertisement_msec = fabric->start_msec + config->keep_alive_msec;
        TAILQ_INIT(&fabric->ports);
        zoning_init(&fabric->zoning);
        fault_list_init(&fabric->faults);
        delay_queue_init(&fabric->delayed);
        return attempt_log_init(&fabric->attempts);
}

void fabric_done(Fabric *fabric) {
        Port *port;

        while ((port = TAILQ_FIRST(&fabric->ports)))
                port_list_drop(&fabric->ports, port);
        delay_queue_done(&fabric->delayed);
        fault_list_done(&fabric->faults);
        for (unsigned i = 0; i < FABRIC_LINKS_MAX; i++)
                fabric->links[i] = link_free(fabric->links[i]);
        zoning_done(&fabric->zoning);
        attempt_log_done(&fabric->attempts);
}

void fabric_log(const Fabric *fabric, const char *format, ...) {
        uint64_t msec = fabric->now_msec() - fabric->start_msec;
        va_list args;

        if (!fabric->config.is_verbose)
                return;
        printf("%6u.%03u ", (unsigned) (msec / 1000), (unsigned) (msec % 1000));
        va_start(args, format);
        (void) vprintf(format, args);
        va_end(args);
        putchar('\n');
}

uint16_t fabric_next_exchange(Fabric *fabric) {
        /* 0xffff means "not assigned yet". */
        if (++fabric->last_exchange == UINT16_MAX)
                fabric->last_exchange = 1;
        return fabric->last_exchange;
}

int fabric_add_link(Fabric *fabric, Link *link) {
        for (unsigned i = 0; i < FABRIC_LINKS_MAX; i++) {
                if (fabric->links[i])
                        continue;
                link->number = i;
                link->vports_max = fabric->config.vports_max;
                fabric->links[i] = link;
                fabric->generation++;
                fabric_log(fabric, "link %u: up (%s)", i, link->name);
                /* A host that waits for an advertisement need not wait a whole period. */
                fip_advertise(fabric, link);
                return 0;
        }
        return -ENOSPC;
}

void fabric_drop_link(Fabric *fabric, Link *link, const char *why) {
        fabric_log(fabric, "link %u: closed (%s)", link->number, why);
        fabric_logout_link(fabric, link, why);
        fault_list_forget_link(&fabric->faults, link);
        delay_queue_forget_link(&fabric->delayed, link);
        fabric->links[link->number] = NULL;
        fabric->generation++;
        (void) link_free(link);
}

static void fabric_send_rscn(Fabric *fabric, Port *to, const uint32_t *ids, size_t n_ids) {
        uint8_t payload[RSCN_HEADER_SIZE + RSCN_PAGES_MAX * RSCN_PAGE_SIZE] = { 0 };
        uint32_t whole_fabric = (uint32_t) RSCN_FORMAT_FABRIC << 24;
        size_t size;

        if (!to->wants_rscn || n_ids == 0)
                return;
        if (n_ids > RSCN_PAGES_MAX) {
                ids = &whole_fabric;
                n_ids = 1;
        }
        size = RSCN_HEADER_SIZE + n_ids * RSCN_PAGE_SIZE;
        payload[0] = ELS_RSCN;
        payload[1] = RSCN_PAGE_SIZE;
        put16(payload + 2, (uint32_t) size);
        for (size_t i = 0; i < n_ids; i++)
                put32(payload + RSCN_HEADER_SIZE + i * RSCN_PAGE_SIZE, ids[i]);
        frame_send_els(fabric, to, ID_FABRIC_CONTROLLER, payload, size);
        fabric->rscns_sent++;
}

void fabric_tell_change(Fabric *fabric, const Port *changed) {
        Port *port;

        TAILQ_FOREACH(port, &fabric->ports, entry)
                if (port != changed &&
                    zoning_permits(&fabric->zoning, port->port_name, changed->port_name))
                        fabric_send_rscn(fabric, port, &changed->id, 1);
}

int fabric_activate_zoning(Fabric *fabric) {
        Zoning *zoning = &fabric->zoning;
        bool old_default_permit;
        Port *port, *other;
        ZoneList old;
        int r;

        r = zoning_activate(zoning, &old, &old_default_permit);
        if (r < 0)
                return r;
        TAILQ_FOREACH(port, &fabric->ports, entry) {
                uint32_t changed[RSCN_PAGES_MAX + 1];
                size_t n_changed = 0;

                TAILQ_FOREACH(other, &fabric->ports, entry)
                        if (n_changed <= RSCN_PAGES_MAX &&
                            zone_list_permits(&old, old_default_permit, port->port_name,
                                              other->port_name) !=
                                    zoning_permits(zoning, port->port_name, other->port_name))
                                changed[n_changed++] = other->id;
                fabric_send_rscn(fabric, port, changed, n_changed);
        }
        zone_list_done(&old);
        fabric->generation++;
        return 0;
}

void fabric_logout(Fabric *fabric, Port *port, const char *why) {
        fabric_log(fabric, "link %u: logout %016llx %06x (%s)", port->link->number,
                   (unsigned long long) port->port_name, port->id, why);
        fabric_tell_change(fabric, port);
        port_list_drop(&fabric->ports, port);
        fabric->generation++;
}

void fabric_logout_enode(Fabric *fabric, const Link *link, const uint8_t enode_mac[6],
                         const char *why) {
        Port *port, *next;

        for (port = TAILQ_FIRST(&fabric->ports); port; port = next) {
                next = TAILQ_NEXT(port, entry);
                if (port->link == link && memcmp(port->enode_mac, enode_mac, 6) == 0)
                        fabric_logout(fabric, port, why);
        }
}

void fabric_logout_link(Fabric *fabric, const Link *link, const char *why) {
        Port *port, *next;

        for (port = TAILQ_FIRST(&fabric->ports); port; port = next) {
                next = TAILQ_NEXT(port, entry);
                if (port->link == link)
                        fabric_logout(fabric, port, why);
        }
}

/* FC-BB-5, 7.9.4: a port whose host keeps silent is logged out, and told so in case it lives. */
static uint64_t fabric_expire_ports(Fabric *fabric, uint64_t now_msec) {
        uint64_t limit_msec = KEEP_ALIVE_LIMIT(fabric->config.keep_alive_msec);
        uint64_t next_msec = UINT64_MAX;
        Port *port, *next;

        for (port = TAILQ_FIRST(&fabric->ports); port; port = next) {
                uint64_t due_msec = port->keep_alive_msec + limit_msec;

                next = TAILQ_NEXT(port, entry);
                if (due_msec > now_msec) {
                        if (due_msec < next_msec)
                                next_msec = due_msec;
                        continue;
                }
                fip_clear_virtual_link(fabric, port);
                fabric_logout(fabric, port, "keep-alive timeout");
        }
        return next_msec;
}

static void fabric_advertise(Fabric *fabric) {
        fabric->next_advertisement_msec = fabric->now_msec() + fabric->config.keep_alive_msec;
        for (unsigned i = 0; i < FABRIC_LINKS_MAX; i++)
                if (fabric->links[i])
                        fip_advertise(fabric, fabric->links[i]);
}

void fabric_set_keep_alive(Fabric *fabric, uint32_t msec) {
        fabric->config.keep_alive_msec = msec;
        fabric_advertise(fabric);
}

uint64_t fabric_tick(Fabric *fabric) {
        uint64_t now_msec = fabric->now_msec();
        uint64_t next_msec, due_msec;

        if (now_msec >= fabric->next_advertisement_msec)
                fabric_advertise(fabric);
        next_msec = fabric->next_advertisement_msec;

        due_msec = fabric_expire_ports(fabric, now_msec);
        if (due_msec < next_msec)
                next_msec = due_msec;
        due_msec = delay_queue_run(&fabric->delayed, now_msec);
        if (due_msec < next_msec)
                next_msec = due_msec;
        return next_msec - now_msec;
}
