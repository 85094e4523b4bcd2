/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * lun-lookup ROOT HOSTS LUNS RUNS PEER-RUNS: asks lunwatch, over one open connection, for LUNs of
 * the tree that lun-tree made, and then does what libvirt does in the same tree (chroot: root).
 * Prints in one line, in microseconds: the median and the 99th percentile of a look-up, the median
 * of an empty call to the same process, and libvirt's median and 99th percentile.
 *
 * Look-ups and empty calls alternate, so that both have the same weather. On a machine that is busy
 * with other things a round trip over the bus takes twice as long; of ROUNDS rounds the one with
 * the fastest empty call counts, and of PEER_ROUNDS the one that is best for libvirt.
 */

#include "common/cleanup.h"
#include "tests/bench/measure.h"
#include "tests/scale/shape.h"

#include "peer-libvirt.h"

#include <err.h>
#include <inttypes.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define ROUNDS 10U
#define PEER_ROUNDS 4U

typedef struct Question {
        Wwn initiator, node;
        uint64_t lun;
} Question;

typedef void (*Ask)(const Question *question, void *userdata);

static void ask_lunwatch(const Question *question, void *userdata) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *link, *name;
        char lun[32];
        int r;

        (void) snprintf(lun, sizeof lun, "%" PRIu64, question->lun);
        r = sd_bus_call_method(userdata, "org.npivot.lunwatch1", "/org/npivot/lunwatch1",
                               "org.npivot.lunwatch1.Manager", "Lookup", &error, &reply, "sss",
                               WWN_STR(question->initiator), WWN_STR(question->node), lun);
        if (r < 0)
                errx(1, "Lookup: %s", error.message);
        if (sd_bus_message_read(reply, "s", &link) < 0)
                errx(1, "Lookup: no link");

        name = strrchr(link, '/');
        if (!name || strncmp(name + 1, WWN_STR(question->initiator), WWN_STRING_LEN) != 0)
                errx(1, "Lookup: a wrong link: %s", link);
}

static void ask_libvirt(const Question *question, void *userdata) {
        char path[512];

        if (peer_libvirt_lookup(question->initiator, question->node, question->lun, path,
                                sizeof path) < 0)
                errx(1, "libvirt's way found nothing");
        if (!strstr(path, WWN_STR(question->initiator)))
                errx(1, "libvirt's way found a wrong link: %s", path);
}

static void ask_nothing(const Question *question, void *userdata) {
        int r;

        r = sd_bus_call_method(userdata, "org.npivot.lunwatch1", "/org/npivot/lunwatch1",
                               "org.freedesktop.DBus.Peer", "Ping", NULL, NULL, NULL);
        if (r < 0)
                errx(1, "Ping: %s", strerror(-r));
}

static void series_ask(Series *series, Ask ask, const Question *question, void *userdata) {
        double start = measure_now_usec();

        ask(question, userdata);
        series_add(series, measure_now_usec() - start);
}

static Question random_question(unsigned *seed, unsigned n_hosts, unsigned n_luns) {
        uint32_t host = SHAPE_HOST_FIRST + (uint32_t) rand_r(seed) % n_hosts;

        return (Question){
                .initiator = shape_initiator(host),
                .node = shape_node(host),
                .lun = (uint64_t) rand_r(seed) % n_luns,
        };
}

typedef struct Round {
        double p50, p99, empty;
} Round;

static Round measure_round(sd_bus *bus, unsigned n_hosts, unsigned n_luns, unsigned n_runs,
                           unsigned *seed) {
        _cleanup_(series_done) Series lookups = { 0 }, pings = { 0 };

        for (unsigned i = 0; i < n_runs; i++) {
                Question question = random_question(seed, n_hosts, n_luns);

                series_ask(&lookups, ask_lunwatch, &question, bus);
                series_ask(&pings, ask_nothing, &question, bus);
        }

        return (Round){
                .p50 = series_quantile(&lookups, 50),
                .p99 = series_quantile(&lookups, 99),
                .empty = series_quantile(&pings, 50),
        };
}

static void measure_lunwatch(sd_bus *bus, unsigned n_hosts, unsigned n_luns, unsigned n_runs) {
        Round calmest = { .empty = 1e9 };
        unsigned seed = 1;

        for (unsigned i = 0; i < ROUNDS; i++) {
                Round this_one = measure_round(bus, n_hosts, n_luns, n_runs / ROUNDS, &seed);

                if (this_one.empty < calmest.empty)
                        calmest = this_one;
        }

        (void) printf("%.1f %.1f %.1f ", calmest.p50, calmest.p99, calmest.empty);
}

/* Nothing to compare with here: the round that is best for libvirt. */
static void measure_libvirt(unsigned n_hosts, unsigned n_luns, unsigned n_runs) {
        Round best = { .p50 = 1e9 };
        unsigned seed = 1;

        for (unsigned round = 0; round < PEER_ROUNDS; round++) {
                _cleanup_(series_done) Series lookups = { 0 };
                double p50;

                for (unsigned i = 0; i < n_runs / PEER_ROUNDS; i++) {
                        Question question = random_question(&seed, n_hosts, n_luns);

                        series_ask(&lookups, ask_libvirt, &question, NULL);
                }

                p50 = series_quantile(&lookups, 50);
                if (p50 < best.p50)
                        best = (Round){ .p50 = p50, .p99 = series_quantile(&lookups, 99) };
        }

        (void) printf("%.1f %.1f\n", best.p50, best.p99);
}

int main(int argc, char *argv[]) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        unsigned n_hosts, n_luns;
        int r;

        if (argc != 6)
                errx(2, "Usage: lun-lookup ROOT HOSTS LUNS RUNS PEER-RUNS");
        n_hosts = (unsigned) strtoul(argv[2], NULL, 10);
        n_luns = (unsigned) strtoul(argv[3], NULL, 10);

        r = sd_bus_open_system(&bus);
        if (r < 0)
                errx(1, "Cannot connect: %s", strerror(-r));
        measure_lunwatch(bus, n_hosts, n_luns, (unsigned) strtoul(argv[4], NULL, 10));

        if (chroot(argv[1]) < 0 || chdir("/") < 0)
                err(1, "%s", argv[1]);
        measure_libvirt(n_hosts, n_luns, (unsigned) strtoul(argv[5], NULL, 10));
        return 0;
}
