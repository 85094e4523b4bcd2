/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/cleanup.h"
#include "vhbad/hba.h"

#include <assert.h>
#include <string.h>

#define PORT UINT64_C(0x21000024ff1a2b3c)
#define WWPN UINT64_C(0x2101001b32a90004)

static const FcHost base = {
        .name = "host5",
        .port_name = PORT,
        .state = "Online",
        .driver = "lpfc",
        .symbolic_name = "Emulex LPe32002-M2 FV12",
        .npiv_capable = true,
        .vports_max = 255,
};

static bool has_changed(const Hba *hba, const char *property) {
        for (size_t i = 0; i < hba->n_changed; i++)
                if (strcmp(hba->changed[i], property) == 0)
                        return true;
        return false;
}

static void test_only_what_changes_is_marked(void) {
        _cleanup_(hba_list_done) HbaList list = {};
        FcHost host = base;
        Hba *hba;

        assert(hba_list_update(&list, &host, 1) > 0);
        hba = hba_list_find(&list, PORT);
        assert(hba && hba == hba_list_find_host(&list, "host5"));
        assert(strcmp(hba->name.vendor, "Emulex") == 0);
        assert(strcmp(hba->name.model, "Emulex LPe32002-M2 FV12") == 0);
        hba->is_announced = true;
        assert(hba_list_update(&list, &host, 1) == 0);

        (void) strcpy(host.state, "Linkdown");
        (void) strcpy(host.name, "host6");
        assert(hba_list_update(&list, &host, 1) > 0);
        assert(hba->n_changed == 2);
        assert(has_changed(hba, "State") && has_changed(hba, "HostName"));
        assert(!hba_list_find_host(&list, "host5"));
}

static void test_vports_are_no_hbas(void) {
        _cleanup_(hba_list_done) HbaList list = {};
        FcHost host = base;

        host.is_vport = true;
        assert(hba_list_update(&list, &host, 1) == 0);
        assert(list.n == 0);
}

static void test_an_hba_that_is_gone_is_not_found(void) {
        _cleanup_(hba_list_done) HbaList list = {};
        Hba *hba;

        assert(hba_list_update(&list, &base, 1) > 0);
        hba = hba_list_find(&list, PORT);
        hba->is_announced = true;
        assert(hba_list_update(&list, NULL, 0) > 0);
        assert(!hba_list_find(&list, PORT));
        assert(list.n == 1 && !hba->is_seen);
        /* Before anybody was told it is back. */
        assert(hba_list_update(&list, &base, 1) == 0);
        assert(hba_list_find(&list, PORT) == hba);
}

static void test_control_bytes_do_not_reach_the_bus(void) {
        _cleanup_(hba_list_done) HbaList list = {};
        FcHost host = base;

        (void) strcpy(host.speed, "16\xff Gbit");
        assert(hba_list_update(&list, &host, 1) > 0);
        assert(strcmp(hba_list_find(&list, PORT)->host.speed, "16? Gbit") == 0);
}

static void test_vports_are_listed_with_their_hba(void) {
        FcVport vport = { .parent = "host5", .scsi_host = "host7", .port_name = WWPN };
        _cleanup_(hba_list_done) HbaList list = {};
        _cleanup_(vhba_list_done) VhbaList vhbas = {};
        Vhba *vhba;
        Hba *hba;

        assert(hba_list_update(&list, &base, 1) > 0);
        assert(vhba_list_ensure(&vhbas, WWPN, &vhba) > 0);
        assert(hba_list_update_vports(&list, &vhbas) == 0);
        assert(vhba_set_vport(vhba, &vport) > 0);
        assert(hba_list_update_vports(&list, &vhbas) > 0);
        assert(hba_list_update_vports(&list, &vhbas) == 0);

        hba = hba_list_find(&list, PORT);
        assert(hba->n_vports == 1 && hba->vports[0].wwpn == WWPN);
        assert(strcmp(hba->vports[0].scsi_host, "host7") == 0);
        assert(has_changed(hba, "Vports"));

        assert(vhba_set_vport(vhba, NULL) > 0);
        assert(hba_list_update_vports(&list, &vhbas) > 0);
        assert(hba->n_vports == 0);
}

int main(void) {
        test_only_what_changes_is_marked();
        test_vports_are_no_hbas();
        test_an_hba_that_is_gone_is_not_found();
        test_control_bytes_do_not_reach_the_bus();
        test_vports_are_listed_with_their_hba();
        return 0;
}
