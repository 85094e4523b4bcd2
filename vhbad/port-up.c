/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * vhba-port up: finds or makes the vport, waits until the fabric has accepted it and its LUNs are
 * there. One look says what is lacking now; between looks it waits. Looking again is always right,
 * so it does not matter at which point an earlier run was killed, or who made the vport.
 */

#include "common/log.h"
#include "common/message-ids.h"
#include "vhbad/expect.h"
#include "vhbad/fabric.h"
#include "vhbad/parent.h"
#include "vhbad/port.h"
#include "vhbad/vport-holders.h"
#include "vhbad/vport.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define USEC_PER_SEC UINT64_C(1000000)
#define TAKE_BACK_USEC (20 * USEC_PER_SEC)
/* A login takes a second or two. The name server is not asked before, and not often. */
#define ASK_FABRIC_USEC (3 * USEC_PER_SEC)

typedef struct Up {
        Port *port;
        Wait *wait;
        Definition definition;
        FcVport vport;
        bool has_vport;
        bool is_ours; /* made by this run, so taken back if it comes to nothing */
        bool is_named;
        uint64_t asked_usec; /* when the name server was last asked, since the start */
        char owner[128];     /* what it said */
} Up;

/* What a look found to be lacking. */
typedef struct Lack {
        Cause cause;
        bool is_final; /* waiting will not help */
        char why[400];
} Lack;

static Cause lack(Lack *lack, Cause cause, bool is_final, const char *format, ...) _printf_(4, 5);

static Cause lack(Lack *ret, Cause cause, bool is_final, const char *format, ...) {
        va_list ap;

        ret->cause = cause;
        ret->is_final = is_final;
        va_start(ap, format);
        (void) vsnprintf(ret->why, sizeof ret->why, format, ap);
        va_end(ap);

        return cause;
}

static const FcHost *find_host(const FcHost *hosts, size_t n, const char *name) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(hosts[i].name, name) == 0)
                        return &hosts[i];

        return NULL;
}

static const FcVport *find_vport(const FcVport *vports, size_t n, Wwn wwpn) {
        for (size_t i = 0; i < n; i++)
                if (vports[i].port_name == wwpn)
                        return &vports[i];

        return NULL;
}

/* An HBA that is offline has forgotten its fabric; that alone is no contradiction. */
static bool parent_fits(const Parent *parent, const FcHost *host) {
        if (!host || (parent->kind == PARENT_FABRIC && host->fabric_name == 0))
                return true;

        return parent_matches(parent, host);
}

/* The vport is there: ours from an earlier run, or made by somebody else. */
static Cause adopt(Up *up, const FcVport *vport, const FcHost *host, Lack *ret) {
        _cleanup_free_ char *parent = NULL;

        if (vport->node_name != up->definition.wwnn)
                return lack(ret, CAUSE_WWPN_IS_VPORT, true,
                            "The WWPN is already %s on %s, with the WWNN %s.", vport->name,
                            vport->parent, WWN_STR(vport->node_name));
        if (!parent_fits(&up->definition.parent, host)) {
                if (parent_format(&up->definition.parent, &parent) < 0)
                        parent = NULL;
                return lack(ret, CAUSE_WWPN_IS_VPORT, true,
                            "The WWPN is already %s on %s (HBA %s), which is not Parent=%s.",
                            vport->name, host->name, WWN_STR(host->port_name),
                            parent ? parent : "");
        }

        up->vport = *vport;
        up->has_vport = true;
        return CAUSE_NONE;
}

static Cause lack_parent(const Up *up, Cause cause, const FcHost *host, Lack *ret) {
        _cleanup_free_ char *parent = NULL;

        if (parent_format(&up->definition.parent, &parent) < 0)
                parent = NULL;

        switch (cause) {
        case CAUSE_PARENT_OFFLINE:
                return lack(ret, cause, false, "HBA %s (%s) is not online but %s.",
                            WWN_STR(host->port_name), host->name, host->state);
        case CAUSE_PARENT_FULL:
                return lack(ret, cause, true, "HBA %s (%s) has no room: %u of %u vports in use.",
                            WWN_STR(host->port_name), host->name, host->vports_in_use,
                            host->vports_max);
        case CAUSE_NO_NPIV:
                return lack(ret, cause, true, "HBA %s (%s) cannot carry vports.",
                            WWN_STR(host->port_name), host->name);
        default:
                return lack(ret, CAUSE_NO_PARENT, false, "There is no HBA that is Parent=%s.",
                            parent ? parent : "");
        }
}

static Cause lack_create(int r, const FcHost *host, Lack *ret) {
        if (r == -ENOSPC)
                return lack(ret, CAUSE_PARENT_FULL, true, "HBA %s (%s) has no room for a vport.",
                            WWN_STR(host->port_name), host->name);

        return lack(ret, CAUSE_KERNEL, true, "The kernel refuses to make the vport on %s: %s.",
                    host->name, strerror(-r));
}

static Cause make(Up *up, const FcHost *hosts, size_t n_hosts, const FcVport *peer, Lack *ret) {
        const FcHost *host;
        Cause cause;
        int r;

        cause = parent_choose(&up->definition.parent, hosts, n_hosts, peer ? peer->parent : NULL,
                              &host);
        if (cause != CAUSE_NONE)
                return lack_parent(up, cause, host, ret);

        r = vport_create(host, up->definition.wwpn, up->definition.wwnn);
        up->is_ours = up->is_ours || r >= 0;
        /* After a refusal as well: somebody may have been faster. */
        if (fc_vport_find(up->definition.wwpn, &up->vport) < 0)
                return r < 0 ? lack_create(r, host, ret)
                             : lack(ret, CAUSE_KERNEL, false, "The vport is not there yet.");
        if (r < 0)
                return adopt(up, &up->vport, find_host(hosts, n_hosts, up->vport.parent), ret);

        up->has_vport = true;
        return CAUSE_NONE;
}

static Cause find_or_make(Up *up, Lack *ret) {
        _cleanup_free_ FcVport *vports = NULL;
        _cleanup_free_ FcHost *hosts = NULL;
        size_t n_hosts, n_vports;
        const FcVport *vport;
        int r;

        r = fc_host_list(&hosts, &n_hosts);
        if (r >= 0)
                r = fc_vport_list(&vports, &n_vports);
        if (r < 0)
                return lack(ret, CAUSE_UNEXPECTED, true, "Cannot read sysfs: %s.", strerror(-r));

        vport = find_vport(vports, n_vports, up->definition.wwpn);
        if (vport)
                return adopt(up, vport, find_host(hosts, n_hosts, vport->parent), ret);
        for (size_t i = 0; i < n_hosts; i++)
                if (!hosts[i].is_vport && hosts[i].port_name == up->definition.wwpn)
                        return lack(ret, CAUSE_WWPN_IS_HBA, true,
                                    "The WWPN is the port name of the HBA %s itself.",
                                    hosts[i].name);

        return make(up, hosts, n_hosts, find_vport(vports, n_vports, up->definition.peer), ret);
}

/* The kernel goes on trying in silence when another port has the WWPN: ask who. */
static void ask_fabric(Up *up) {
        uint64_t elapsed = wait_elapsed_usec(up->wait);
        uint32_t port_id;
        int r;

        if (elapsed < up->asked_usec + ASK_FABRIC_USEC)
                return;
        up->asked_usec = elapsed;

        r = fabric_find_port(up->vport.parent, up->definition.wwpn, &port_id);
        up->owner[0] = '\0';
        if (r >= 0)
                (void) snprintf(up->owner, sizeof up->owner, "0x%06" PRIx32, port_id);
}

static Cause lack_login(Up *up, Lack *ret) {
        ask_fabric(up);
        if (up->owner[0] != '\0')
                return lack(ret, CAUSE_WWPN_IN_USE, false,
                            "The WWPN is logged in elsewhere on the fabric, as port %s "
                            "(kernel state: %s).",
                            up->owner, up->vport.state);

        return lack(ret, CAUSE_LOGIN_REFUSED, false,
                    "The fabric has not accepted the login (kernel state: %s). Another login of "
                    "the same WWPN is the usual cause.",
                    up->vport.state);
}

static Cause check_state(Up *up, Lack *ret) {
        static const struct {
                const char *state;
                Cause cause;
                const char *why;
        } states[] = {
                { "Linkdown", CAUSE_LINK_DOWN, "The link is down" },
                { "No Fabric Support", CAUSE_NO_NPIV, "The fabric has no NPIV" },
                { "No Fabric Resources", CAUSE_LOGIN_REFUSED, "The fabric is out of resources" },
                { "Fabric Logout", CAUSE_LOGIN_REFUSED, "The fabric has logged the vport out" },
                { "VPort Failed", CAUSE_KERNEL, "The driver has given up" },
                { "Disabled", CAUSE_KERNEL, "The vport is disabled" },
        };

        if (strcmp(up->vport.state, "Active") == 0)
                return CAUSE_NONE;
        for (size_t i = 0; i < ARRAY_LEN(states); i++)
                if (strcmp(up->vport.state, states[i].state) == 0)
                        return lack(ret, states[i].cause, false, "%s (kernel state: %s).",
                                    states[i].why, up->vport.state);

        /* Initializing, Fabric Rejected WWN, Unknown. */
        return lack_login(up, ret);
}

static Cause check_luns(const Up *up, Lack *ret) {
        _cleanup_free_ LunPath *paths = NULL;
        char why[256];
        size_t n;
        Cause cause;
        int r;

        if (up->definition.n_expect == 0)
                return CAUSE_NONE;
        r = lun_path_list(up->vport.scsi_host, &paths, &n);
        if (r < 0)
                return lack(ret, CAUSE_UNEXPECTED, true, "Cannot read the LUNs: %s.", strerror(-r));

        cause = expect_check(up->definition.expect, up->definition.n_expect, paths, n, why,
                             sizeof why);
        return cause == CAUSE_NONE ? cause
                                   : lack(ret, cause, false, "The vport is Active, but %s", why);
}

/* Not worth failing for: the vHBA works without. */
static void set_name(Up *up) {
        int r;

        if (up->is_named || strcmp(up->vport.symbolic_name, up->definition.symbolic_name) == 0)
                return;
        r = vport_set_symbolic_name(&up->vport, up->definition.symbolic_name);
        if (r == -EBUSY) /* still being made */
                return;

        up->is_named = true;
        if (r < 0)
                log_warning_errno(r, "vHBA %s: Cannot set the symbolic name: %m", up->port->name);
}

/* The next one of that name may be somebody else's. */
static Cause forget_vport(Up *up, Lack *ret) {
        up->has_vport = up->is_named = up->is_ours = false;
        return lack(ret, CAUSE_KERNEL, false, "The vport has gone away again.");
}

static Cause look(Up *up, Lack *ret) {
        Cause cause;

        if (!up->has_vport) {
                cause = find_or_make(up, ret);
                if (cause != CAUSE_NONE)
                        return cause;
        }
        if (fc_vport_read_state(&up->vport) < 0)
                return forget_vport(up, ret);
        set_name(up);

        /* The SCSI host may come after the vport. */
        if (up->vport.scsi_host[0] == '\0' && fc_vport_find(up->vport.port_name, &up->vport) < 0)
                return forget_vport(up, ret);

        cause = check_state(up, ret);
        return cause == CAUSE_NONE ? check_luns(up, ret) : cause;
}

/* Looks until nothing is lacking. 0 then; else what `ret` says is why not. */
static Cause bring_up(Up *up, Lack *ret) {
        for (;;) {
                int r;

                if (look(up, ret) == CAUSE_NONE)
                        return CAUSE_NONE;
                if (ret->is_final)
                        return ret->cause;

                port_status(up->port, "Waiting, %" PRIu64 " s of %" PRIu64 " s: %s",
                            wait_elapsed_usec(up->wait) / USEC_PER_SEC,
                            up->definition.timeout_usec / USEC_PER_SEC, ret->why);
                r = wait_next(up->wait);
                if (r < 0)
                        return lack(ret, CAUSE_UNEXPECTED, true, "Cannot wait: %s.", strerror(-r));
                if (r == 0)
                        return ret->cause;
        }
}

/* Only what this run has made, and not if somebody already uses what is behind it. */
static const char *take_back(Up *up) {
        _cleanup_(holders_done) Holders holders = { 0 };
        char why[256];
        int r;

        if (!up->is_ours || !up->has_vport)
                return "";
        r = vport_holders_find(up->vport.scsi_host, &holders);
        if (r > 0)
                return " The vport stays, since its LUNs are in use.";
        if (r < 0)
                return " The vport stays, since nobody can tell whether its LUNs are in use.";

        wait_restart(up->wait, TAKE_BACK_USEC);
        if (port_delete(up->port, &up->vport, up->wait, why, sizeof why) != CAUSE_NONE)
                return " The vport could not be taken back.";

        return " The vport was taken back.";
}

static Cause report_up(Up *up) {
        _cleanup_free_ LunPath *paths = NULL;
        size_t n = 0;

        (void) lun_path_list(up->vport.scsi_host, &paths, &n);
        return port_succeed(up->port, MESSAGE_VHBA_UP,
                            "Active on %s as %s, %zu LUN path%s, after %" PRIu64 " ms%s.",
                            up->vport.parent, up->vport.scsi_host, n, n == 1 ? "" : "s",
                            wait_elapsed_usec(up->wait) / 1000,
                            up->is_ours ? "" : " (the vport was there)");
}

static void up_done(Up *up) {
        definition_done(&up->definition);
}

Cause port_up(Port *port) {
        _cleanup_(up_done) Up up = { .port = port };
        Wait wait = { 0 };
        Lack lack_now;
        Cause cause;
        int r;

        /* Force was meant for a stop that has not come. */
        (void) port_take_force(port);

        cause = port_load(port, &up.definition);
        if (cause != CAUSE_NONE)
                return cause;
        r = wait_init(&wait, up.definition.timeout_usec);
        if (r < 0)
                return port_fail(port, CAUSE_UNEXPECTED, MESSAGE_VHBA_FAILED, "Cannot wait: %s.",
                                 strerror(-r));
        up.wait = &wait;

        cause = bring_up(&up, &lack_now);
        /* First of all: after a stop during the start systemd runs no ExecStop. */
        if (wait_is_stopped(&wait))
                return port_succeed(port, MESSAGE_VHBA_DOWN, "Stopped while starting.%s",
                                    take_back(&up));
        if (cause == CAUSE_NONE)
                return report_up(&up);

        return port_fail(port, cause, MESSAGE_VHBA_FAILED, "%s%s", lack_now.why, take_back(&up));
}
