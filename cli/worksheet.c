/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/worksheet.h"

#include "cli/complain.h"

#include <string.h>

static void initiator_done(Initiator *initiator) {
        lun_path_list_done(&initiator->paths);
        free(initiator->targets);
        free(initiator->luns);
}

void worksheet_done(Worksheet *worksheet) {
        for (size_t i = 0; i < worksheet->n_initiators; i++)
                initiator_done(worksheet->initiators + i);
        inventory_done(&worksheet->inventory);
        *worksheet = (Worksheet){ 0 };
}

/* Where it is; else the HBA that its definition names, so that zoning can be done before. */
static const Hba *find_hba(const Inventory *inventory, const Vhba *vhba) {
        const Hba *hba = inventory_find_hba(inventory, vhba->hba);

        if (hba || strncmp(vhba->parent, "wwpn:", strlen("wwpn:")) != 0)
                return hba;

        for (size_t i = 0; i < inventory->n_hbas; i++)
                if (strcmp(inventory->hbas[i].port_name, vhba->parent + strlen("wwpn:")) == 0)
                        return inventory->hbas + i;

        return NULL;
}

static TargetPort *find_target(Initiator *initiator, const char *wwpn) {
        for (size_t i = 0; i < initiator->n_targets; i++)
                if (strcmp(initiator->targets[i].wwpn, wwpn) == 0)
                        return initiator->targets + i;

        return NULL;
}

static int group_targets(Initiator *initiator) {
        const LunPathList *paths = &initiator->paths;

        initiator->targets = calloc(paths->n_paths + 1, sizeof *initiator->targets);
        if (!initiator->targets)
                return -ENOMEM;

        for (size_t i = 0; i < paths->n_paths; i++) {
                TargetPort *target = find_target(initiator, paths->paths[i].target);

                if (!target) {
                        target = initiator->targets + initiator->n_targets++;
                        target->wwpn = paths->paths[i].target;
                        target->state = paths->paths[i].target_state;
                }
                target->n_luns++;
        }

        return 0;
}

static int load_luns(Client *client, Worksheet *worksheet, Initiator *initiator) {
        LunPathFilter filter = { .initiator = initiator->wwpn };
        int r;

        if (initiator->vhba && vhba_has_vport(initiator->vhba) && worksheet->knows_luns)
                worksheet->knows_luns =
                        lun_path_list_query_or_remark(client, &filter, &initiator->paths);

        r = group_targets(initiator);
        if (r < 0)
                return r;

        r = lun_group(&initiator->paths, initiator->wwpn, &initiator->luns);
        if (r < 0)
                return r;

        initiator->n_luns = (size_t) r;
        return 0;
}

static void add_initiator(Worksheet *worksheet, const char *wwpn, const char *role) {
        Initiator *initiator = worksheet->initiators + worksheet->n_initiators++;

        *initiator = (Initiator){
                .wwpn = wwpn,
                .role = role,
                .vhba = inventory_find_vhba(&worksheet->inventory, wwpn),
        };
        if (initiator->vhba)
                initiator->hba = find_hba(&worksheet->inventory, initiator->vhba);
}

static const char *other_role(const char *role) {
        if (strcmp(role, "primary") == 0)
                return "secondary";
        return strcmp(role, "secondary") == 0 ? "primary" : "";
}

int worksheet_load(Client *client, const char *wwpn, Worksheet *ret) {
        const Vhba *vhba;
        int r;

        r = inventory_load(client, &ret->inventory);
        if (r != 0)
                return r;

        vhba = inventory_find_vhba(&ret->inventory, wwpn);
        if (!vhba) {
                (void) complain("There is no vHBA %s here.", wwpn);
                suggest("npivot vhba list shows the vHBAs of this host.");
                return EXIT_FAILURE;
        }

        ret->knows_luns = true;
        add_initiator(ret, vhba->wwpn, vhba->role);
        if (*vhba->peer != '\0')
                add_initiator(ret, vhba->peer, other_role(vhba->role));
        for (size_t i = 0; r == 0 && i < ret->n_initiators; i++)
                r = load_luns(client, ret, ret->initiators + i);

        return r;
}
