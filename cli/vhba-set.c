/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot vhba set: changes single keys of a definition. vhbad replaces definitions as a whole, so
 * what is not named is read first and sent back as it is.
 */

#include "cli/argument.h"
#include "cli/complain.h"
#include "cli/inventory.h"
#include "cli/properties.h"
#include "cli/verbs.h"
#include "cli/vhba-define.h"

#include <string.h>

typedef struct Changes {
        const char *parent;
        const char *timeout;
        const char *symbolic_name;
        const char *wwnn_word;
        WwnString wwnn;
        uint64_t timeout_usec;
        const char **expect; /* as many as there are words; "expect=" alone stands for none */
        size_t n_expect;
        bool sets_expect;
} Changes;

static void changes_done(Changes *changes) {
        free(changes->expect);
}

static int read_change(const char *word, Changes *changes) {
        const struct {
                const char *key;
                const char **value;
        } keys[] = {
                { "parent", &changes->parent },
                { "timeout", &changes->timeout },
                { "symbolic-name", &changes->symbolic_name },
                { "wwnn", &changes->wwnn_word },
        };
        const char *equals = strchr(word, '=');
        size_t length = equals ? (size_t) (equals - word) : 0;

        if (!equals)
                return complain_usage("\"%s\" is not of the form KEY=VALUE.", word);

        for (size_t i = 0; i < ARRAY_LEN(keys); i++)
                if (strlen(keys[i].key) == length && strncmp(word, keys[i].key, length) == 0) {
                        *keys[i].value = equals + 1;
                        return 0;
                }

        if (length != strlen("expect") || strncmp(word, "expect", length) != 0)
                return complain_usage("There is no key \"%.*s\"; there are parent, timeout, "
                                      "symbolic-name, expect and wwnn.",
                                      (int) length, word);

        changes->sets_expect = true;
        if (equals[1] != '\0')
                changes->expect[changes->n_expect++] = equals + 1;
        return 0;
}

static int read_changes(const Client *client, Changes *changes) {
        int r = 0;

        changes->expect = calloc(client->n_args, sizeof *changes->expect);
        if (!changes->expect)
                return -ENOMEM;

        for (size_t i = 1; r == 0 && i < client->n_args; i++)
                r = read_change(client->args[i], changes);
        if (r != 0)
                return r;

        if (changes->timeout && (timeout_parse(changes->timeout, &changes->timeout_usec) < 0 ||
                                 changes->timeout_usec == 0))
                return complain_usage("timeout=\"%s\" is no number of seconds.", changes->timeout);
        if (changes->wwnn_word)
                return argument_wwn(changes->wwnn_word, "The WWNN", changes->wwnn);

        return 0;
}

static bool changes_definition(const Changes *changes) {
        return changes->parent || changes->timeout || changes->wwnn_word || changes->sets_expect;
}

static int define(Client *client, const Vhba *vhba, const Changes *changes) {
        Request request = {
                .wwpn = vhba->wwpn,
                .wwnn = changes->wwnn_word ? changes->wwnn : vhba->wwnn,
                .parent = changes->parent ? changes->parent : vhba->parent,
                .symbolic_name = *vhba->symbolic_name != '\0' ? vhba->symbolic_name : NULL,
                .expect = (const char *const *) vhba->expect,
                .n_expect = strv_length(vhba->expect),
                .timeout_usec = changes->timeout ? changes->timeout_usec : vhba->timeout_usec,
                .replace = true,
        };
        int r;

        if (changes->sets_expect) {
                request.expect = changes->expect;
                request.n_expect = changes->n_expect;
        }

        r = vhba_define(client, &request);
        if (r != 0)
                return r;

        printf("%s is changed; this counts from its next start on.\n", vhba->wwpn);
        return 0;
}

/* Not by Define: this one tells the fabric as well. */
static int set_symbolic_name(Client *client, const Vhba *vhba, const char *name) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = sd_bus_call_method(client->bus, VHBAD_NAME, vhba->object, VHBAD_VHBA, "SetSymbolicName",
                               &error, NULL, "s", name);
        if (r < 0)
                return client_refused(client, &error, r, "Cannot name %s", vhba->wwpn);

        printf("%s has a new symbolic name%s.\n", vhba->wwpn,
               vhba_has_vport(vhba) ? "; the fabric is told now" : "");
        return 0;
}

int verb_vhba_set(Client *client) {
        _cleanup_(changes_done) Changes changes = { 0 };
        _cleanup_(vhba_done) Vhba vhba = { 0 };
        WwnString wwpn;
        int r;

        r = argument_wwn(client->args[0], "The WWPN", wwpn);
        if (r == 0)
                r = read_changes(client, &changes);
        if (r == 0)
                r = client_connect(client);
        if (r == 0)
                r = vhba_load(client, wwpn, &vhba);
        if (r != 0)
                return r;

        if (!vhba.defined) {
                (void) complain("Cannot change %s: it has no definition.", wwpn);
                suggest("npivot vhba adopt %s", wwpn);
                return EXIT_FAILURE;
        }

        if (changes_definition(&changes))
                r = define(client, &vhba, &changes);
        if (r == 0 && changes.symbolic_name)
                r = set_symbolic_name(client, &vhba, changes.symbolic_name);

        return r;
}
