/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/filter.h"
#include "lunwatch/path/index.h"

#include <assert.h>
#include <string.h>

/* 20 vHBAs see 250 LUNs each over 4 targets. */
#define N_HOSTS 20U
#define N_TARGETS 4U
#define N_LUNS 250U
#define N_PATHS (N_HOSTS * N_TARGETS * N_LUNS)

#define INITIATOR(host) (0x2101001b00000000 + (host) *7919 % N_HOSTS)
#define TARGET(target) (0x500507680b000000 + (target))

/* The model: which of them are there. */
typedef struct Model {
        Index index;
        bool is_there[N_PATHS];
        size_t n_there;
} Model;

static uint64_t random_state = 42;

static uint32_t random_below(uint32_t n) {
        random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
        return (uint32_t) (random_state >> 33) % n;
}

static Hctl hctl_of(uint32_t id) {
        return (Hctl){
                .host = id / (N_TARGETS * N_LUNS),
                .target = id / N_LUNS % N_TARGETS,
                .lun = id % N_LUNS,
        };
}

static void name_of(uint32_t id, char ret[static 32]) {
        (void) snprintf(ret, 32, "sd%u", id);
}

/* One WWID a LUN of a host, whatever the target. */
static void wwid_of(uint32_t id, char ret[static 64]) {
        Hctl hctl = hctl_of(id);

        (void) snprintf(ret, 64, "naa.6001405%08x%017llx", hctl.host,
                        (unsigned long long) hctl.lun);
}

static Path *make(uint32_t id, uint64_t size_bytes) {
        Hctl hctl = hctl_of(id);
        const Path fields = {
                .key = { INITIATOR(hctl.host), TARGET(hctl.target), hctl },
                .size_bytes = size_bytes,
                .major = 8 + id % 16,
                .minor = id,
                .is_vhba = hctl.host % 2,
        };
        char name[32], wwid[64];
        Path *path;

        name_of(id, name);
        wwid_of(id, wwid);
        assert(path_new(&fields, name, wwid, NULL, 0, &path) == 0);
        return path;
}

static void model_add(Model *model, uint32_t id) {
        Path *old;

        assert(index_put(&model->index, make(id, random_below(1000)), &old) == 0);
        assert(!!old == model->is_there[id]);
        (void) path_free(old);

        model->n_there += !model->is_there[id];
        model->is_there[id] = true;
}

static void model_remove(Model *model, uint32_t id) {
        Hctl hctl = hctl_of(id);
        Path *path = index_take(&model->index, &hctl);

        assert(!!path == model->is_there[id]);
        (void) path_free(path);

        model->n_there -= model->is_there[id];
        model->is_there[id] = false;
}

static void model_storm(Model *model, uint32_t n, uint32_t step) {
        for (; n > 0; n--) {
                uint32_t id = random_below(N_PATHS / step) * step + step - 1;

                if (random_below(2))
                        model_add(model, id);
                else
                        model_remove(model, id);
        }
}

static void check_found(const Model *model, uint32_t id) {
        char name[32], wwid[64];
        Hctl hctl = hctl_of(id);
        const Path *path = index_find_hctl(&model->index, &hctl);
        size_t n_same = 0;

        assert(!!path == model->is_there[id]);
        assert(index_find_devnum(&model->index, 8 + id % 16, id) == path);
        name_of(id, name);
        assert(index_find_name(&model->index, name) == path);

        wwid_of(id, wwid);
        for (uint32_t target = 0; target < N_TARGETS; target++)
                n_same += model->is_there[(hctl.host * N_TARGETS + target) * N_LUNS + hctl.lun];
        for (path = index_first_wwid(&model->index, wwid); path; path = index_next_wwid(path)) {
                assert(path->key.hctl.lun == hctl.lun && path->key.hctl.host == hctl.host);
                n_same--;
        }
        assert(n_same == 0);
}

static void check_ranges(const Model *model, uint32_t host) {
        IndexRange all = index_initiator(&model->index, &(Port){ PATH_FC, INITIATOR(host) });
        size_t n_all = 0;

        for (uint32_t target = 0; target < N_TARGETS; target++) {
                IndexRange some =
                        index_target(&model->index,
                                     &(PathKey){ INITIATOR(host), TARGET(target), { 0 }, PATH_FC });
                size_t n_some = 0;

                for (uint32_t lun = 0; lun < N_LUNS; lun++) {
                        uint32_t id = (host * N_TARGETS + target) * N_LUNS + lun;
                        IndexRange one = index_lun(&model->index, &(PathKey){ INITIATOR(host),
                                                                              TARGET(target),
                                                                              { .lun = lun },
                                                                              PATH_FC });

                        assert(one.end - one.begin == model->is_there[id]);
                        n_some += model->is_there[id];
                }
                assert(some.end - some.begin == n_some);
                n_all += n_some;
        }

        assert(all.end - all.begin == n_all);
}

/* Every disk is in the order of LUNs, and LUNs are what a list of all would count. */
static void check_disks(const Model *model) {
        const Index *index = &model->index;
        size_t n_luns = 0, n_disks = 0;

        for (size_t i = 0; i < index->n_disks; n_luns++) {
                IndexRange lun = index_lun_at(index, i);

                for (uint32_t target = 0; target < N_TARGETS; target++) {
                        const Hctl *hctl = &index->disks[i]->key.hctl;

                        n_disks += model->is_there[(hctl->host * N_TARGETS + target) * N_LUNS +
                                                   hctl->lun];
                }
                assert(lun.begin == i && n_disks == lun.end);
                assert(index_wwid(index, path_wwid(index->disks[i])).begin == i);
                assert(index_wwid(index, path_wwid(index->disks[i])).end == lun.end);
                i = lun.end;
        }

        assert(n_disks == index->n_disks && n_disks == model->n_there);
        assert(n_luns == index->n_luns);
}

static void check_model(const Model *model) {
        assert(model->index.n_paths == model->n_there);
        for (size_t i = 1; i < model->index.n_paths; i++)
                assert(path_key_compare(&model->index.paths[i - 1]->key,
                                        &model->index.paths[i]->key) < 0);
        for (uint32_t id = 0; id < N_PATHS; id++)
                check_found(model, id);
        check_disks(model);
        for (uint32_t host = 0; host < N_HOSTS; host++)
                check_ranges(model, host);
}

static void test_an_empty_index_finds_nothing(void) {
        _cleanup_(index_done) Index index = { 0 };
        const Hctl hctl = { 0 };

        assert(!index_find_hctl(&index, &hctl));
        assert(!index_find_devnum(&index, 8, 0));
        assert(!index_find_name(&index, "sda"));
        assert(!index_first_wwid(&index, "naa.6001"));
        assert(!index_take(&index, &hctl));
        assert(index_initiator(&index, &(Port){ PATH_FC, 1 }).end == 0);
}

static void test_the_index_is_what_a_list_of_all_would_be(void) {
        static Model model;

        for (uint32_t id = 0; id < N_PATHS; id++)
                model_add(&model, id * 7919 % N_PATHS);
        assert(model.n_there == N_PATHS);
        check_model(&model);

        model_storm(&model, 50000, 1);
        check_model(&model);

        for (uint32_t id = 0; id < N_PATHS; id++)
                model_remove(&model, id);
        check_model(&model);
        index_done(&model.index);
}

/* Reads a list of pages while every other path comes and goes at random. */
static size_t list_during_a_storm(Model *model, const Filter *filter, uint8_t *n_seen) {
        const Path *page[97];
        PathKey cursor;
        bool more = true;
        size_t total = 0, n = 0;

        while (more) {
                n = filter_page(filter, &model->index, total ? &cursor : NULL, page, 97, &more);
                for (size_t i = 0; i < n; i++) {
                        const Hctl *hctl = &page[i]->key.hctl;

                        assert(filter_matches(filter, page[i]));
                        assert(total + i == 0 || path_key_compare(&cursor, &page[i]->key) < 0);
                        cursor = page[i]->key;
                        n_seen[(hctl->host * N_TARGETS + hctl->target) * N_LUNS + hctl->lun]++;
                }
                total += n;
                model_storm(model, 50, 2);
        }

        return total;
}

static void test_what_stays_is_listed_exactly_once(void) {
        static uint8_t n_seen[N_PATHS];
        static Model model;
        const Filter all = { 0 };
        size_t total;

        for (uint32_t id = 0; id < N_PATHS; id++)
                model_add(&model, id);
        total = list_during_a_storm(&model, &all, n_seen);

        assert(total >= N_PATHS / 2);
        for (uint32_t id = 0; id < N_PATHS; id++) {
                assert(n_seen[id] <= 1);
                assert(id % 2 == 1 || n_seen[id] == 1);
        }
        index_done(&model.index);
}

static void test_a_filtered_list_holds_all_that_match(void) {
        static uint8_t n_seen[N_PATHS];
        static Model model;
        char wwid[64];
        const Filter filters[] = {
                { .initiator.name = INITIATOR(3) },
                { .initiator.name = INITIATOR(3), .target.name = TARGET(1) },
                { .target.name = TARGET(2) },
                { .has_vhba = true, .vhba = true },
                { .has_vhba = true, .vhba = false, .target.name = TARGET(0) },
                { .wwid = wwid },
                { .initiator.name = 0x1234 },
        };

        wwid_of(42, wwid);
        for (uint32_t id = 0; id < N_PATHS; id++)
                model_add(&model, id);

        for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
                memset(n_seen, 0, sizeof n_seen);
                (void) list_during_a_storm(&model, &filters[i], n_seen);
                for (uint32_t id = 0; id < N_PATHS; id += 2) {
                        Hctl hctl = hctl_of(id);
                        const Path *path = index_find_hctl(&model.index, &hctl);

                        assert(n_seen[id] == filter_matches(&filters[i], path));
                }
        }
        index_done(&model.index);
}

static void test_a_page_that_is_just_full_has_no_next(void) {
        _cleanup_(index_done) Index index = { 0 };
        const Filter all = { 0 };
        const Path *page[4];
        bool more;

        for (uint32_t id = 0; id < 4; id++) {
                Path *old;

                assert(index_put(&index, make(id, 0), &old) == 0);
        }

        assert(filter_page(&all, &index, NULL, page, 4, &more) == 4 && !more);
        assert(filter_page(&all, &index, NULL, page, 3, &more) == 3 && more);
        assert(filter_page(&all, &index, &page[2]->key, page, 3, &more) == 1 && !more);
        assert(filter_page(&all, &index, &page[0]->key, page, 3, &more) == 0 && !more);
}

/* What design.md allows: 512 bytes, with the strings of a LUN that has four links. */
static void test_a_path_is_small(void) {
        static const char *const links[] = {
                "by-vhba/2101001b00000000-500507680b000000-lun-0",
                "by-path/pci-0000:05:00.0-fc-0x500507680b000000-lun-0",
                "by-id/wwn-0x60014050000000100004000800000000",
                "by-id/scsi-360014050000000100004000800000000",
        };
        const Path fields = {
                .key = { 0x2101001b00000000, 0x500507680b000000, { 6, 0, 0, 0 } },
        };
        _cleanup_(path_freep) Path *path = NULL;
        size_t size;

        assert(path_new(&fields, "sdabc", "naa.60014050000000100004000800000000", links, 4,
                        &path) == 0);
        /* Itself, its slots in two arrays, and its share of four tables that are half empty. */
        size = sizeof *path + path->text_size + 16 + 4 * sizeof(Path *) +
               4 * 2 * sizeof(TableNode *);
        assert(size <= 512);
}

int main(void) {
        test_an_empty_index_finds_nothing();
        test_the_index_is_what_a_list_of_all_would_be();
        test_what_stays_is_listed_exactly_once();
        test_a_filtered_list_holds_all_that_match();
        test_a_page_that_is_just_full_has_no_next();
        test_a_path_is_small();
        return 0;
}
