/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot lun show: one LUN, by any name of it, of a path to it or of its map.
 */

#include "cli/chain-tree.h"
#include "cli/complain.h"
#include "cli/format.h"
#include "cli/lun-facts.h"
#include "cli/quarantine.h"
#include "cli/verbs.h"

#include <inttypes.h>
#include <string.h>

typedef struct Picture {
        const char *name;
        bool has_path; /* the name is one of a path */
        LunPath path;
        bool has_facts; /* its WWID is known */
        LunFacts facts;
        Chain chain;
        sd_bus_message *path_message, *facts_message;
} Picture;

static void picture_done(Picture *picture) {
        lun_path_done(&picture->path);
        chain_done(&picture->chain);
        (void) sd_bus_message_unref(picture->path_message);
        (void) sd_bus_message_unref(picture->facts_message);
}

static int call(Client *client, const char *method, const char *name, sd_bus_error *error,
                sd_bus_message **ret) {
        return sd_bus_call_method(client->bus, LUNWATCH_NAME, LUNWATCH_ROOT, LUNWATCH_MANAGER,
                                  method, error, ret, "s", name);
}

/* Either may be missing: a path without a WWID is no LUN yet, a map is no path. */
static int load(Client *client, Picture *picture) {
        _cleanup_(sd_bus_error_free) sd_bus_error path_error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r, lun_r;

        r = call(client, "GetPath", picture->name, &path_error, &picture->path_message);
        if (r >= 0)
                r = lun_path_read(picture->path_message, &picture->path);
        picture->has_path = r >= 0;

        lun_r = call(client, "GetLun", picture->name, &error, &picture->facts_message);
        if (lun_r >= 0)
                lun_r = lun_facts_read(picture->facts_message, &picture->facts);
        picture->has_facts = lun_r >= 0;

        if (!picture->has_path && !picture->has_facts) {
                if (client_is_unknown(&error))
                        return client_refused(client, &path_error, r, "Cannot find %s",
                                              picture->name);
                return client_refused(client, &error, lun_r, "Cannot find %s", picture->name);
        }

        /* An older lunwatch cannot tell; the rest is worth showing. */
        (void) chain_query(client, picture->has_facts ? picture->facts.wwid : picture->name,
                           &picture->chain, NULL);
        return 0;
}

static void add_lun_facts(Table *block, const Picture *picture) {
        const LunFacts *facts = &picture->facts;
        char size[FORMAT_SIZE_MAX];

        table_add_fact(block, "WWID", TONE_PLAIN, "%s", facts->wwid);
        table_add_fact(block, "Size", TONE_PLAIN, "%s", format_size(facts->size_bytes, size));
        table_add_fact(block, "Usable paths",
                       facts->n_usable == facts->n_paths ? TONE_GOOD : TONE_BAD, "%u of %u",
                       facts->n_usable, facts->n_paths);
        if (*facts->map != '\0')
                table_add_fact(block, "Map", TONE_PLAIN, "%s", facts->map);
        if (*facts->link != '\0')
                table_add_fact(block, "Stable link", TONE_PLAIN, "%s", facts->link);
}

static void add_path_facts(Table *block, const Picture *picture) {
        const LunPath *path = &picture->path;
        char size[FORMAT_SIZE_MAX];

        if (!picture->has_facts) {
                table_add_fact(block, "WWID", TONE_PLAIN, "%s", path->wwid);
                table_add_fact(block, "Size", TONE_PLAIN, "%s",
                               format_size(path->size_bytes, size));
        }
        table_add_fact(block, "LUN", TONE_PLAIN, "%" PRIu64, path->lun);
        table_add_fact(block, "Initiator", TONE_PLAIN, "%s%s", path->initiator,
                       path->is_vhba                        ? " (a vHBA)"
                       : strcmp(path->transport, "fc") == 0 ? " (a physical HBA)"
                                                            : "");
        if (*path->initiator_node != '\0')
                table_add_fact(block, "Initiator's WWNN", TONE_PLAIN, "%s", path->initiator_node);
        table_add_fact(block, "Target", state_tone(path->target_state), "%s (%s)", path->target,
                       path->target_state);
        table_add_fact(block, "SCSI device", state_tone(path->state), "%s (%s%s%s)", path->hctl,
                       path->state, *path->access != '\0' ? ", " : "", path->access);
        table_add_fact(block, "Device", TONE_PLAIN, "%s%s%s", path->node,
                       *path->sg_node != '\0' ? ", " : "", path->sg_node);
        for (const char **link = path->links; link && *link; link++)
                table_add_fact(block, "Link", TONE_PLAIN, "%s", *link);
}

static const char *quarantine_of(const Picture *picture) {
        if (picture->has_facts && *picture->facts.quarantine != '\0')
                return picture->facts.quarantine;

        return picture->has_path ? picture->path.quarantine : "";
}

static void add_quarantine(Table *block, const Picture *picture) {
        const char *cause = quarantine_of(picture);

        if (*cause == '\0')
                return;
        table_add_fact(block, "Quarantined", TONE_BAD, "%s; npivot doctor shows what it was",
                       cause);
        table_add_fact(block, "Next", TONE_BAD, "npivot lun release %s",
                       picture->has_path && *picture->path.node != '\0' ? picture->path.node
                                                                        : picture->name);
}

static int print_facts(const Picture *picture) {
        _cleanup_(table_freep) Table *block = NULL;
        int r;

        r = table_new_block(&block);
        if (r < 0)
                return r;

        if (picture->has_facts)
                add_lun_facts(block, picture);
        add_quarantine(block, picture);
        if (picture->has_path)
                add_path_facts(block, picture);

        return table_print(block);
}

static int print_text(const Picture *picture, bool heads) {
        const Chain *chain = &picture->chain;
        int r;

        r = print_facts(picture);
        if (r >= 0 && chain->paths.n_paths + chain->maps.n_maps > 0) {
                putchar('\n');
                r = chain_tree_print_paths(chain, heads);
        }
        if (r >= 0 && chain->uses.n_uses > 0) {
                putchar('\n');
                r = use_list_print(&chain->uses, heads);
        }

        return r;
}

static int print_json(const Picture *picture) {
        _cleanup_(json_freep) Json *json =
                picture->has_path ? lun_path_to_json(&picture->path) : json_new_object();

        if (picture->has_facts) {
                json_set_string(json, "wwid", picture->facts.wwid);
                json_set_number(json, "size_bytes", picture->facts.size_bytes);
                json_set_string(json, "quarantine", quarantine_of(picture));
                json_set_string(json, "map", picture->facts.map);
                json_set_string(json, "stable_link", picture->facts.link);
                json_set_number(json, "usable_paths", picture->facts.n_usable);
        }
        chain_set_json(&picture->chain, json);

        return json_print(json);
}

int verb_lun_show(Client *client) {
        _cleanup_(picture_done) Picture picture = { .name = client->args[0] };
        int r;

        r = client_connect(client);
        if (r == 0)
                r = load(client, &picture);
        if (r != 0)
                return r;

        return options_have(client->options, OPTION_JSON)
                       ? print_json(&picture)
                       : print_text(&picture, !options_have(client->options, OPTION_NO_LEGEND));
}
