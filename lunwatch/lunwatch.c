/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * lunwatch(8): knows every path and map of the host, and tells. What there is is in sysfs and
 * in udev's database, and is read again at every start; what it was is the guard's to remember.
 */

#include "common/log.h"
#include "common/service.h"
#include "lunwatch/debt/map-fault.h"
#include "lunwatch/guard/guard-bus.h"
#include "lunwatch/guard/map-guard.h"
#include "lunwatch/job/attention.h"
#include "lunwatch/job/jobs-bus.h"
#include "lunwatch/manager-bus.h"
#include "lunwatch/map/maps-bus.h"
#include "lunwatch/usage/usage-bus.h"
#include "lunwatch/watch.h"

static const char help[] = "Usage: lunwatch\n"
                           "\n"
                           "Serves org.npivot.lunwatch1 on the system bus: which LUN is reached\n"
                           "over which path behind which vHBA. Started by lunwatch.service.\n"
                           "\n"
                           "  -h --help     Show this\n"
                           "     --version  Show the version\n"
                           "\n"
                           "See lunwatch(8).\n";

typedef struct Lunwatch {
        Inventory inventory;
        Watch watch;
        Maps maps;
        Usage usage;
        Guard guard;
        PathGuard path_guard;
        MapGuardian map_guard;
        Debts debts;
        Manager manager;
        MapsBus maps_bus;
        GuardBus guard_bus;
        UsageBus usage_bus;
        Jobs jobs;
        Attention attention;
} Lunwatch;

static void lunwatch_done(Lunwatch *lunwatch) {
        attention_done(&lunwatch->attention);
        jobs_done(&lunwatch->jobs);
        debts_done(&lunwatch->debts);
        usage_bus_done(&lunwatch->usage_bus);
        lunwatch->usage.mounts = mounts_free(lunwatch->usage.mounts);
        maps_done(&lunwatch->maps);
        watch_done(&lunwatch->watch);
        guard_done(&lunwatch->guard);
        inventory_done(&lunwatch->inventory);
}

static void on_tell(void *userdata) {
        Lunwatch *lunwatch = userdata;
        int r, q;

        r = manager_bus_tell(&lunwatch->manager);
        maps_judge_quarantined(&lunwatch->maps);
        q = maps_bus_tell(&lunwatch->maps_bus);
        if (r >= 0)
                r = usage_bus_tell(&lunwatch->usage_bus);
        if (r < 0 || q < 0)
                log_warning_errno(r < 0 ? r : q,
                                  "Cannot tell of a change, subscribers will see a gap: %m");
        guard_check(&lunwatch->guard);
        guard_bus_tell(&lunwatch->guard_bus);
        debts_check(&lunwatch->debts);
        jobs_check(&lunwatch->jobs);
}

/* Before the paths are read, so that none comes in without having been judged. */
static int start_guard(Lunwatch *lunwatch, sd_event *event) {
        int dir_fd, r;

        dir_fd = guard_open_dir();
        if (dir_fd < 0)
                log_message_errno(dir_fd == -ENOENT ? LOG_INFO : LOG_WARNING, dir_fd,
                                  "Will not remember the identities of LUNs over a restart: %m");
        r = guard_open(&lunwatch->guard, dir_fd);
        if (r < 0)
                return r;

        path_guard_attach(&lunwatch->path_guard, &lunwatch->guard, &lunwatch->inventory);
        map_guard_attach(&lunwatch->map_guard, &lunwatch->guard, &lunwatch->maps);
        return store_attach(&lunwatch->guard.store, event);
}

static int add_guard_bus(Lunwatch *lunwatch, sd_bus *bus) {
        lunwatch->guard_bus = (GuardBus){
                .inventory = &lunwatch->inventory,
                .guard = &lunwatch->guard,
                .debts = &lunwatch->debts,
                .maps = &lunwatch->maps.table,
                .tell = &lunwatch->watch.tell,
        };

        return guard_bus_add(&lunwatch->guard_bus, bus);
}

static int add_jobs(Lunwatch *lunwatch, const Service *service) {
        lunwatch->jobs.event = service->event;
        lunwatch->jobs.inventory = &lunwatch->inventory;
        lunwatch->jobs.maps = &lunwatch->maps.table;
        lunwatch->jobs.usage = &lunwatch->usage;
        lunwatch->jobs.tell = &lunwatch->watch.tell;
        lunwatch->jobs.socket = ACT_SOCKET;

        return jobs_bus_add(&lunwatch->jobs, service->bus);
}

static void on_luns_changed(void *userdata, const Hctl *hctl) {
        attention_note(userdata, hctl);
}

static WatchListener listen_to_attentions(Lunwatch *lunwatch, sd_event *event) {
        lunwatch->attention = (Attention){
                .event = event,
                .inventory = &lunwatch->inventory,
                .tell = &lunwatch->watch.tell,
                .socket = ACT_SOCKET,
        };

        return (WatchListener){
                .on_luns_changed = on_luns_changed,
                .userdata = &lunwatch->attention,
        };
}

static int add_objects(Lunwatch *lunwatch, sd_bus *bus) {
        int r;

        r = manager_bus_add(&lunwatch->manager, bus, &lunwatch->inventory, &lunwatch->maps.table);
        if (r < 0)
                return log_error_errno(r, "Cannot add the Manager to the bus: %m");
        r = maps_bus_add(&lunwatch->maps_bus, bus, &lunwatch->inventory, &lunwatch->maps);
        if (r < 0)
                return log_error_errno(r, "Cannot add the Maps to the bus: %m");
        r = add_guard_bus(lunwatch, bus);
        if (r < 0)
                return log_error_errno(r, "Cannot add the Guard to the bus: %m");
        r = usage_bus_add(&lunwatch->usage_bus, bus, &lunwatch->usage, &lunwatch->watch.tell);
        if (r < 0)
                return log_error_errno(r, "Cannot add the Usage to the bus: %m");

        return 0;
}

static void on_mounts(dev_t device, void *userdata) {
        Lunwatch *lunwatch = userdata;
        char name[MAP_DEVICE_MAX];

        if (usage_device_name(&lunwatch->usage, device, name) >= 0)
                usage_bus_note(&lunwatch->usage_bus, name);
}

static int start_usage(Lunwatch *lunwatch, sd_event *event) {
        lunwatch->usage = (Usage){
                .inventory = &lunwatch->inventory,
                .maps = &lunwatch->maps.table,
        };

        return mounts_new(event, NULL, NULL, on_mounts, lunwatch, &lunwatch->usage.mounts);
}

static int listen_to_watch(Lunwatch *lunwatch, sd_event *event) {
        const WatchListener listeners[] = {
                maps_listener(&lunwatch->maps),
                usage_bus_listener(&lunwatch->usage_bus),
                listen_to_attentions(lunwatch, event),
        };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ARRAY_LEN(listeners); i++)
                r = watch_listen(&lunwatch->watch, listeners + i);

        return r;
}

/* Events first, so that nothing falls between; maps after the paths that they are made of. */
static int follow(Lunwatch *lunwatch, const Service *service) {
        int r;

        r = listen_to_watch(lunwatch, service->event);
        if (r >= 0)
                r = attention_start(&lunwatch->attention);
        if (r >= 0)
                r = watch_start(&lunwatch->watch, service->event, &lunwatch->inventory, on_tell,
                                lunwatch);
        if (r < 0)
                return log_error_errno(r, "Cannot listen for device events: %m");
        r = maps_start(&lunwatch->maps, lunwatch->inventory.reader.root_fd, service->event,
                       MULTIPATHD_SOCKET, &lunwatch->watch.tell);
        if (r < 0)
                return log_error_errno(r, "Cannot follow maps: %m");
        lunwatch->debts.checker = map_fault;
        lunwatch->debts.checker_userdata = &lunwatch->maps.table;
        r = start_usage(lunwatch, service->event);
        if (r < 0)
                return log_error_errno(r, "Cannot follow mounts: %m");
        r = debts_start(&lunwatch->debts, service->bus, &lunwatch->inventory, &lunwatch->guard,
                        guard_bus_tell_debts, &lunwatch->guard_bus);
        if (r < 0)
                return log_error_errno(r, "Cannot look for path debt: %m");

        return 0;
}

static int start(Lunwatch *lunwatch, const Service *service) {
        int r;

        r = inventory_open(&lunwatch->inventory, "/");
        if (r < 0)
                return log_error_errno(r, "Cannot open the root directory: %m");
        r = start_guard(lunwatch, service->event);
        if (r < 0)
                return log_error_errno(r, "Cannot guard the identities of LUNs: %m");
        r = add_objects(lunwatch, service->bus);
        if (r < 0)
                return r;
        r = add_jobs(lunwatch, service);
        if (r < 0)
                return log_error_errno(r, "Cannot add the Jobs to the bus: %m");
        r = follow(lunwatch, service);
        if (r < 0)
                return r;

        guard_check(&lunwatch->guard);
        return 0;
}

static int run(int argc, char *argv[]) {
        _cleanup_(service_done) Service service = { 0 };
        _cleanup_(lunwatch_done) Lunwatch lunwatch = {
                .inventory.reader.root_fd = -EBADF,
                .guard.store.dir_fd = -EBADF,
        };
        int r;

        jobs_init(&lunwatch.jobs);

        r = service_open(&service, "lunwatch", help, argc, argv);
        if (r > 0)
                return 0;
        if (r < 0)
                return log_error_errno(r, "Cannot connect to the system bus: %m");

        r = start(&lunwatch, &service);
        if (r < 0)
                return r;

        log_info("Knows %zu paths and %zu maps.", lunwatch.inventory.index.n_paths,
                 lunwatch.maps.table.n_maps);
        r = service_run(&service, MANAGER_NAME);
        if (r < 0)
                return log_error_errno(r, "Cannot serve " MANAGER_NAME ": %m");

        return 0;
}

int main(int argc, char *argv[]) {
        log_open("lunwatch", LOG_TO_AUTO);
        return run(argc, argv) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
