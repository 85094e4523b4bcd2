/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot doctor: what is wrong on this host with vHBAs, LUNs and paths, and for each the command
 * that comes next.
 */

#include "cli/complain.h"
#include "cli/findings.h"
#include "cli/format.h"
#include "cli/quarantine.h"
#include "cli/verbs.h"
#include "cli/vhba-list.h"

#include <string.h>

static int find_quarantined(const Quarantined *quarantined, void *userdata) {
        return findings_add(
                userdata, "quarantined",
                *quarantined->device != '\0' ? quarantined->device : quarantined->key,
                quarantined->since_usec, text("npivot lun release %s", quarantined->key),
                text("%s %s%s%s%s: %s. It was %s, it is %s. Release it when that is the LUN which "
                     "its user expects.",
                     quarantined->what, quarantined->key, *quarantined->device != '\0' ? " (" : "",
                     quarantined->device, *quarantined->device != '\0' ? ")" : "",
                     quarantined->cause, quarantined->was, quarantined->is));
}

/* The words name everything that there is to do; this is the part that can be typed here. */
static char *next_for_debt(const Debt *debt) {
        if (*debt->initiator != '\0' && strcmp(debt->kind, "missing") == 0)
                return text("npivot lun rescan %s %s", debt->initiator, debt->lun);
        if (*debt->wwid != '\0')
                return text("npivot trace %s", debt->wwid);
        if (*debt->initiator != '\0')
                return text("npivot lun list --initiator=%s", debt->initiator);

        return text("npivot lun show %s", debt->lun);
}

static int find_debt(const Debt *debt, void *userdata) {
        return findings_add(userdata, debt->kind, *debt->wwid != '\0' ? debt->wwid : debt->lun,
                            debt->since_usec, next_for_debt(debt), text("%s", debt->words));
}

static int find_failed(const Vhba *vhba, Findings *findings) {
        const char *state = vhba_state(vhba);

        if (strcmp(state, "failed") == 0 || strcmp(vhba->unit_sub_state, "auto-restart") == 0)
                return findings_add(findings, "failed", vhba->wwpn, 0,
                                    text("npivot vhba start %s", vhba->wwpn),
                                    text("vHBA %s has failed%s%s%s: %s", vhba->wwpn,
                                         *vhba->cause != '\0' ? " (" : "", vhba->cause,
                                         *vhba->cause != '\0' ? ")" : "",
                                         *vhba->message != '\0' ? vhba->message
                                                                : "its unit does not say why."));
        if (strcmp(state, "active") == 0 && strcmp(vhba->kernel_state, "Active") != 0)
                return findings_add(findings, "vport", vhba->wwpn, 0,
                                    text("npivot vhba show %s", vhba->wwpn),
                                    text("vHBA %s is up, and its vport is %s.", vhba->wwpn,
                                         vhba_has_vport(vhba) ? vhba->kernel_state : "gone"));

        return 0;
}

static int find_bad_definition(const BadDefinition *bad, void *userdata) {
        return findings_add(userdata, "definition", bad->file, 0, text("editor %s", bad->file),
                            text("%s, line %u, is skipped: %s", bad->file, bad->line, bad->what));
}

static int find_absent(Findings *findings, const char *daemon, const sd_bus_error *error, int r) {
        const char *why = error->message ? error->message : strerror(-r);

        if (client_is_absent(error))
                return findings_add(findings, "daemon", daemon, 0,
                                    text("systemctl start %s", daemon),
                                    text("%s does not run: what it knows is not checked.", daemon));

        return findings_add(findings, "daemon", daemon, 0, text("journalctl -u %s", daemon),
                            text("%s does not answer: %s", daemon, why));
}

static int examine_vhbas(Client *client, Findings *findings, size_t *ret_n) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(inventory_done) Inventory inventory = { 0 };
        int r;

        *ret_n = 0;
        r = inventory_query(client, &inventory, &error);
        if (r < 0)
                return find_absent(findings, "vhbad", &error, r);

        *ret_n = inventory.n_vhbas;
        for (size_t i = 0; r >= 0 && i < inventory.n_vhbas; i++)
                r = find_failed(inventory.vhbas + i, findings);
        if (r >= 0)
                r = bad_definition_query(client, find_bad_definition, findings, &error);

        return r == -ENOMEM || r >= 0 ? r : find_absent(findings, "vhbad", &error, r);
}

static int examine_luns(Client *client, Findings *findings, uint32_t *ret_n) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        *ret_n = 0;
        r = sd_bus_get_property_trivial(client->bus, LUNWATCH_NAME, LUNWATCH_ROOT, LUNWATCH_MANAGER,
                                        "PathCount", &error, 'u', ret_n);
        if (r >= 0)
                r = quarantine_query(client, find_quarantined, findings, &error);
        if (r >= 0)
                r = debt_query(client, find_debt, findings, &error);

        return r == -ENOMEM || r >= 0 ? r : find_absent(findings, "lunwatch", &error, r);
}

static int print_json(const Findings *findings) {
        _cleanup_(json_freep) Json *json = json_new_object();

        json_set_bool(json, "healthy", findings->n == 0);
        json_set(json, "findings", findings_to_json(findings));
        return json_print(json);
}

int verb_doctor(Client *client) {
        _cleanup_(findings_done) Findings findings = { 0 };
        uint32_t n_paths;
        size_t n_vhbas;
        int r;

        r = client_connect(client);
        if (r == 0)
                r = examine_vhbas(client, &findings, &n_vhbas);
        if (r == 0)
                r = examine_luns(client, &findings, &n_paths);
        if (r != 0)
                return r;

        if (options_have(client->options, OPTION_JSON))
                r = print_json(&findings);
        else if (findings.n > 0)
                r = findings_print(&findings);
        else
                printf("All is well: %zu %s, %u %s, nothing missing, nothing quarantined.\n",
                       n_vhbas, n_vhbas == 1 ? "vHBA" : "vHBAs", n_paths,
                       n_paths == 1 ? "path" : "paths");
        if (r < 0)
                return r;

        return findings.n > 0 ? EXIT_FAILURE : 0;
}
