/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/cleanup.h"
#include "vhbad/vhba.h"

#include <assert.h>
#include <string.h>

#define WWPN UINT64_C(0x2101001b32a90004)

static const VhbaSurroundings around = {
        .directory = "/etc/npivot/vhba",
        .hba = "/",
        .pair_state = "none",
};

static void test_the_list_stays_in_order(void) {
        _cleanup_(vhba_list_done) VhbaList list = {};
        Vhba *vhba, *again;

        for (Wwn i = 0; i < 1000; i++)
                assert(vhba_list_ensure(&list, WWPN + i * 7919 % 1000, &vhba) > 0);
        assert(list.n == 1000);
        for (size_t i = 0; i < list.n; i++)
                assert(list.items[i]->wwpn == WWPN + i);

        assert(vhba_list_ensure(&list, WWPN, &again) == 0);
        assert(again == list.items[0]);
        vhba_list_drop(&list, 0);
        assert(!vhba_list_find(&list, WWPN));
        assert(vhba_list_find(&list, WWPN + 1) == list.items[0]);
}

static bool names(char *const *list, const char *name) {
        for (; *list; list++)
                if (strcmp(*list, name) == 0)
                        return true;
        return false;
}

static void test_a_view_shows_what_changed(void) {
        Definition definition = { .wwpn = WWPN, .wwnn = WWPN + 1, .timeout_usec = 60000000 };
        _cleanup_(vhba_view_donep) VhbaView before = {}, after = {};
        _cleanup_(vhba_list_done) VhbaList list = {};
        FcVport vport = { .state = "Active", .parent = "host5", .node_name = WWPN + 1 };
        char *changed[VHBA_PROPERTIES_MAX];
        Vhba *vhba;

        assert(vhba_list_ensure(&list, WWPN, &vhba) > 0);
        assert(!vhba_exists(vhba) && !vhba_is_up(vhba));
        assert(vhba_set_definition(vhba, &definition) > 0);
        assert(vhba_set_definition(vhba, &definition) == 0);
        assert(vhba_view_build(vhba, &around, &before) >= 0);
        assert(strcmp(before.wwpn, "2101001b32a90004") == 0);
        assert(strcmp(before.unit, "vhba@2101001b32a90004.service") == 0);
        assert(strcmp(before.parent, "auto") == 0);
        assert(strcmp(before.definition_file, "/etc/npivot/vhba/2101001b32a90004.conf") == 0);
        assert(vhba_view_compare(&before, &before, changed) == 0);

        assert(vhba_set_vport(vhba, &vport) > 0);
        assert(vhba_set_vport(vhba, &vport) == 0);
        assert(vhba_is_up(vhba));
        assert(unit_set_file_state(&vhba->unit, "enabled") > 0);
        assert(vhba_view_build(vhba, &around, &after) >= 0);
        assert(vhba_view_compare(&before, &after, changed) == 2);
        assert(names(changed, "KernelState") && names(changed, "Autostart"));
}

static void test_without_a_definition_the_kernel_has_the_say(void) {
        FcVport vport = { .state = "Active", .node_name = WWPN + 2, .symbolic_name = "by hand" };
        _cleanup_(vhba_list_done) VhbaList list = {};
        _cleanup_(vhba_view_donep) VhbaView view = {};
        Vhba *vhba;

        assert(vhba_list_ensure(&list, WWPN, &vhba) > 0);
        assert(vhba_set_vport(vhba, &vport) > 0);
        assert(vhba_exists(vhba));
        assert(vhba_view_build(vhba, &around, &view) >= 0);
        assert(!view.is_defined);
        assert(strcmp(view.wwnn, "2101001b32a90006") == 0);
        assert(strcmp(view.symbolic_name, "by hand") == 0);
        assert(strcmp(view.parent, "") == 0 && strcmp(view.definition_file, "") == 0);
}

int main(void) {
        test_the_list_stays_in_order();
        test_a_view_shows_what_changed();
        test_without_a_definition_the_kernel_has_the_say();
        return 0;
}
