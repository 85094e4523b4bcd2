/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report.h"

#include "common/wwn.h"
#include "fc.h"
#include "table.h"

static void add_wwn(Table *table, uint64_t wwn) {
        table_add_text(table, "%s", WWN_STR(wwn));
}

static void add_mac(Table *table, const uint8_t mac[6]) {
        table_add_text(table, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
                       mac[4], mac[5]);
}

const char *duplicate_policy_name(DuplicatePolicy policy) {
        static const char *const names[] = {
                [DUPLICATE_REJECT] = "reject",
                [DUPLICATE_TAKEOVER] = "takeover",
                [DUPLICATE_ALLOW] = "allow",
        };

        return names[policy];
}

int report_ports(const Fabric *fabric, bool json, FILE *out) {
        static const Column columns[] = {
                { "link", COLUMN_NUMBER },        { "id", COLUMN_TEXT },
                { "wwpn", COLUMN_TEXT },          { "wwnn", COLUMN_TEXT },
                { "vport", COLUMN_BOOL },         { "registered", COLUMN_BOOL },
                { "fcp", COLUMN_TEXT },           { "rscn", COLUMN_BOOL },
                { "age-msec", COLUMN_NUMBER },    { "silent-msec", COLUMN_NUMBER },
                { "from", COLUMN_NUMBER },        { "to", COLUMN_NUMBER },
                { "dropped", COLUMN_NUMBER },     { "enode", COLUMN_TEXT },
                { "symbolic-name", COLUMN_TEXT },
        };
        /* FC-4 features of FCP: bit 0 target, bit 1 initiator. */
        static const char *const roles[] = { "", "target", "initiator", "both" };
        _cleanup_(table_done) Table table = TABLE_INIT(columns);
        uint64_t now_msec = fabric->now_msec();
        const Port *port;

        TAILQ_FOREACH(port, &fabric->ports, entry) {
                table_add_number(&table, port->link->number);
                table_add_text(&table, "%06x", port->id);
                add_wwn(&table, port->port_name);
                add_wwn(&table, port->node_name);
                table_add_bool(&table, port->is_virtual);
                table_add_bool(&table, port->is_registered);
                table_add_text(&table, "%s", roles[port_feature(port, TYPE_FCP) & 3]);
                table_add_bool(&table, port->wants_rscn);
                table_add_number(&table, now_msec - port->login_msec);
                table_add_number(&table, now_msec - port->keep_alive_msec);
                table_add_number(&table, port->frames_from);
                table_add_number(&table, port->frames_to);
                table_add_number(&table, port->frames_dropped);
                add_mac(&table, port->enode_mac);
                table_add_text(&table, "%s", port->symbolic_name);
        }
        return table_print(&table, json, out);
}

int report_links(const Fabric *fabric, bool json, FILE *out) {
        static const Column columns[] = {
                { "link", COLUMN_NUMBER },       { "name", COLUMN_TEXT },
                { "kind", COLUMN_TEXT },         { "state", COLUMN_TEXT },
                { "mac", COLUMN_TEXT },          { "vports", COLUMN_NUMBER },
                { "max-vports", COLUMN_NUMBER }, { "received", COLUMN_NUMBER },
                { "sent", COLUMN_NUMBER },       { "dropped", COLUMN_NUMBER },
        };
        _cleanup_(table_done) Table table = TABLE_INIT(columns);

        for (unsigned i = 0; i < FABRIC_LINKS_MAX; i++) {
                const Link *link = fabric->links[i];

                if (!link)
                        continue;
                table_add_number(&table, link->number);
                table_add_text(&table, "%s", link->name);
                table_add_text(&table, "%s", link->kind == LINK_STREAM ? "stream" : "interface");
                table_add_text(&table, "%s", link->is_down ? "down" : "up");
                add_mac(&table, link->mac);
                table_add_number(&table, port_count_virtual(&fabric->ports, link));
                table_add_number(&table, link->vports_max);
                table_add_number(&table, link->stats.received);
                table_add_number(&table, link->stats.sent);
                table_add_number(&table, link->stats.dropped);
        }
        return table_print(&table, json, out);
}

static void add_zones(Table *table, const char *set, const ZoneList *zones, bool default_permit) {
        const Zone *zone;

        table_add_text(table, "%s", set);
        table_add_text(table, "(default)");
        table_add_text(table, "%s", default_permit ? "permit" : "deny");
        TAILQ_FOREACH(zone, zones, entry)
                for (size_t i = 0; i < zone->n_members; i++) {
                        table_add_text(table, "%s", set);
                        table_add_text(table, "%s", zone->name);
                        add_wwn(table, zone->members[i]);
                }
}

int report_zones(const Fabric *fabric, bool json, FILE *out) {
        static const Column columns[] = {
                { "set", COLUMN_TEXT },
                { "zone", COLUMN_TEXT },
                { "member", COLUMN_TEXT },
        };
        _cleanup_(table_done) Table table = TABLE_INIT(columns);

        add_zones(&table, "active", &fabric->zoning.active, fabric->zoning.active_default_permit);
        add_zones(&table, "edited", &fabric->zoning.edited, fabric->zoning.edited_default_permit);
        return table_print(&table, json, out);
}

static void add_fault_detail(Table *table, const Fault *fault) {
        if (fault->kind <= FAULT_REJECT_LOGIN)
                table_add_text(table, "%02x/%02x", fault->reason, fault->explanation);
        else if (fault->kind == FAULT_SLOW)
                table_add_text(table, "%u ms", fault->delay_msec);
        else if (fault->kind == FAULT_DROP)
                table_add_text(table, "1 in %u", fault->one_in);
        else
                table_add_text(table, "%s", "");
}

int report_faults(const Fabric *fabric, bool json, FILE *out) {
        static const Column columns[] = {
                { "fault", COLUMN_NUMBER }, { "kind", COLUMN_TEXT },   { "scope", COLUMN_TEXT },
                { "detail", COLUMN_TEXT },  { "seen", COLUMN_NUMBER }, { "hits", COLUMN_NUMBER },
        };
        _cleanup_(table_done) Table table = TABLE_INIT(columns);
        const Fault *fault;

        TAILQ_FOREACH(fault, &fabric->faults.faults, entry) {
                table_add_number(&table, fault->number);
                table_add_text(&table, "%s", fault_kind_name(fault->kind));
                if (fault->port_name != 0)
                        add_wwn(&table, fault->port_name);
                else if (fault->link)
                        table_add_text(&table, "link %u", fault->link->number);
                else
                        table_add_text(&table, "all");
                add_fault_detail(&table, fault);
                table_add_number(&table, fault->seen);
                table_add_number(&table, fault->hits);
        }
        return table_print(&table, json, out);
}

int report_stats(const Fabric *fabric, bool json, FILE *out) {
        static const Column columns[] = {
                { "uptime-msec", COLUMN_NUMBER },     { "logged-in", COLUMN_NUMBER },
                { "attempts", COLUMN_NUMBER },        { "accepted", COLUMN_NUMBER },
                { "rejected", COLUMN_NUMBER },        { "duplicate-attempts", COLUMN_NUMBER },
                { "logged-in-twice", COLUMN_NUMBER }, { "rscns", COLUMN_NUMBER },
                { "unroutable", COLUMN_NUMBER },      { "malformed", COLUMN_NUMBER },
                { "delay-overflow", COLUMN_NUMBER },
        };
        _cleanup_(table_done) Table table = TABLE_INIT(columns);
        const AttemptLog *attempts = &fabric->attempts;
        uint64_t logged_in = 0;
        const Port *port;

        TAILQ_FOREACH(port, &fabric->ports, entry)
                logged_in++;
        table_add_number(&table, fabric->now_msec() - fabric->start_msec);
        table_add_number(&table, logged_in);
        table_add_number(&table, attempts->total);
        table_add_number(&table, attempts->total_by_result[ATTEMPT_ACCEPTED]);
        table_add_number(&table, attempts->total - attempts->total_by_result[ATTEMPT_ACCEPTED]);
        table_add_number(&table, attempts->total_duplicates);
        table_add_number(&table, attempts->total_logged_in_twice);
        table_add_number(&table, fabric->rscns_sent);
        table_add_number(&table, fabric->frames_unroutable);
        table_add_number(&table, fabric->frames_malformed);
        table_add_number(&table, fabric->delayed.dropped);
        return table_print_record(&table, json, out);
}

int report_config(const Fabric *fabric, bool json, FILE *out) {
        static const Column columns[] = {
                { "fabric-name", COLUMN_TEXT },
                { "switch-name", COLUMN_TEXT },
                { "domain", COLUMN_NUMBER },
                { "keep-alive-msec", COLUMN_NUMBER },
                { "npiv", COLUMN_BOOL },
                { "max-vports", COLUMN_NUMBER },
                { "duplicate-policy", COLUMN_TEXT },
                { "ns-zoning", COLUMN_BOOL },
        };
        _cleanup_(table_done) Table table = TABLE_INIT(columns);
        const FabricConfig *config = &fabric->config;

        add_wwn(&table, fabric->fabric_name);
        add_wwn(&table, fabric->switch_name);
        table_add_number(&table, config->domain);
        table_add_number(&table, config->keep_alive_msec);
        table_add_bool(&table, config->has_npiv);
        table_add_number(&table, config->vports_max);
        table_add_text(&table, "%s", duplicate_policy_name(config->duplicate_policy));
        table_add_bool(&table, config->has_ns_zoning);
        return table_print_record(&table, json, out);
}

int report_attempts(const Fabric *fabric, uint64_t port_name, bool json, FILE *out) {
        static const Column columns[] = {
                { "time-msec", COLUMN_NUMBER }, { "link", COLUMN_NUMBER },
                { "kind", COLUMN_TEXT },        { "wwpn", COLUMN_TEXT },
                { "duplicate", COLUMN_BOOL },   { "id", COLUMN_TEXT },
                { "reason", COLUMN_TEXT },      { "result", COLUMN_TEXT },
        };
        _cleanup_(table_done) Table table = TABLE_INIT(columns);

        for (size_t i = 0; i < attempt_log_count(&fabric->attempts); i++) {
                const Attempt *attempt = attempt_log_get(&fabric->attempts, i);
                bool is_accepted = attempt->result == ATTEMPT_ACCEPTED;

                if (port_name != 0 && attempt->port_name != port_name)
                        continue;
                table_add_number(&table, attempt->time_msec);
                table_add_number(&table, attempt->link_number);
                table_add_text(&table, "%s", attempt->is_fdisc ? "FDISC" : "FLOGI");
                add_wwn(&table, attempt->port_name);
                table_add_bool(&table, attempt->is_duplicate);
                if (is_accepted)
                        table_add_text(&table, "%06x", attempt->id);
                else
                        table_add_text(&table, "%s", "");
                if (is_accepted)
                        table_add_text(&table, "%s", "");
                else
                        table_add_text(&table, "%02x/%02x", attempt->reason, attempt->explanation);
                table_add_text(&table, "%s", attempt_result_text(attempt->result));
        }
        return table_print(&table, json, out);
}
