/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/cleanup.h"
#include "vhbad/parent.h"

#include <assert.h>
#include <string.h>

#define FABRIC_A 0x100000051e0f4a2a
#define FABRIC_B 0x100000051e0f4a2b

/* Online, in fabric A, with ten places. */
static FcHost make_host(unsigned number, unsigned in_use) {
        FcHost host = {
                .port_name = 0x2100000000000000 + number,
                .fabric_name = FABRIC_A,
                .state = "Online",
                .npiv_capable = true,
                .vports_in_use = in_use,
                .vports_max = 10,
        };

        (void) snprintf(host.name, sizeof host.name, "host%u", number);
        (void) snprintf(host.pci_address, sizeof host.pci_address, "0000:05:00.%u", number);
        return host;
}

static const Parent any = { .kind = PARENT_AUTO };

/* The choice, which must be the same in every order of the hosts. */
static Cause choose(const Parent *parent, const FcHost *hosts, size_t n, const char *avoid,
                    const char **ret_name) {
        const FcHost *host, *mirrored_host;
        FcHost mirrored[8];
        Cause cause;

        assert(n <= ARRAY_LEN(mirrored));
        for (size_t i = 0; i < n; i++)
                mirrored[i] = hosts[n - 1 - i];

        cause = parent_choose(parent, hosts, n, avoid, &host);
        assert(parent_choose(parent, mirrored, n, avoid, &mirrored_host) == cause);
        assert(!host == !mirrored_host);
        if (cause == CAUSE_NONE)
                assert(strcmp(host->name, mirrored_host->name) == 0);

        *ret_name = host ? host->name : NULL;
        return cause;
}

static void assert_chosen(const Parent *parent, const FcHost *hosts, size_t n, const char *avoid,
                          const char *expected) {
        const char *name;

        assert(choose(parent, hosts, n, avoid, &name) == CAUSE_NONE);
        assert(strcmp(name, expected) == 0);
}

static void assert_cause(const Parent *parent, const FcHost *hosts, size_t n, Cause expected) {
        const char *name;

        assert(choose(parent, hosts, n, NULL, &name) == expected);
        assert((name == NULL) == (expected == CAUSE_NO_PARENT));
}

static void test_auto_takes_the_most_free_vports_as_a_number(void) {
        FcHost hosts[] = { make_host(1, 0), make_host(2, 90), make_host(3, 0) };

        hosts[0].vports_max = 9;
        hosts[1].vports_max = 100;
        hosts[2].vports_max = 8;
        assert_chosen(&any, hosts, 3, NULL, "host2");
}

static void test_auto_passes_over_what_cannot_carry_it(void) {
        FcHost hosts[] = { make_host(1, 0), make_host(2, 10), make_host(3, 0), make_host(4, 9),
                           make_host(5, 0) };

        (void) strcpy(hosts[0].state, "Linkdown");
        hosts[2].npiv_capable = false;
        hosts[4].is_vport = true;
        assert_chosen(&any, hosts, 5, NULL, "host4");
}

static void test_ties_go_to_the_other_hba_than_the_peers(void) {
        FcHost hosts[] = { make_host(1, 3), make_host(2, 3) };

        assert_chosen(&any, hosts, 2, "host1", "host2");
        assert_chosen(&any, hosts, 2, "host2", "host1");
        /* Only ties: room counts for more. */
        hosts[1].vports_in_use = 4;
        assert_chosen(&any, hosts, 2, "host1", "host1");
}

static void test_further_ties_are_settled_for_good(void) {
        FcHost hosts[] = { make_host(1, 5), make_host(2, 3), make_host(3, 3) };

        hosts[0].vports_max = 12;
        assert_chosen(&any, hosts, 3, NULL, "host2");
}

static void test_a_named_hba_is_never_replaced(void) {
        FcHost hosts[] = { make_host(1, 10), make_host(2, 0) };
        const Parent by_wwpn = { .kind = PARENT_WWPN, .wwn = 0x2100000000000001 };
        const Parent by_pci = { .kind = PARENT_PCI, .name = "0000:05:00.1" };
        const Parent by_host = { .kind = PARENT_HOST, .name = "host1" };

        assert_cause(&by_wwpn, hosts, 2, CAUSE_PARENT_FULL);
        assert_cause(&by_pci, hosts, 2, CAUSE_PARENT_FULL);
        assert_cause(&by_host, hosts, 2, CAUSE_PARENT_FULL);

        hosts[0].vports_in_use = 9;
        assert_chosen(&by_wwpn, hosts, 2, NULL, "host1");
        assert_chosen(&by_pci, hosts, 2, NULL, "host1");
        /* The peer's HBA, if it is the one that is named. */
        assert_chosen(&by_host, hosts, 2, "host1", "host1");
}

static void test_a_vport_is_no_parent(void) {
        FcHost hosts[] = { make_host(1, 0) };
        const Parent by_wwpn = { .kind = PARENT_WWPN, .wwn = 0x2100000000000001 };

        hosts[0].is_vport = true;
        assert_cause(&by_wwpn, hosts, 1, CAUSE_NO_PARENT);
        assert_cause(&any, hosts, 1, CAUSE_NO_PARENT);
}

static void test_a_fabric_is_kept_to(void) {
        FcHost hosts[] = { make_host(1, 0), make_host(2, 5), make_host(3, 6) };
        const Parent fabric_b = { .kind = PARENT_FABRIC, .wwn = FABRIC_B };

        assert_cause(&fabric_b, hosts, 3, CAUSE_NO_PARENT);
        hosts[1].fabric_name = hosts[2].fabric_name = FABRIC_B;
        assert_chosen(&fabric_b, hosts, 3, NULL, "host2");
}

static void test_each_refusal_has_its_cause(void) {
        FcHost hosts[] = { make_host(1, 0), make_host(2, 0) };

        assert_cause(&any, NULL, 0, CAUSE_NO_PARENT);

        hosts[0].npiv_capable = hosts[1].npiv_capable = false;
        assert_cause(&any, hosts, 2, CAUSE_NO_NPIV);
        hosts[0].npiv_capable = true;
        (void) strcpy(hosts[0].state, "Offline");
        assert_cause(&any, hosts, 2, CAUSE_PARENT_OFFLINE);
        hosts[1] = make_host(2, 10);
        assert_cause(&any, hosts, 2, CAUSE_PARENT_FULL);
        /* More in use than allowed: the limit was lowered. */
        hosts[1].vports_in_use = 11;
        assert_cause(&any, hosts, 2, CAUSE_PARENT_FULL);
        assert(parent_free_vports(&hosts[1]) == 0);
        hosts[1].vports_in_use = 9;
        assert_chosen(&any, hosts, 2, NULL, "host2");
}

int main(void) {
        test_auto_takes_the_most_free_vports_as_a_number();
        test_auto_passes_over_what_cannot_carry_it();
        test_ties_go_to_the_other_hba_than_the_peers();
        test_further_ties_are_settled_for_good();
        test_a_named_hba_is_never_replaced();
        test_a_vport_is_no_parent();
        test_a_fabric_is_kept_to();
        test_each_refusal_has_its_cause();

        return EXIT_SUCCESS;
}
