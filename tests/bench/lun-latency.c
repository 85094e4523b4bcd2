/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * lun-latency ROOT HOSTS TARGETS LUNS RUNS: changes the size of a random disk of the tree, sends
 * udev's event, and takes two times: when a monitor of its own has the event, as anybody who
 * listens to udev would, and when lunwatch's signal is there. Waits for both, and a moment, before
 * the next. Prints what lunwatch added, in milliseconds: median and 99th percentile.
 */

#include "common/cleanup.h"
#include "tests/bench/measure.h"
#include "tests/scale/lun-line.h"
#include "tests/scale/shape.h"
#include "tests/scale/uevent.h"

#include <err.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <systemd/sd-device.h>
#include <time.h>

/* Longer than lunwatch remembers a burst. */
#define PAUSE_NSEC (60 * 1000 * 1000)

typedef struct Times {
        double heard, told;
} Times;

static int on_device(sd_device_monitor *monitor, sd_device *device, void *userdata) {
        Times *times = userdata;

        if (times->heard == 0)
                times->heard = measure_now_usec();
        return 0;
}

static int on_changed(sd_bus_message *signal, void *userdata, sd_bus_error *error) {
        Times *times = userdata;

        if (times->told == 0)
                times->told = measure_now_usec();
        return 0;
}

typedef struct Bench {
        Shape shape;
        FcTree tree;
        sd_bus *bus;
        sd_event *event; /* the monitor's */
        int event_fd;
        uint64_t seqnum;
        unsigned seed;
        Times times;
} Bench;

static void change(Bench *bench) {
        uint32_t number = (uint32_t) rand_r(&bench->seed) % shape_n_slots(&bench->shape);
        char link[256], target[512], file[1024], text[32];
        HctlString hctl;
        ShapeLun lun;
        ssize_t n;

        shape_lun(&bench->shape, number, &VARIANT_DEFAULT, &lun);
        (void) snprintf(link, sizeof link, "sys/bus/scsi/devices/%s",
                        hctl_format(&lun.lun.where.hctl, hctl));
        n = readlinkat(bench->tree.root_fd, link, target, sizeof target - 1);
        if (n < 0)
                err(1, "%s", link);
        target[n] = '\0';

        (void) snprintf(file, sizeof file, "sys%s/block/%s/size", strstr(target, "/devices/"),
                        lun.disk);
        (void) snprintf(text, sizeof text, "%u\n", 1000000 + (unsigned) rand_r(&bench->seed));
        fc_tree_write(&bench->tree, file, text);

        *strrchr(file, '/') = '\0';
        uevent_send(bench->event_fd, &(Uevent){ .action = "change",
                                                .devpath = file + strlen("sys"),
                                                .subsystem = "block",
                                                .devtype = "disk",
                                                .devname = lun.disk,
                                                .major = lun.lun.major,
                                                .minor = lun.lun.minor,
                                                .seqnum = ++bench->seqnum });
}

static void wait_for_both(Bench *bench) {
        while (bench->times.heard == 0 || bench->times.told == 0) {
                struct pollfd fds[] = {
                        { .fd = sd_bus_get_fd(bench->bus), .events = POLLIN },
                        { .fd = sd_event_get_fd(bench->event), .events = POLLIN },
                };

                if (poll(fds, ARRAY_LEN(fds), 5000) <= 0)
                        errx(1, "lunwatch does not tell");
                (void) sd_event_run(bench->event, 0);
                while (sd_bus_process(bench->bus, NULL) > 0)
                        ;
        }
}

static void check(int r, const char *what) {
        if (r < 0)
                errx(1, "%s: %s", what, strerror(-r));
}

int main(int argc, char *argv[]) {
        const struct timespec pause = { .tv_nsec = PAUSE_NSEC };
        _cleanup_(sd_device_monitor_unrefp) sd_device_monitor *monitor = NULL;
        Series added = { 0 };
        Bench bench = { .seed = 1 };

        if (argc != 6)
                errx(2, "Usage: lun-latency ROOT HOSTS TARGETS LUNS RUNS");
        bench.shape = (Shape){
                .n_hosts = (uint32_t) strtoul(argv[2], NULL, 10),
                .n_targets = (uint32_t) strtoul(argv[3], NULL, 10),
                .n_luns = (uint32_t) strtoul(argv[4], NULL, 10),
        };
        fc_tree_open_at(&bench.tree, argv[1]);
        bench.event_fd = uevent_open();

        check(sd_event_new(&bench.event), "event");
        check(sd_device_monitor_new(&monitor), "monitor");
        check(sd_device_monitor_attach_event(monitor, bench.event), "monitor");
        check(sd_device_monitor_start(monitor, on_device, &bench.times), "monitor");
        check(sd_bus_open_system(&bench.bus), "bus");
        check(sd_bus_match_signal(bench.bus, NULL, LUNWATCH_NAME, LUNWATCH_PATH, LUNWATCH_MANAGER,
                                  "Changed", on_changed, &bench.times),
              "match");

        for (int i = 0; i < atoi(argv[5]); i++) {
                bench.times = (Times){ 0 };
                change(&bench);
                wait_for_both(&bench);
                series_add(&added, (bench.times.told - bench.times.heard) / 1e3);
                (void) ppoll(NULL, 0, &pause, NULL);
        }

        (void) printf("%.3f %.3f\n", series_quantile(&added, 50), series_quantile(&added, 99));
        series_done(&added);
        sd_bus_flush_close_unref(bench.bus);
        sd_event_unref(bench.event);
        return 0;
}
