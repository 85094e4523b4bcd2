/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/chain.h"

#include "cli/format.h"
#include "cli/job.h"
#include "cli/string-list.h"
#include "common/bus-error.h"
#include "common/wwn.h"

#include <string.h>

/* Who else has it open is worth some waiting, not all that the job may take. */
#define INSPECT_USEC (UINT64_C(10) * 1000000)

/* Each is a call: enough for volumes on one LUN. */
#define MAPS_ASKED_MAX 64

void chain_done(Chain *chain) {
        free(chain->kind);
        lun_path_list_done(&chain->paths);
        map_list_done(&chain->maps);
        use_list_done(&chain->uses);
        inventory_done(&chain->inventory);
        *chain = (Chain){ 0 };
}

static int read_reply(sd_bus_message *reply, Chain *chain) {
        const char *kind;
        int r;

        r = sd_bus_message_read(reply, "s", &kind);
        if (r >= 0)
                r = lun_path_list_read(reply, &chain->paths);
        if (r >= 0)
                r = map_list_read(reply, &chain->maps);
        if (r >= 0)
                r = use_list_read(reply, &chain->uses);
        if (r < 0)
                return r;

        free(chain->kind);
        chain->kind = strdup(kind);
        return chain->kind ? 0 : -ENOMEM;
}

static int trace(Client *client, const char *name, Chain *ret, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_call_method(client->bus, LUNWATCH_NAME, LUNWATCH_ROOT, LUNWATCH_USAGE, "Trace",
                               error, &reply, "s", name);
        return r < 0 ? r : read_reply(reply, ret);
}

/* What one of them told before is left out. */
static void drop_duplicates(Chain *chain, size_t n_maps, size_t n_uses) {
        MapList *maps = &chain->maps;
        UseList *uses = &chain->uses;
        size_t n = n_maps;

        for (size_t i = n_maps; i < maps->n_maps; i++) {
                const MapList before = { .maps = maps->maps, .n_maps = n };

                if (map_list_find(&before, maps->maps[i].device))
                        map_done(maps->maps + i);
                else
                        maps->maps[n++] = maps->maps[i];
        }
        maps->n_maps = n;

        n = n_uses;
        for (size_t i = n_uses; i < uses->n_uses; i++)
                if (!use_list_has(uses, n, uses->uses + i))
                        uses->uses[n++] = uses->uses[i];
        uses->n_uses = n;
}

/* > 0 when it was known. */
static int add_port(Client *client, const char *wwpn, Chain *chain, sd_bus_error *error) {
        size_t n_maps = chain->maps.n_maps, n_uses = chain->uses.n_uses;
        int r;

        r = trace(client, wwpn, chain, error);
        if (r < 0 && sd_bus_error_has_name(error, NPIVOT_ERROR_NO_SUCH_OBJECT)) {
                sd_bus_error_free(error);
                return 0;
        }
        if (r < 0)
                return r;

        drop_duplicates(chain, n_maps, n_uses);
        return 1;
}

/* To lunwatch an HBA is the paths of its own; the vHBAs on it are vhbad's to tell. */
static int trace_hba(Client *client, const Hba *hba, Chain *chain, sd_bus_error *error) {
        const Inventory *inventory = &chain->inventory;
        int r;

        r = add_port(client, hba->port_name, chain, error);
        for (size_t i = 0; r >= 0 && i < inventory->n_vhbas; i++) {
                const Vhba *vhba = inventory->vhbas + i;

                if (vhba_has_vport(vhba) && strcmp(vhba->hba, hba->object) == 0)
                        r = add_port(client, vhba->wwpn, chain, error);
        }
        if (r < 0 || chain->kind)
                return r;

        chain->kind = strdup("initiator");
        return chain->kind ? 0 : -ENOMEM;
}

/* The map of a device that a use is on: Trace tells those that its paths are made of. */
static int add_map_of(Client *client, const char *device, MapList *maps) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        Map *longer;
        int r;

        if (sd_bus_call_method(client->bus, LUNWATCH_NAME, LUNWATCH_ROOT, LUNWATCH_MAPS, "GetMap",
                               NULL, &reply, "s", device) < 0)
                return 0;

        r = messages_keep(&maps->messages, &maps->n_messages, reply);
        if (r < 0)
                return r;
        longer = grow(maps->maps, maps->n_maps, sizeof *longer);
        if (!longer)
                return -ENOMEM;
        maps->maps = longer;

        r = map_read(reply, maps->maps + maps->n_maps);
        if (r > 0)
                maps->n_maps++;
        return r < 0 ? r : 0;
}

static bool may_be_map(const char *device) {
        return strncmp(device, "/dev/dm-", strlen("/dev/dm-")) == 0 ||
               strncmp(device, "/dev/md", strlen("/dev/md")) == 0 ||
               strncmp(device, "/dev/loop", strlen("/dev/loop")) == 0;
}

static int complete_maps(Client *client, Chain *chain) {
        size_t n_asked = 0;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < chain->uses.n_uses && n_asked < MAPS_ASKED_MAX; i++) {
                const char *device = chain->uses.uses[i].device;

                if (may_be_map(device) && !map_list_find(&chain->maps, device)) {
                        r = add_map_of(client, device, &chain->maps);
                        n_asked++;
                }
        }

        return r;
}

static const Hba *find_hba(const Inventory *inventory, const char *name) {
        WwnString text;
        Wwn wwn;

        for (size_t i = 0; i < inventory->n_hbas; i++)
                if (strcmp(inventory->hbas[i].host_name, name) == 0)
                        return inventory->hbas + i;

        return wwn_parse(name, &wwn) < 0 ? NULL
                                         : inventory_find_port(inventory, wwn_format(wwn, text));
}

int chain_query(Client *client, const char *name, Chain *ret, sd_bus_error *error) {
        _cleanup_(chain_done) Chain chain = { 0 };
        const Hba *hba;
        int r;

        (void) inventory_query(client, &chain.inventory, NULL);
        hba = find_hba(&chain.inventory, name);

        r = hba ? trace_hba(client, hba, &chain, error) : trace(client, name, &chain, error);
        if (r >= 0)
                r = complete_maps(client, &chain);
        if (r < 0)
                return r;

        *ret = chain;
        chain = (Chain){ 0 };
        return 0;
}

static int append_name(sd_bus_message *call, const void *question, uint64_t timeout_usec) {
        return sd_bus_message_append(call, "s", (const char *) question);
}

/* Of mounts and what is built on a disk, Trace has told. */
static bool is_news(const Use *use) {
        return strcmp(use->kind, "process") == 0 || strcmp(use->kind, "domain") == 0 ||
               strcmp(use->kind, "signature") == 0;
}

void chain_inspect(Client *client, const char *name, Chain *chain) {
        const JobRequest request = {
                .method = "Inspect",
                .what = "inspect it",
                .subject = name,
                .append = append_name,
                .question = name,
                .timeout_usec = INSPECT_USEC,
        };
        _cleanup_(job_done) Job job = { 0 };
        UseList *uses = &chain->uses;
        size_t n_before = uses->n_uses, n = n_before;

        if (geteuid() != 0 || chain->paths.n_paths + chain->maps.n_maps == 0 ||
            job_try(client, &request, &job) <= 0)
                return;
        if (job_enter_result(&job, "Uses", "a(" USE_FIELDS ")") <= 0 ||
            use_list_read(job.result, uses) < 0)
                return;

        for (size_t i = n_before; i < uses->n_uses; i++)
                if (is_news(uses->uses + i))
                        uses->uses[n++] = uses->uses[i];
        uses->n_uses = n;
}

const LunPath *chain_find_path(const Chain *chain, const char *device) {
        for (size_t i = 0; i < chain->paths.n_paths; i++)
                if (strcmp(chain->paths.paths[i].node, device) == 0)
                        return chain->paths.paths + i;

        return NULL;
}

/* A hyphen in the name of either is doubled in the map's. */
static bool is_volume(const char *name, const char *object) {
        for (; *object != '\0'; object++, name++) {
                if (*name != (*object == '/' ? '-' : *object))
                        return false;
                if (*object == '-' && *++name != '-')
                        return false;
        }

        return *name == '\0';
}

bool map_is_object(const Map *map, const char *object) {
        return strcmp(map->name, object) == 0 || is_volume(map->name, object) ||
               strcmp(base_name(map->device), base_name(object)) == 0;
}

const char *base_name(const char *path) {
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

static bool has_initiator(const Chain *chain, const char *port_name) {
        for (size_t i = 0; i < chain->paths.n_paths; i++)
                if (strcmp(chain->paths.paths[i].initiator, port_name) == 0 ||
                    strcmp(chain->paths.paths[i].hba, port_name) == 0)
                        return true;

        return false;
}

void chain_set_json(const Chain *chain, Json *json) {
        Json *vhbas = json_new_array(), *hbas = json_new_array();
        const Inventory *inventory = &chain->inventory;

        json_set(json, "paths", lun_path_list_to_json(&chain->paths));
        json_set(json, "maps", map_list_to_json(&chain->maps));
        json_set(json, "uses", use_list_to_json(&chain->uses));
        json_set(json, "vhbas", vhbas);
        json_set(json, "hbas", hbas);
        for (size_t i = 0; i < inventory->n_vhbas; i++) {
                const Vhba *vhba = inventory->vhbas + i;

                if (has_initiator(chain, vhba->wwpn))
                        json_append(vhbas,
                                    vhba_to_json(vhba, inventory_find_hba(inventory, vhba->hba)));
        }
        for (size_t i = 0; i < inventory->n_hbas; i++)
                if (has_initiator(chain, inventory->hbas[i].port_name))
                        json_append(hbas, hba_to_json(inventory->hbas + i));
}
