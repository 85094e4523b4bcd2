/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot vhba worksheet: text for a ticket. WWNs are printed with colons, as switches and arrays
 * want them.
 */

#include "cli/argument.h"
#include "cli/format.h"
#include "cli/verbs.h"
#include "cli/worksheet.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

/* With colons; text that is no WWN stays as it is. */
static const char *colons(const char *text, char buf[static WWN_COLONS_SIZE]) {
        Wwn wwn;

        return wwn_parse(text, &wwn) < 0 ? text : wwn_format_colons(wwn, buf);
}

static const char *host_name(const Client *client, char buf[static HOST_NAME_MAX + 1]) {
        const char *host = client->options->value[OPTION_HOST];

        if (host)
                return host;
        if (gethostname(buf, HOST_NAME_MAX + 1) < 0)
                return "";
        buf[HOST_NAME_MAX] = '\0';
        return buf;
}

static int print_ports(const Worksheet *worksheet) {
        static const Column columns[] = {
                { "WWPN" },  { "WWNN" }, { "NAME" },   { "ROLE" },
                { "STATE" }, { "HBA" },  { "FABRIC" },
        };
        _cleanup_(table_freep) Table *table = NULL;
        char wwn[WWN_COLONS_SIZE];
        int r;

        r = table_new(columns, ARRAY_LEN(columns), true, &table);
        if (r < 0)
                return r;

        for (size_t i = 0; i < worksheet->n_initiators; i++) {
                const Initiator *initiator = worksheet->initiators + i;
                const Vhba *vhba = initiator->vhba;
                const Hba *hba = initiator->hba;
                Row *row = table_add_row(table, NULL);

                table_set(table, row, 0, TONE_PLAIN, colons(initiator->wwpn, wwn));
                table_set(table, row, 3, TONE_PLAIN, initiator->role);
                table_set(table, row, 4, TONE_PLAIN, "not on this host");
                if (vhba) {
                        table_set(table, row, 1, TONE_PLAIN, colons(vhba->wwnn, wwn));
                        table_set(table, row, 2, TONE_PLAIN, vhba->symbolic_name);
                        table_set(table, row, 4, vhba_tone(vhba), vhba_state(vhba));
                        table_set(table, row, 5, TONE_PLAIN,
                                  hba ? colons(hba->port_name, wwn) : vhba->parent);
                }
                if (hba)
                        table_set(table, row, 6, TONE_PLAIN, colons(hba->fabric_name, wwn));
        }

        return table_print(table);
}

static int print_targets(const Worksheet *worksheet) {
        static const Column columns[] = {
                { "THROUGH" },
                { "TARGET PORT" },
                { "STATE" },
                { "LUNS", COLUMN_RIGHT },
        };
        _cleanup_(table_freep) Table *table = NULL;
        char wwn[WWN_COLONS_SIZE];
        int r;

        r = table_new(columns, ARRAY_LEN(columns), true, &table);
        if (r < 0)
                return r;

        for (size_t i = 0; i < worksheet->n_initiators; i++) {
                const Initiator *initiator = worksheet->initiators + i;

                for (size_t j = 0; j < initiator->n_targets; j++) {
                        const TargetPort *target = initiator->targets + j;
                        Row *row = table_add_row(table, NULL);

                        table_set(table, row, 0, TONE_PLAIN, colons(initiator->wwpn, wwn));
                        table_set(table, row, 1, TONE_PLAIN, colons(target->wwpn, wwn));
                        table_set(table, row, 2, state_tone(target->state), target->state);
                        table_setf(table, row, 3, TONE_PLAIN, "%zu", target->n_luns);
                }
        }
        if (table_is_empty(table)) {
                puts("none");
                return 0;
        }

        return table_print(table);
}

enum { THROUGH, NUMBER, WWID, PATHS, RESULT };

static void add_expected(Table *table, const Initiator *initiator, const char *text) {
        Row *row = table_add_row(table, NULL);
        char wwn[WWN_COLONS_SIZE], buf[64];
        Expectation expectation;
        const char *result;
        bool met;

        table_set(table, row, THROUGH, TONE_PLAIN, colons(initiator->wwpn, wwn));
        if (expectation_parse(text, &expectation) < 0) {
                table_set(table, row, WWID, TONE_PLAIN, text);
                table_set(table, row, RESULT, TONE_BAD, "not understood");
                return;
        }

        result = expectation_check(&expectation, initiator->luns, initiator->n_luns, buf,
                                   sizeof buf, &met);
        table_setf(table, row, NUMBER, TONE_PLAIN, "%" PRIu64, expectation.number);
        table_set(table, row, WWID, TONE_PLAIN,
                  *expectation.wwid != '\0' ? expectation.wwid : "any");
        table_setf(table, row, PATHS, TONE_PLAIN, "%" PRIu64, expectation.n_paths);
        table_set(table, row, RESULT, met ? TONE_GOOD : TONE_BAD, result);
}

static int print_expected(const Worksheet *worksheet) {
        static const Column columns[] = {
                { "THROUGH" }, { "LUN", COLUMN_RIGHT }, { "WWID" }, { "PATHS", COLUMN_RIGHT },
                { "SEEN" },
        };
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        r = table_new(columns, ARRAY_LEN(columns), true, &table);
        if (r < 0)
                return r;

        for (size_t i = 0; i < worksheet->n_initiators; i++) {
                const Initiator *initiator = worksheet->initiators + i;

                for (char **expect = initiator->vhba ? initiator->vhba->expect : NULL;
                     expect && *expect; expect++)
                        add_expected(table, initiator, *expect);
        }
        if (table_is_empty(table)) {
                puts("none stated");
                return 0;
        }

        return table_print(table);
}

static int print_seen(const Worksheet *worksheet) {
        static const Column columns[] = {
                { "THROUGH" },
                { "LUN", COLUMN_RIGHT },
                { "WWID" },
                { "PATHS", COLUMN_RIGHT },
                { "SIZE", COLUMN_RIGHT },
        };
        _cleanup_(table_freep) Table *table = NULL;
        char wwn[WWN_COLONS_SIZE], size[FORMAT_SIZE_MAX];
        int r;

        r = table_new(columns, ARRAY_LEN(columns), true, &table);
        if (r < 0)
                return r;

        for (size_t i = 0; i < worksheet->n_initiators; i++) {
                const Initiator *initiator = worksheet->initiators + i;

                for (size_t j = 0; j < initiator->n_luns; j++) {
                        const Lun *lun = initiator->luns + j;
                        Row *row = table_add_row(table, NULL);

                        table_set(table, row, 0, TONE_PLAIN, colons(initiator->wwpn, wwn));
                        table_setf(table, row, 1, TONE_PLAIN, "%" PRIu64, lun->number);
                        table_set(table, row, 2, TONE_PLAIN, lun->wwid);
                        table_setf(table, row, 3, TONE_PLAIN, "%zu", lun->n_paths);
                        table_set(table, row, 4, TONE_PLAIN, format_size(lun->size_bytes, size));
                }
        }
        if (table_is_empty(table)) {
                puts("none");
                return 0;
        }

        return table_print(table);
}

static int print_text(const Client *client, const Worksheet *worksheet) {
        char host[HOST_NAME_MAX + 1];
        int r;

        printf("Virtual HBA on host %s\n\n", host_name(client, host));
        puts("Ports to zone with the array; map the same LUNs, under the same numbers, to all:");
        r = print_ports(worksheet);
        if (r >= 0) {
                puts("\nTarget ports seen:");
                r = print_targets(worksheet);
        }
        if (r >= 0) {
                puts("\nLUNs expected:");
                r = print_expected(worksheet);
        }
        if (r >= 0) {
                puts("\nLUNs seen:");
                r = print_seen(worksheet);
        }

        return r;
}

static Json *targets_to_json(const Initiator *initiator) {
        Json *array = json_new_array();

        for (size_t i = 0; i < initiator->n_targets; i++) {
                Json *json = json_new_object();

                json_set_string(json, "wwpn", initiator->targets[i].wwpn);
                json_set_string(json, "state", initiator->targets[i].state);
                json_set_number(json, "luns", initiator->targets[i].n_luns);
                json_append(array, json);
        }

        return array;
}

static Json *expected_to_json(const Initiator *initiator) {
        Json *array = json_new_array();
        char buf[64];

        for (char **expect = initiator->vhba ? initiator->vhba->expect : NULL; expect && *expect;
             expect++) {
                Json *json = expectation_to_json(*expect);
                Expectation expectation;
                bool met;

                json_append(array, json);
                if (expectation_parse(*expect, &expectation) < 0)
                        continue;
                json_set_string(json, "seen",
                                expectation_check(&expectation, initiator->luns, initiator->n_luns,
                                                  buf, sizeof buf, &met));
                json_set_bool(json, "met", met);
        }

        return array;
}

static Json *initiator_to_json(const Initiator *initiator) {
        const Vhba *vhba = initiator->vhba;
        const Hba *hba = initiator->hba;
        Json *json = json_new_object(), *seen = json_new_array();

        json_set_string(json, "wwpn", initiator->wwpn);
        json_set_string(json, "wwnn", vhba ? vhba->wwnn : NULL);
        json_set_string(json, "role", initiator->role);
        json_set_string(json, "symbolic_name", vhba ? vhba->symbolic_name : NULL);
        json_set_bool(json, "on_this_host", vhba);
        json_set_string(json, "state", vhba ? vhba_state(vhba) : NULL);
        json_set_string(json, "parent", vhba ? vhba->parent : NULL);
        json_set_string(json, "hba", hba ? hba->port_name : NULL);
        json_set_string(json, "fabric", hba ? hba->fabric_name : NULL);
        json_set(json, "target_ports", targets_to_json(initiator));
        json_set(json, "luns_expected", expected_to_json(initiator));
        json_set(json, "luns_seen", seen);
        for (size_t i = 0; i < initiator->n_luns; i++)
                json_append(seen, lun_to_json(initiator->luns + i));

        return json;
}

static int print_json(const Client *client, const Worksheet *worksheet) {
        _cleanup_(json_freep) Json *json = json_new_object();
        Json *initiators = json_new_array();
        char host[HOST_NAME_MAX + 1];

        json_set_string(json, "host", host_name(client, host));
        json_set(json, "initiators", initiators);
        for (size_t i = 0; i < worksheet->n_initiators; i++)
                json_append(initiators, initiator_to_json(worksheet->initiators + i));

        return json_print(json);
}

int verb_vhba_worksheet(Client *client) {
        _cleanup_(worksheet_done) Worksheet worksheet = { 0 };
        WwnString wwpn;
        int r;

        r = argument_wwn(client->args[0], "The WWPN", wwpn);
        if (r == 0)
                r = client_connect(client);
        if (r == 0)
                r = worksheet_load(client, wwpn, &worksheet);
        if (r != 0)
                return r;

        if (options_have(client->options, OPTION_JSON))
                return print_json(client, &worksheet);

        return print_text(client, &worksheet);
}
