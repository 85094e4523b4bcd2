/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/escape.h"
#include "common/file.h"
#include "common/log.h"
#include "common/socket.h"
#include "mirrord/target/work-part.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

static bool is_lost(int r) {
        return r == -ECONNRESET || r == -ENOTCONN;
}

/* Nobody but QEMU's user and root gets to the sockets in it. */
static int make_dir(Work *work, uid_t uid) {
        _cleanup_close_ int root_fd = dir_open(TARGET_ROOT, true, 0711), fd = -EBADF;
        TargetPath path;

        if (root_fd < 0)
                return root_fd;
        fd = dir_open(target_dir(work->target, path), true, 0700);
        if (fd < 0)
                return fd;

        return fchown(fd, uid, (gid_t) -1) < 0 ? -errno : 0;
}

static void remove_dir(Work *work) {
        TargetPath path;

        (void) unlink(target_socket(work->target, path));
        (void) unlink(target_monitor(work->target, path));
        (void) rmdir(target_dir(work->target, path));
}

/* Whether the NBD server that there is is the one that was started for this target. */
static bool server_is_ours(const Work *work) {
        _cleanup_close_ int fd = -EBADF;
        TargetPath path;

        fd = socket_connect(target_socket(work->target, path), SOCK_STREAM);
        return fd >= 0 || fd == -EAGAIN;
}

/* ---- exporting */

static bool is_exporting(const Work *work) {
        return work->target->phase == TARGET_PHASE_EXPORTING;
}

/* What QEMU answers that is nothing to worry about when it was said before. */
static void on_done(Work *work, int r, const QmpError *error, const char *command,
                    const char *harmless) {
        work->is_looking = false;
        work_look_soon(work, 0);
        if (r >= 0 || is_lost(r) || !is_exporting(work))
                return;
        if (!error || !strstr(error->words, harmless))
                work_withdraw(work, "QEMU refuses %s: %s", command,
                              error ? error->words : strerror(-r));
}

static void on_node_added(void *userdata, int r, const JsonValue *value, const QmpError *error) {
        on_done(userdata, r, error, "blockdev-add", "Duplicate nodes");
}

static void on_export_added(void *userdata, int r, const JsonValue *value, const QmpError *error) {
        on_done(userdata, r, error, "block-export-add", "is already in use");
}

static void on_server_started(void *userdata, int r, const JsonValue *value,
                              const QmpError *error) {
        Work *work = userdata;

        work->is_looking = false;
        work_look_soon(work, 0);
        if (is_lost(r) || !is_exporting(work))
                return;
        if (r >= 0 || server_is_ours(work))
                work->is_server_up = true;
        else if (error && strstr(error->words, "already running"))
                work_withdraw(work, "QEMU has an NBD server already that was not started for this "
                                    "target: end it with “nbd-server-stop”.");
        else
                work_withdraw(work, "QEMU refuses nbd-server-start: %s",
                              error ? error->words : strerror(-r));
}

static void start_server(Work *work) {
        int r;

        r = make_dir(work, work->uid);
        if (r < 0) {
                work_withdraw(work, "A directory for QEMU's socket cannot be made: %s.",
                              strerror(-r));
                return;
        }
        if (!work->target->has_server) {
                work->target->has_server = true;
                if (work_save(work) < 0) {
                        work->target->has_server = false;
                        work_look_soon(work, WORK_LOOK_USEC);
                        return;
                }
        }
        work_ask(work, "nbd-server-start", work_server_arguments(work), on_server_started);
}

static void on_listening(Work *work) {
        if (work->target->state == TARGET_LISTENING)
                return;
        (void) work_set_phase(work, TARGET_PHASE_EXPORTING, TARGET_LISTENING);
}

static void on_exports(void *userdata, int r, const JsonValue *exports, const QmpError *error) {
        Work *work = userdata;
        Target *target = work->target;

        work->is_looking = false;
        work_look_later(work);
        if (r < 0 || !is_exporting(work))
                return;
        for (size_t i = 0; i < target->n_disks; i++) {
                if (work_find_export(exports, target->disks + i))
                        continue;
                if (!work->is_server_up)
                        start_server(work);
                else
                        work_ask(work, "block-export-add", work_export_arguments(target->disks + i),
                                 on_export_added);
                return;
        }
        if (work_keep_units(work) > 0)
                on_listening(work);
}

/* > 0: it may be exported. */
static int check_node(Work *work, const TargetDisk *disk, const JsonValue *node) {
        uint64_t is = json_read_number(json_read_object(node, "image"), "virtual-size", 0);
        const char *other = work_leads_to(node);

        if (is != disk->size_bytes) {
                work_withdraw(work,
                              "%s: its node “%s” has %" PRIu64 " bytes and the disk has %" PRIu64
                              ".",
                              disk->name, disk->node, is, disk->size_bytes);
                return 0;
        }
        /* A QEMU of somebody's has what its user may open; a daemon of ours is root's. */
        if (work->target->is_served && *other) {
                work_withdraw(work,
                              "%s: %s leads to another file, %.256s: it is not as it was prepared. "
                              "Abort the target and prepare it again.",
                              disk->name, disk->path, other);
                return 0;
        }

        return 1;
}

/* > 0: all are as they must be. */
static int check_nodes(Work *work, const JsonValue *nodes) {
        Target *target = work->target;

        for (size_t i = 0; i < target->n_disks; i++) {
                TargetDisk *disk = target->disks + i;
                const JsonValue *node = work_find_node(nodes, disk->node);

                if (!node && target->is_served) {
                        if (work_see_again(work, disk) <= 0)
                                return 0;
                        work_ask(work, "blockdev-add", work_node_arguments(disk), on_node_added);
                        return 0;
                }
                if (!node) {
                        work_withdraw(work, "%s: QEMU has no node “%s”.", disk->name, disk->node);
                        return 0;
                }
                if (check_node(work, disk, node) <= 0)
                        return 0;
        }

        return 1;
}

static void on_nodes(void *userdata, int r, const JsonValue *nodes, const QmpError *error) {
        Work *work = userdata;

        work->is_looking = false;
        work_look_later(work);
        if (r >= 0 && is_exporting(work) && check_nodes(work, nodes) > 0)
                work_ask(work, "query-block-exports", NULL, on_exports);
}

static void ask_nodes(Work *work) {
        QmpArguments *arguments = qmp_arguments_new();

        qmp_arguments_bool(arguments, "flat", true);
        work_ask(work, "query-named-block-nodes", arguments, on_nodes);
}

/* ---- the monitor */

static void on_ready(void *userdata, const QmpVersion *version) {
        Work *work = userdata;

        work->uid = version->uid;
        work->lost_usec = 0;
        work->is_server_up = false;
        work_look_soon(work, 0);
}

static void on_event(void *userdata, const char *name, const JsonValue *data) {
        if (strcmp(name, "BLOCK_EXPORT_DELETED") == 0)
                work_look_soon(userdata, 0);
}

static void on_lost(void *userdata, int error, const char *words) {
        Work *work = userdata;

        work->is_looking = false;
        work->same = NULL;
        work->is_gone = error == -ECONNREFUSED || error == -ENOENT;
        if (work->lost_usec == 0)
                work->lost_usec = work_now(work);
        work_look_soon(work, WORK_LOOK_USEC);
}

static void follow_qemu(Work *work) {
        const QmpHandler handler = { on_ready, on_event, on_lost, work };
        int r;

        if (work->qmp)
                return;
        r = qmp_new(work->event, work->target->monitor, 0, &handler, &work->qmp);
        if (r < 0)
                log_error_errno(r, "Cannot follow the monitor of target %s: %m", work->target->id);
}

void work_forget_qemu(Work *work) {
        /* Maybe from inside one of its callbacks. */
        if (work->qmp)
                qmp_free_later(work->qmp);
        work->qmp = NULL;
}

static bool qemu_has_gone(const Work *work) {
        return work->lost_usec > 0 && work->is_gone &&
               work_now(work) - work->lost_usec > WORK_GONE_USEC;
}

static bool qemu_is_silent(const Work *work) {
        return work->lost_usec > 0 && work_now(work) - work->lost_usec > WORK_LOST_USEC;
}

void work_export(Work *work) {
        int r;

        work_look_later(work);
        if (work->target->is_served) {
                r = make_dir(work, 0);
                if (r < 0) {
                        work_withdraw(work, "A directory for sockets cannot be made: %s.",
                                      strerror(-r));
                        return;
                }
                if (work_start_daemon(work) <= 0)
                        return;
        }
        follow_qemu(work);
        if (qemu_has_gone(work))
                work_withdraw(work,
                              "QEMU has ended: nobody listens at its monitor, %s. Export the "
                              "target again, or abort it.",
                              work->target->monitor);
        else if (qemu_is_silent(work))
                work_withdraw(work,
                              "QEMU's monitor at %s does not answer: another client may have "
                              "it.",
                              work->target->monitor);
        else if (work->qmp && !work->is_looking && qmp_is_ready(work->qmp))
                ask_nodes(work);
}

/* ---- taking back */

static void on_taken_back(Work *work) {
        work->is_withdrawn = true;
        work->is_server_up = false;
        work_look_soon(work, 0);
}

static void on_export_removed(void *userdata, int r, const JsonValue *value,
                              const QmpError *error) {
        Work *work = userdata;

        work->is_looking = false;
        /* It goes in its own time, and is then not there. */
        work_look_soon(work, WORK_SOON_USEC);
}

static void on_server_stopped(void *userdata, int r, const JsonValue *value,
                              const QmpError *error) {
        Work *work = userdata;

        work->is_looking = false;
        work_look_soon(work, WORK_LOOK_USEC);
        if (r >= 0 || (error && strstr(error->words, "not running")))
                on_taken_back(work);
}

static void on_exports_left(void *userdata, int r, const JsonValue *exports,
                            const QmpError *error) {
        Work *work = userdata;
        Target *target = work->target;

        work->is_looking = false;
        work_look_later(work);
        if (r < 0)
                return;
        for (size_t i = 0; i < target->n_disks; i++)
                if (work_find_export(exports, target->disks + i)) {
                        work_ask(work, "block-export-del",
                                 work_removal_arguments(target->disks + i), on_export_removed);
                        return;
                }

        if (target->has_server && server_is_ours(work))
                work_ask(work, "nbd-server-stop", NULL, on_server_stopped);
        else
                on_taken_back(work);
}

/* That it may have kept its exports is said; disks that are to stay are not called so before. */
static void take_silence(Work *work) {
        mirror_set_message(&work->target->message,
                           "QEMU's monitor at %s does not answer: its exports may still be there. "
                           "Another client may have it.",
                           work->target->monitor);
        if (work->target->phase != TARGET_PHASE_COMMITTING)
                work->is_withdrawn = true;
        else
                work_changed(work);
}

static void take_exports_back(Work *work) {
        follow_qemu(work);
        if (qemu_has_gone(work))
                work->is_withdrawn = true;
        else if (qemu_is_silent(work))
                take_silence(work);
        else if (work->qmp && !work->is_looking && qmp_is_ready(work->qmp))
                work_ask(work, "query-block-exports", NULL, on_exports_left);
}

int work_take_back(Work *work) {
        if (!work->target->monitor)
                return 1;
        work_look_later(work);
        /* First of all: QEMU need not wait for a peer that hangs. */
        if (work_end_units(work) <= 0)
                return 0;
        if (!work->is_withdrawn)
                take_exports_back(work);
        if (!work->is_withdrawn || (work->target->is_served && work_end_daemon(work) <= 0))
                return 0;

        work_forget_qemu(work);
        remove_dir(work);
        return 1;
}
