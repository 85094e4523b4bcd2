/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * vhba-port down: deletes the vport, unless somebody uses a LUN behind it, and makes sure that it
 * and its LUNs are gone. Needs no definition, and may be called as often as one likes.
 */

#include "common/message-ids.h"
#include "vhbad/lun.h"
#include "vhbad/port.h"
#include "vhbad/vport-holders.h"
#include "vhbad/vport.h"

#include <limits.h>
#include <string.h>

/* What must be gone afterwards, by its resolved sysfs path: host numbers and names are reused. */
typedef struct Remains {
        char **paths;
        size_t n;
} Remains;

static void remains_done(Remains *remains) {
        for (size_t i = 0; i < remains->n; i++)
                free(remains->paths[i]);
        free(remains->paths);
}

static int remains_add(Remains *remains, const char *class, const char *name) {
        char link[96], **grown, *path;

        (void) snprintf(link, sizeof link, "/sys/class/%s/%s", class, name);
        path = realpath(link, NULL);
        if (!path)
                return errno == ENOENT ? 0 : -errno;
        grown = reallocarray(remains->paths, remains->n + 1, sizeof *grown);
        if (!grown) {
                free(path);
                return -ENOMEM;
        }

        remains->paths = grown;
        remains->paths[remains->n++] = path;
        return 0;
}

static int remains_collect(Remains *remains, const char *scsi_host) {
        _cleanup_free_ LunPath *paths = NULL;
        size_t n;
        int r;

        if (scsi_host[0] == '\0')
                return 0;
        r = lun_path_list(scsi_host, &paths, &n);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n && r >= 0; i++)
                if (paths[i].block[0] != '\0')
                        r = remains_add(remains, "block", paths[i].block);
        if (r >= 0)
                r = remains_add(remains, "scsi_host", scsi_host);

        return r;
}

/* The name of one that is still there, or NULL. */
static const char *remains_find(const Remains *remains) {
        for (size_t i = 0; i < remains->n; i++)
                if (access(remains->paths[i], F_OK) >= 0)
                        return strrchr(remains->paths[i], '/') + 1;

        return NULL;
}

/* Until the kernel has taken the order: it may still be busy making or deleting the vport. */
static int order_delete(const FcVport *vport, Wait *wait) {
        for (;;) {
                int r = vport_delete(vport);

                /* EAGAIN: lpfc_vport_delete(), while its discovery goes on. */
                if (r != -EBUSY && r != -EAGAIN)
                        return r == -ENODEV ? 0 : r;
                r = wait_next(wait);
                if (r <= 0)
                        return r < 0 ? r : -EBUSY;
        }
}

static bool is_there(const FcVport *vport) {
        return access(vport->syspath, F_OK) >= 0;
}

Cause port_delete(Port *port, const FcVport *vport, Wait *wait, char *why, size_t why_size) {
        _cleanup_(remains_done) Remains remains = { 0 };
        const char *left = NULL;
        int r;

        r = remains_collect(&remains, vport->scsi_host);
        if (r >= 0)
                r = order_delete(vport, wait);
        if (r < 0) {
                (void) snprintf(why, why_size, "The kernel refuses to delete %s: %s.", vport->name,
                                strerror(-r));
                return CAUSE_KERNEL;
        }

        do {
                left = is_there(vport) ? vport->name : remains_find(&remains);
                if (!left)
                        return CAUSE_NONE;
                port_status(port, "Deleting: waiting for %s to go.", left);
        } while (wait_next(wait) > 0);

        if (is_there(vport)) {
                (void) snprintf(why, why_size, "The kernel has not deleted %s yet.", vport->name);
                return CAUSE_KERNEL;
        }
        (void) snprintf(why, why_size, "The vport is gone, but %s is still there.", left);
        return CAUSE_LUNS_LEFT;
}

static void join(const Holders *holders, char *buf, size_t size) {
        size_t used = 0;

        for (size_t i = 0; i < holders->n && used < size; i++)
                used += (size_t) snprintf(buf + used, size - used, "%s%s", i > 0 ? "; " : "",
                                          holders->items[i].words);
}

/* Refuses when it cannot tell, too. */
static Cause check_holders(Port *port, const FcVport *vport) {
        _cleanup_(holders_done) Holders holders = { 0 };
        char list[300] = "";
        int r;

        r = vport_holders_find(vport->scsi_host, &holders);
        if (r < 0)
                return port_fail(port, CAUSE_BUSY, MESSAGE_VHBA_BUSY,
                                 "Cannot find out whether its LUNs are in use: %s.", strerror(-r));
        if (holders.n == 0)
                return CAUSE_NONE;

        join(&holders, list, sizeof list);
        return port_fail(port, CAUSE_BUSY, MESSAGE_VHBA_BUSY, "In use, so not deleted: %s.", list);
}

Cause port_down(Port *port) {
        Wait wait = { 0 };
        bool is_forced = port_take_force(port);
        char why[256];
        FcVport vport;
        Cause cause;
        int r;

        r = fc_vport_find(port->wwpn, &vport);
        if (r == -ENOENT)
                return port_succeed(port, MESSAGE_VHBA_DOWN, "There is no vport.");
        if (r >= 0)
                r = wait_init(&wait, TIMEOUT_USEC_DEFAULT);
        if (r < 0)
                return port_fail(port, CAUSE_UNEXPECTED, MESSAGE_VHBA_FAILED,
                                 "Cannot look for the vport: %s.", strerror(-r));

        if (!is_forced) {
                cause = check_holders(port, &vport);
                if (cause != CAUSE_NONE)
                        return cause;
        }
        cause = port_delete(port, &vport, &wait, why, sizeof why);
        if (cause != CAUSE_NONE)
                return port_fail(port, cause, MESSAGE_VHBA_FAILED, "%s", why);

        return port_succeed(port, MESSAGE_VHBA_DOWN, "Deleted from %s%s.", vport.parent,
                            is_forced ? ", by force" : "");
}
