/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/debt/rules.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define WORDS_MAX 900
#define NAMED_MAX 4 /* paths */

/* The paths of one LUN, taken together. */
typedef struct Paths {
        const char *wwid;
        unsigned n, n_fc, n_usable, n_failed, n_optimised, n_slow;
        const Path *first;                          /* of those that count */
        bool has_initiators, has_hbas, has_fabrics; /* more than one of them */
        Wwn fabric;
        char failed[NAMED_MAX * 160]; /* names of paths, with what is wrong */
} Paths;

/* A vHBA that is down takes its paths along in its own time; nothing is owed then. */
static bool counts(const DebtView *view, const Path *path) {
        const Vhba *vhba;

        if (path->quarantine != QUARANTINE_NONE)
                return false;
        if (!path->is_vhba)
                return true;
        vhba = vhbas_find(view->vhbas, path->key.initiator);

        return !vhba || vhba_is_up(vhba);
}

static const char *find_fault(const DebtView *view, const Path *path, char *buf, size_t size) {
        const char *checker;

        /* The port first: what it is blocks its devices. */
        if (!rport_state_is_up(path->rport_state))
                (void) snprintf(buf, size, "port %s", rport_state_text(path->rport_state));
        else if (path->state != PATH_RUNNING)
                (void) snprintf(buf, size, "device %s", path_state_text(path->state));
        else {
                checker = view->checker ? view->checker(view->userdata, path) : NULL;
                if (!checker)
                        return NULL;
                (void) snprintf(buf, size, "multipath %.20s", checker);
        }

        return buf;
}

static void add_failed(Paths *paths, const Path *path, const char *fault) {
        size_t used = strlen(paths->failed);
        HctlString hctl;

        if (paths->n_failed++ >= NAMED_MAX)
                return;
        (void) snprintf(paths->failed + used, sizeof paths->failed - used, "%s%s (%s)",
                        used > 0 ? ", " : "", hctl_format(&path->key.hctl, hctl), fault);
}

static void add_access(Paths *paths, const Path *path) {
        paths->n_usable++;
        /* Without ALUA, or under way to another state, nothing is slow. */
        paths->n_optimised += path->access == ACCESS_OPTIMIZED || path->access == ACCESS_UNKNOWN ||
                              path->access == ACCESS_LBA_DEPENDENT ||
                              path->access == ACCESS_TRANSITIONING;
        paths->n_slow += path->access == ACCESS_NON_OPTIMIZED;
}

static void add(const DebtView *view, Paths *paths, const Path *path) {
        Wwn fabric = path->key.transport == PATH_FC ? hbas_fabric(view->hbas, path->hba) : 0;
        const char *fault;
        char buf[64];

        if (!paths->first) {
                paths->first = path;
                paths->fabric = fabric;
        }
        paths->n++;
        paths->n_fc += path->key.transport == PATH_FC;
        paths->has_initiators |= path->key.initiator != paths->first->key.initiator;
        paths->has_hbas |= path->hba != paths->first->hba;
        paths->has_fabrics |= fabric != paths->fabric || fabric == 0;

        fault = find_fault(view, path, buf, sizeof buf);
        if (fault)
                add_failed(paths, path, fault);
        else
                add_access(paths, path);
}

static int _printf_(4, 5)
        owe(const Paths *paths, DebtList *list, DebtKind kind, const char *format, ...) {
        char words[WORDS_MAX];
        PortName name;
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(words, sizeof words, format, ap);
        va_end(ap);

        return debt_list_add(list, kind,
                             paths->has_initiators ? "" : path_initiator(paths->first, name),
                             paths->wwid, paths->wwid, words);
}

static int judge_states(const Paths *paths, DebtList *list) {
        int r = 0;

        if (paths->n_failed > 0)
                r = owe(paths, list, DEBT_FAILED,
                        "%u of %u paths to %s do not work: %s%s. Check the link and the storage "
                        "port of each: npivot trace %s.",
                        paths->n_failed, paths->n, paths->wwid, paths->failed,
                        paths->n_failed > NAMED_MAX ? ", …" : "", paths->wwid);
        if (r >= 0 && paths->n_slow > 0 && paths->n_optimised == 0)
                r = owe(paths, list, DEBT_NON_OPTIMISED,
                        "All %u working paths to %s lead to the storage's non-optimised side. Find "
                        "out why the controller that owns the LUN is not reached, or let the "
                        "storage give the LUN to the other one.",
                        paths->n_usable, paths->wwid);

        return r;
}

static const OnlineHba *find_other_hba(const DebtView *view, Wwn hba) {
        for (size_t i = 0; i < view->hbas->n_items; i++)
                if (view->hbas->items[i].port_name != hba)
                        return &view->hbas->items[i];

        return NULL;
}

static const OnlineHba *find_other_fabric(const DebtView *view, Wwn fabric) {
        for (size_t i = 0; i < view->hbas->n_items; i++) {
                Wwn other = view->hbas->items[i].fabric_name;

                if (other != 0 && other != fabric)
                        return &view->hbas->items[i];
        }

        return NULL;
}

static int judge_sharing(const DebtView *view, const Paths *paths, DebtList *list) {
        const OnlineHba *other;
        PortName name;

        if (paths->n < 2 || paths->n_fc < paths->n)
                return 0;

        other = find_other_hba(view, paths->first->hba);
        if (!paths->has_hbas && other && paths->first->hba != 0)
                return owe(paths, list, DEBT_ONE_HBA,
                           "All %u paths to %s go through the HBA %s, while %s is online: one port "
                           "that fails takes all of them. Zone and mask the LUN to a port of the "
                           "other HBA as well.",
                           paths->n, paths->wwid, path_hba(paths->first, name),
                           WWN_STR(other->port_name));

        other = find_other_fabric(view, paths->fabric);
        if (!paths->has_fabrics && other)
                return owe(
                        paths, list, DEBT_ONE_FABRIC,
                        "All %u paths to %s go through the fabric %s, while the HBA %s is in %s: "
                        "one fabric that fails takes all of them. Zone and mask the LUN in the "
                        "other fabric as well.",
                        paths->n, paths->wwid, WWN_STR(paths->fabric), WWN_STR(other->port_name),
                        WWN_STR(other->fabric_name));

        return 0;
}

int debt_rule_lun(const DebtView *view, const Path *path, DebtList *list) {
        Paths paths = { .wwid = path_wwid(path) };
        int n = 0, r;

        if (!*paths.wwid || index_first_wwid(view->index, paths.wwid) != path)
                return 1;

        for (const Path *p = path; p; p = index_next_wwid(p), n++)
                if (counts(view, p))
                        add(view, &paths, p);
        if (paths.n == 0)
                return n;

        r = judge_states(&paths, list);
        if (r >= 0)
                r = judge_sharing(view, &paths, list);
        return r < 0 ? r : n;
}
