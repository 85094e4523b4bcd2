/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/debt/rules.h"

#include "lunwatch/debt/map-fault.h"
#include "tests/unit/fc-tree.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define HBA1 0x100000109b000001
#define HBA2 0x100000109b000002
#define VHBA 0x2101001b32a90004
#define VHBA2 0x2101001b32a90005
#define TARGET 0x500507680b000001
#define A "naa.6001405000000010000400080000000a"
#define B "naa.6001405000000010000400080000000b"

typedef struct Bench {
        Index index;
        VhbaList vhbas;
        HbaList hbas;
        DebtView view;
        DebtList list;
        uint32_t n;
} Bench;

static void bench_open(Bench *bench) {
        bench->view = (DebtView){ &bench->index, &bench->vhbas, &bench->hbas, NULL, NULL };
}

static void bench_done(Bench *bench) {
        debt_list_done(&bench->list);
        vhbas_done(&bench->vhbas);
        index_done(&bench->index);
}

/* Each a device of its own; what it is by default is well. */
static Path *add(Bench *bench, Wwn initiator, uint64_t lun, const char *wwid) {
        const Path fields = {
                .key = { initiator, TARGET + bench->n % 4, { 6, 0, bench->n++, lun }, PATH_FC },
                .hba = initiator,
                .state = PATH_RUNNING,
                .rport_state = RPORT_ONLINE,
                .is_vhba = initiator == VHBA || initiator == VHBA2,
                .major = 8,
                .minor = bench->n,
        };
        char name[16];
        Path *path, *old;

        (void) snprintf(name, sizeof name, "sd%" PRIu32, bench->n);
        assert(path_new(&fields, name, wwid, NULL, 0, &path) == 0);
        assert(index_put(&bench->index, path, &old) >= 0 && !old);
        return path;
}

static void add_hba(Bench *bench, Wwn port_name, Wwn fabric_name) {
        bench->hbas.items[bench->hbas.n_items++] = (OnlineHba){ port_name, fabric_name };
}

static Vhba *expect(Bench *bench, const char *const *texts, size_t n) {
        Expectation *expectations = calloc(n, sizeof *expectations);
        Vhba *vhba;

        assert(expectations && vhbas_put(&bench->vhbas, VHBA, &vhba) >= 0);
        for (size_t i = 0; i < n; i++)
                assert(expectation_parse(texts[i], &expectations[i]) == 0);
        vhba_set_expectations(vhba, expectations, n);
        vhba->has_unit = true;
        return vhba;
}

/* "INITIATOR LUN KIND" of all, a comma behind each. */
static const char *owed(Bench *bench) {
        static char text[4096];
        size_t used = 0;

        debt_list_done(&bench->list);
        for (size_t i = 0; i < bench->vhbas.n_items; i++)
                assert(debt_rule_vhba(&bench->view, &bench->vhbas.items[i], &bench->list) >= 0);
        for (size_t i = 0; i < bench->index.n_paths; i++)
                assert(debt_rule_lun(&bench->view, bench->index.paths[i], &bench->list) > 0);
        debt_list_sort(&bench->list);
        text[0] = '\0';
        for (size_t i = 0; i < bench->list.n_items && used < sizeof text; i++)
                used += (size_t) snprintf(text + used, sizeof text - used, "%s,",
                                          bench->list.items[i]->key);
        return text;
}

#define ASSERT_OWED(bench, expected) assert(strcmp(owed(bench), (expected)) == 0)

static const char *words(const Bench *bench) {
        return bench->list.items[0]->words;
}

static void test_expectations_are_parsed_as_vhbad_writes_them(void) {
        static const char *const bad[] = { "",        "x",         "-1", "0 1",
                                           "0 wwid:", "0 paths:x", " 0", "18446744073709551616" };
        Expectation e;

        assert(expectation_parse("16384", &e) == 0);
        assert(e.lun == 16384 && e.n_paths == 1 && strcmp(e.wwid, "") == 0);
        free(e.wwid);
        assert(expectation_parse("0 wwid:6001405 paths:2", &e) == 0);
        assert(e.lun == 0 && e.n_paths == 2 && strcmp(e.wwid, "6001405") == 0);
        free(e.wwid);
        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                assert(expectation_parse(bad[i], &e) == -EINVAL);
}

static void test_what_is_expected_and_there_is_not_owed(void) {
        static const char *const texts[] = { "0 wwid:6001405000000010000400080000000a paths:2",
                                             "1" };
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        (void) expect(&bench, texts, 2);
        (void) add(&bench, VHBA, 0, A);
        (void) add(&bench, VHBA, 0, A);
        (void) add(&bench, VHBA, 1, B);
        ASSERT_OWED(&bench, "");
}

static void test_a_lun_without_a_path_is_missing(void) {
        static const char *const texts[] = { "0 wwid:" A, "7" };
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        (void) expect(&bench, texts, 2);
        (void) add(&bench, HBA1, 0, A); /* not behind the vHBA */
        ASSERT_OWED(&bench, "2101001b32a90004 0 missing,2101001b32a90004 7 missing,");
        assert(strstr(words(&bench), "not there behind 2101001b32a90004"));
        assert(strstr(words(&bench), "zoning"));
}

static void test_another_wwid_is_another_debt(void) {
        static const char *const texts[] = { "0 wwid:" A };
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        (void) expect(&bench, texts, 1);
        (void) add(&bench, VHBA, 0, B);
        ASSERT_OWED(&bench, "2101001b32a90004 0 other-wwid,");
        assert(strstr(words(&bench), "is " B " and should be " A));
}

static void test_a_path_that_does_not_work_or_is_in_quarantine_is_none(void) {
        static const char *const texts[] = { "0 paths:3" };
        _cleanup_(bench_done) Bench bench = { 0 };
        Path *path;

        bench_open(&bench);
        (void) expect(&bench, texts, 1);
        (void) add(&bench, VHBA, 0, A);
        (void) add(&bench, VHBA, 0, A);
        path = add(&bench, VHBA, 0, A);
        ASSERT_OWED(&bench, "");
        path->quarantine = QUARANTINE_WWID;
        ASSERT_OWED(&bench, "2101001b32a90004 0 paths,");
        assert(strstr(words(&bench), "works over 2 of 3 paths"));
        path->quarantine = QUARANTINE_NONE;
        path->state = PATH_OFFLINE;
        ASSERT_OWED(&bench, "2101001b32a90004 0 paths,2101001b32a90004 " A " failed,");
}

static void test_a_vhba_that_is_down_owes_nothing(void) {
        static const char *const texts[] = { "0 paths:2" };
        _cleanup_(bench_done) Bench bench = { 0 };
        Vhba *vhba;

        bench_open(&bench);
        vhba = expect(&bench, texts, 1);
        add(&bench, VHBA, 0, A)->rport_state = RPORT_BLOCKED;
        vhba->has_unit = false;
        ASSERT_OWED(&bench, "");
        vhba->has_vport = true; /* transient, or adopted */
        ASSERT_OWED(&bench, "2101001b32a90004 0 paths,2101001b32a90004 " A " failed,");
}

static void test_a_failed_path_is_named_with_its_fault(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        (void) add(&bench, HBA1, 0, A);
        add(&bench, HBA1, 0, A)->state = PATH_OFFLINE;
        ASSERT_OWED(&bench, "100000109b000001 " A " failed,");
        assert(strstr(words(&bench),
                      "1 of 2 paths to " A " do not work: 6:0:1:0 (device offline)"));
        assert(strcmp(bench.list.items[0]->wwid, A) == 0);
        add(&bench, HBA2, 0, A)->rport_state = RPORT_BLOCKED;
        ASSERT_OWED(&bench, " " A " failed,"); /* no one initiator's */
        assert(strstr(words(&bench), "6:0:2:0 (port Blocked)"));
}

static const char *on_checker(void *userdata, const Path *path) {
        return path == userdata ? "faulty" : NULL;
}

static void test_what_multipathd_finds_faulty_has_failed(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        (void) add(&bench, HBA1, 0, A);
        bench.view.userdata = add(&bench, HBA1, 0, A);
        bench.view.checker = on_checker;
        ASSERT_OWED(&bench, "100000109b000001 " A " failed,");
        assert(strstr(words(&bench), "6:0:1:0 (multipath faulty)"));
}

static void test_a_member_of_a_map_has_what_the_map_says(void) {
        static const struct {
                const char *kind, *state, *checker, *fault;
        } cases[] = {
                { MAP_MULTIPATH, "active", "ready", NULL },
                { MAP_MULTIPATH, "active", "ghost", NULL },
                { MAP_MULTIPATH, "failed", "", "failed" },
                { MAP_MULTIPATH, "failed", "faulty", "faulty" },
                { "lvm", "failed", "", NULL },
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                _cleanup_(bench_done) Bench bench = { 0 };
                Map *map = calloc(1, sizeof *map), *old;
                MapTable maps = { 0 };
                const char *fault;

                assert(map);
                (void) strcpy(map->device, "dm-3");
                map->kind = cases[i].kind;
                map->n_members = 1;
                map->members = calloc(1, sizeof *map->members);
                map->holders = calloc(1, sizeof *map->holders);
                map->links = calloc(1, sizeof *map->links);
                assert(map->members && map->holders && map->links);
                map->members[0].map = map;
                (void) strcpy(map->members[0].device, "sd1");
                (void) strcpy(map->members[0].state, cases[i].state);
                (void) strcpy(map->members[0].checker, cases[i].checker);
                assert(map_table_put(&maps, map, &old) >= 0);

                bench_open(&bench);
                fault = map_fault(&maps, add(&bench, HBA1, 0, A));
                assert(cases[i].fault ? fault && strcmp(fault, cases[i].fault) == 0 : !fault);
                assert(!map_fault(&maps, add(&bench, HBA1, 0, A)));
                map_table_done(&maps);
        }
}

static void test_only_slow_paths_are_owed_a_fast_one(void) {
        _cleanup_(bench_done) Bench bench = { 0 };
        Path *fast;

        bench_open(&bench);
        add(&bench, HBA1, 0, A)->access = ACCESS_NON_OPTIMIZED;
        fast = add(&bench, HBA1, 0, A);
        fast->access = ACCESS_OPTIMIZED;
        ASSERT_OWED(&bench, "");
        fast->state = PATH_OFFLINE;
        ASSERT_OWED(&bench, "100000109b000001 " A " failed,100000109b000001 " A " non-optimised,");
        fast->state = PATH_RUNNING;
        fast->access = ACCESS_STANDBY;
        ASSERT_OWED(&bench, "100000109b000001 " A " non-optimised,");
        fast->access = ACCESS_UNKNOWN;
        ASSERT_OWED(&bench, "");
}

static void test_several_paths_through_one_hba_are_owed_another(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        (void) add(&bench, HBA1, 0, A);
        add_hba(&bench, HBA1, 1);
        add_hba(&bench, HBA2, 2);
        ASSERT_OWED(&bench, ""); /* one path */
        (void) add(&bench, HBA1, 0, A);
        ASSERT_OWED(&bench, "100000109b000001 " A " one-hba,");
        assert(strstr(words(&bench), "while 100000109b000002 is online"));
        bench.hbas.n_items = 1; /* the other is offline */
        ASSERT_OWED(&bench, "");
}

static void test_two_vhbas_on_one_hba_are_one_hba(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        add_hba(&bench, HBA1, 1);
        add_hba(&bench, HBA2, 2);
        add(&bench, VHBA, 0, A)->hba = HBA1;
        add(&bench, VHBA2, 0, A)->hba = HBA1;
        ASSERT_OWED(&bench, " " A " one-hba,");
}

static void test_several_paths_in_one_fabric_are_owed_another(void) {
        _cleanup_(bench_done) Bench bench = { 0 };

        bench_open(&bench);
        (void) add(&bench, HBA1, 0, A);
        (void) add(&bench, HBA2, 0, A);
        add_hba(&bench, HBA1, 1);
        add_hba(&bench, HBA2, 1);
        ASSERT_OWED(&bench, "");
        add_hba(&bench, HBA2 + 1, 2);
        ASSERT_OWED(&bench, " " A " one-fabric,");
        bench.hbas.items[1].fabric_name = 2;
        ASSERT_OWED(&bench, "");
        bench.hbas.items[1].fabric_name = 0; /* cannot be known */
        ASSERT_OWED(&bench, "");
}

static void test_more_debts_than_anybody_reads_are_not_listed(void) {
        _cleanup_(bench_done) Bench bench = { 0 };
        char wwid[40];

        bench_open(&bench);
        for (unsigned i = 0; i < DEBTS_MAX + 10; i++) {
                (void) snprintf(wwid, sizeof wwid, "naa.6%031x", i);
                add(&bench, HBA1, i, wwid)->state = PATH_OFFLINE;
        }
        (void) owed(&bench);
        assert(bench.list.n_items == DEBTS_MAX);
}

static void test_only_physical_hbas_that_are_online_count(void) {
        FcTree tree;
        HbaList list;

        fc_tree_open(&tree);
        assert(hbas_read(tree.root_fd, &list) == 0 && list.n_items == 0);
        fc_tree_add_host(&tree, 6, HBA2, 1, false);
        fc_tree_add_host(&tree, 7, HBA1, 1, false);
        fc_tree_add_host(&tree, 8, HBA1 + 7, 1, false);
        fc_tree_add_host(&tree, 9, VHBA, 1, true);
        fc_tree_write(&tree, "sys/class/fc_host/host8/port_state", "Linkdown\n");
        fc_tree_write(&tree, "sys/class/fc_host/host6/fabric_name", "0x1000000533000001\n");
        assert(hbas_read(tree.root_fd, &list) == 0 && list.n_items == 2);
        assert(list.items[0].port_name == HBA1 && list.items[0].fabric_name == 0);
        assert(list.items[1].port_name == HBA2);
        assert(hbas_fabric(&list, HBA2) == 0x1000000533000001 && hbas_fabric(&list, VHBA) == 0);
        fc_tree_done(&tree);
}

int main(void) {
        test_expectations_are_parsed_as_vhbad_writes_them();
        test_what_is_expected_and_there_is_not_owed();
        test_a_lun_without_a_path_is_missing();
        test_another_wwid_is_another_debt();
        test_a_path_that_does_not_work_or_is_in_quarantine_is_none();
        test_a_vhba_that_is_down_owes_nothing();
        test_a_failed_path_is_named_with_its_fault();
        test_what_multipathd_finds_faulty_has_failed();
        test_a_member_of_a_map_has_what_the_map_says();
        test_only_slow_paths_are_owed_a_fast_one();
        test_several_paths_through_one_hba_are_owed_another();
        test_two_vhbas_on_one_hba_are_one_hba();
        test_several_paths_in_one_fabric_are_owed_another();
        test_more_debts_than_anybody_reads_are_not_listed();
        test_only_physical_hbas_that_are_online_count();
        return 0;
}
