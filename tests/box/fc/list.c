/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>

#include "hba.h"
#include "list.h"
#include "mem.h"

static void print_hba(const Hba *hba, FILE *out) {
        const Vport *vport;

        fprintf(out, "hba    %016" PRIx64 " host%-3u %-12s %-8s %-10s %u of %u vports\n",
                hba->spec.port_name, port_number(hba->port), hba->pci, hba->spec.driver,
                hba->port_state, hba->n_vports, hba->max_vports);

        TAILQ_FOREACH(vport, &hba->vports, in_hba)
                fprintf(out, "vport  %016" PRIx64 " host%-3u %016" PRIx64 " %s\n", vport->port_name,
                        port_number(vport->port), vport->node_name, vport_state_name(vport->state));
}

static const char *disk_of(const Mapping *mapping) {
        for (Port *port = port_next(NULL); port; port = port_next(port))
                if (port_port_name(port) == mapping->initiator)
                        return port_disk(port, mapping);

        return NULL;
}

void list_print(FILE *out) {
        const Mapping *mapping;

        for (const Hba *hba = hba_next(NULL); hba; hba = hba_next((Hba *) hba))
                print_hba(hba, out);

        TAILQ_FOREACH(mapping, san_mappings(), in_san)
                fprintf(out,
                        "lun    %016" PRIx64 " %016" PRIx64 " %-4" PRIu64 " %s %" PRIu64 " %s\n",
                        mapping->initiator, mapping->target, mapping->lun, mapping->wwid,
                        mapping->size_bytes, disk_of(mapping) ?: "-");
}
