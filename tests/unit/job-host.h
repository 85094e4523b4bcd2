/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * For tests of jobs: a host with one vHBA and one target port, its jobs, and a lun-act that says
 * what it is told to.
 */
#include "lunwatch/job/kinds.h"

#include "fc-tree.h"

#include <assert.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define VHBA "2101001b32a90004"
#define TARGET "500507680b000000"
#define WWID "naa.60014050000000100004000800000000"
#define DEADLINE_USEC (20 * 1000 * 1000ULL)
#define ROOT 0
#define USER 1000

/* A host with one vHBA and one target port, its jobs, and a lun-act that says what it is told to.
 */
typedef struct Host {
        FcTree tree;
        Inventory inventory;
        MapTable maps;
        Usage usage;
        Tell tell;
        sd_event *event;
        Jobs jobs;
        unsigned n_added, n_steps, n_ended, n_removed;

        int listen_fd, act_fd;
        sd_event_source *listening, *reading;
        char socket[108];
        char asked[1024];       /* the verbs and fields of all requests, ";" behind each */
        const char *answers[8]; /* of the requests, one after the other; NULL: none, for ever */
        size_t n_asked;
        void (*on_asked)(struct Host *host);
} Host;

static const RportId rport = { 6, 0, 0 };

static inline FcTreeLun make_lun(uint64_t number, const char *disk, uint32_t minor) {
        return (FcTreeLun){
                .where = { { 6, 0, 0, number }, rport, true, 5, PATH_FC },
                .wwid = WWID,
                .disk = disk,
                .major = 8,
                .minor = minor,
                .size_bytes = 1 << 20,
                .udev_data = "I:1\n",
        };
}

static inline void add_lun(Host *host, uint64_t number, const char *disk, uint32_t minor) {
        const FcTreeLun lun = make_lun(number, disk, minor);

        fc_tree_add_lun(&host->tree, &lun);
        assert(inventory_update(&host->inventory, &lun.where, 0) >= 0);
        jobs_check(&host->jobs);
}

static inline void remove_lun(Host *host, uint64_t number, const char *disk, uint32_t minor) {
        const FcTreeLun lun = make_lun(number, disk, minor);

        fc_tree_remove_lun(&host->tree, &lun);
        assert(inventory_remove(&host->inventory, &lun.where.hctl) >= 0);
        jobs_check(&host->jobs);
}

static inline void on_added(void *userdata, Job *job) {
        ((Host *) userdata)->n_added++;
}

static inline void on_step(void *userdata, Job *job) {
        ((Host *) userdata)->n_steps++;
}

static inline void on_end(void *userdata, Job *job) {
        ((Host *) userdata)->n_ended++;
}

static inline void on_removed(void *userdata, Job *job) {
        ((Host *) userdata)->n_removed++;
}

static inline void close_act(Host *host) {
        host->reading = sd_event_source_disable_unref(host->reading);
        closep(&host->act_fd);
        host->act_fd = -EBADF;
}

/* The time is not compared. */
static inline void note_request(Host *host, const char *line) {
        size_t used = strlen(host->asked);
        const char *tab = strchr(line, '\t');

        assert(tab && strchr(tab + 1, '\t'));
        (void) snprintf(host->asked + used, sizeof host->asked - used, "%.*s%s", (int) (tab - line),
                        line, strchr(tab + 1, '\t'));
        host->asked[strcspn(host->asked, "\n")] = ';';
        for (char *p = host->asked; *p; p++)
                if (*p == '\t')
                        *p = ' ';
}

static inline int on_request(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Host *host = userdata;
        const char *answer;
        char line[4096];
        ssize_t n;

        n = read(fd, line, sizeof line - 1);
        if (n <= 0) {
                close_act(host);
                return 0;
        }
        line[n] = '\0';
        note_request(host, line);
        assert(host->n_asked < ARRAY_LEN(host->answers));
        answer = host->answers[host->n_asked++];
        if (host->on_asked)
                host->on_asked(host);
        if (!answer)
                return 0;
        assert(write(fd, answer, strlen(answer)) == (ssize_t) strlen(answer));
        close_act(host);
        return 0;
}

static inline int on_connection(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Host *host = userdata;

        close_act(host);
        host->act_fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        assert(host->act_fd >= 0);
        assert(sd_event_add_io(host->event, &host->reading, host->act_fd, EPOLLIN, on_request,
                               host) >= 0);
        return 0;
}

static inline void listen_as_act(Host *host) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        (void) snprintf(host->socket, sizeof host->socket, "%.90s/act", host->tree.root);
        (void) strcpy(address.sun_path, host->socket);
        host->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert(host->listen_fd >= 0);
        assert(bind(host->listen_fd, (struct sockaddr *) &address, sizeof address) >= 0);
        assert(listen(host->listen_fd, 16) >= 0);
        assert(sd_event_add_io(host->event, &host->listening, host->listen_fd, EPOLLIN,
                               on_connection, host) >= 0);
}

static inline void on_tell(void *userdata) {
        Host *host = userdata;

        jobs_check(&host->jobs);
}

static inline void host_open(Host *host) {
        *host = (Host){ .act_fd = -EBADF };
        fc_tree_open(&host->tree);
        fc_tree_add_host(&host->tree, 5, 0x21000024ff000005, 0x20000024ff000005, false);
        fc_tree_add_host(&host->tree, 6, 0x2101001b32a90004, 0x2001001b32a90004, true);
        fc_tree_add_rport(&host->tree, &rport, true, 0x500507680b000000);
        fc_tree_write(&host->tree, "sys/class/fc_remote_ports/rport-6:0-0/scsi_target_id", "0\n");
        assert(sd_event_new(&host->event) >= 0);
        assert(inventory_open(&host->inventory, host->tree.root) >= 0);
        assert(inventory_scan(&host->inventory, 0) >= 0);
        assert(tell_start(&host->tell, host->event, on_tell, host) >= 0);
        assert(mounts_new(host->event, NULL, NULL, NULL, NULL, &host->usage.mounts) >= 0);
        host->usage.inventory = &host->inventory;
        host->usage.maps = &host->maps;
        listen_as_act(host);
        host->jobs = (Jobs){
                .event = host->event,
                .inventory = &host->inventory,
                .maps = &host->maps,
                .usage = &host->usage,
                .tell = &host->tell,
                .socket = host->socket,
                .observer = { on_added, on_step, on_end, on_removed, host },
        };
        jobs_init(&host->jobs);
        /* The loop's time must be known. */
        assert(sd_event_run(host->event, 0) >= 0);
}

static inline void host_done(Host *host) {
        jobs_done(&host->jobs);
        close_act(host);
        host->listening = sd_event_source_disable_unref(host->listening);
        (void) close(host->listen_fd);
        tell_done(&host->tell);
        host->usage.mounts = mounts_free(host->usage.mounts);
        inventory_done(&host->inventory);
        map_table_done(&host->maps);
        fc_tree_done(&host->tree);
        host->event = sd_event_unref(host->event);
}

static inline void run_until(Host *host, const unsigned *count, unsigned wanted) {
        uint64_t start, now;

        assert(sd_event_now(host->event, CLOCK_MONOTONIC, &start) >= 0);
        while (*count < wanted) {
                assert(sd_event_run(host->event, DEADLINE_USEC) >= 0);
                assert(sd_event_now(host->event, CLOCK_MONOTONIC, &now) >= 0);
                assert(now - start < DEADLINE_USEC);
        }
}

static inline Job *begin_as(Host *host, uint32_t uid, JobSpec *spec, uint64_t timeout_usec,
                            int error) {
        Job *job = NULL;

        spec->uid = uid;
        if (timeout_usec > 0)
                spec->timeout_usec = timeout_usec;
        assert(jobs_begin(&host->jobs, spec, &job) == error);
        return job;
}

static inline Job *wait_for(Host *host, Condition condition, uint64_t timeout_usec) {
        Condition copy = condition;
        JobSpec spec;

        copy.initiator = strdup(VHBA);
        copy.n_wanted = copy.n_wanted ? copy.n_wanted : 1;
        assert(job_wait_spec(&copy, &spec) >= 0);
        return begin_as(host, USER, &spec, timeout_usec, 0);
}

static inline Job *rescan(Host *host, bool has_lun, uint64_t lun) {
        Condition scope = { .initiator = strdup(VHBA), .has_lun = has_lun, .lun = lun };
        JobSpec spec;

        assert(job_rescan_spec(&scope, &spec) >= 0);
        return begin_as(host, ROOT, &spec, DEADLINE_USEC, 0);
}

static inline void assert_ended(const Job *job, JobState state, const char *cause) {
        if (job->state != state || strcmp(job->cause, cause) != 0)
                (void) fprintf(stderr, "%s, %s: %s\n", job_state_text(job->state), job->cause,
                               job->message);
        assert(job->state == state && strcmp(job->cause, cause) == 0);
        assert(job->ended_usec >= job->started_usec && !*job->step);
        assert(state == JOB_DONE || *job->message);
}
