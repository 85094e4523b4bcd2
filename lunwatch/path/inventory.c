/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/inventory.h"

#include "lunwatch/path/attr.h"

int inventory_open(Inventory *inventory, const char *root) {
        *inventory = (Inventory){ 0 };
        changes_init(&inventory->changes);
        held_init(&inventory->held);

        return reader_open(&inventory->reader, root);
}

void inventory_done(Inventory *inventory) {
        held_done(&inventory->held);
        changes_done(&inventory->changes);
        index_done(&inventory->index);
        reader_done(&inventory->reader);
}

int inventory_remove(Inventory *inventory, const Hctl *hctl) {
        Change *change;
        int r;

        held_drop(&inventory->held, hctl);
        if (!index_find_hctl(&inventory->index, hctl))
                return 0;

        r = changes_reserve(&inventory->changes, &change);
        if (r < 0)
                return r;

        changes_note(&inventory->changes, change, hctl, index_take(&inventory->index, hctl));
        return 1;
}

/* Takes the path over in any case. */
static int let_in(Inventory *inventory, Path *new_path) {
        _cleanup_(path_freep) Path *path = new_path;
        const Path *known = index_find_hctl(&inventory->index, &path->key.hctl);
        _cleanup_free_ Change *change = NULL;
        Hctl hctl = path->key.hctl;
        Path *old;
        int r;

        held_drop(&inventory->held, &hctl);
        if (known && path_equals(known, path))
                return 0;

        r = changes_reserve(&inventory->changes, &change);
        if (r < 0)
                return r;
        r = index_put(&inventory->index, path, &old);
        if (r < 0)
                return r;

        (void) TAKE_PTR(path);
        changes_note(&inventory->changes, TAKE_PTR(change), &hctl, old);
        return 1;
}

/* Whether what is being set up is the device that we know, and not its successor. */
static bool is_still(const Path *known, const Path *path) {
        return path_key_compare(&known->key, &path->key) == 0 && known->major == path->major &&
               known->minor == path->minor;
}

static int update(Inventory *inventory, const DevPath *where, bool is_due, uint64_t now_usec) {
        _cleanup_(path_freep) Path *path = NULL;
        const Path *known;
        int r;

        r = reader_read(&inventory->reader, where, &path);
        if (r < 0)
                return r;
        if (r == READER_GONE)
                return inventory_remove(inventory, &where->hctl);

        known = index_find_hctl(&inventory->index, &where->hctl);
        if (r == READER_BARE && !known && !is_due)
                return held_add(&inventory->held, where, now_usec);
        if (r == READER_WAIT && (!known || is_still(known, path)))
                return 0;
        if (r == READER_WAIT)
                return inventory_remove(inventory, &where->hctl);

        return let_in(inventory, TAKE_PTR(path));
}

int inventory_update(Inventory *inventory, const DevPath *where, uint64_t now_usec) {
        reader_forget_ports(&inventory->reader);
        return update(inventory, where, false, now_usec);
}

/* All of them, whatever becomes of one; the first failure. */
static int update_list(Inventory *inventory, const DevPathList *list, uint64_t now_usec) {
        int result = 0;

        reader_forget_ports(&inventory->reader);
        for (size_t i = 0; i < list->n_items; i++) {
                int r;

                r = update(inventory, &list->items[i], false, now_usec);
                if (r < 0 && result >= 0)
                        result = r;
        }

        return result;
}

static bool is_behind(const Path *path, const RportId *rport) {
        return path->key.hctl.host == rport->host && path->rport_channel == rport->channel &&
               path->rport_number == rport->number;
}

int inventory_update_rport(Inventory *inventory, const RportId *rport, uint64_t now_usec) {
        _cleanup_(devpath_list_done) DevPathList list = { 0 };
        IndexRange range;
        Ports ports;
        int r;

        /* When the port is gone its devices are, and each has an event of its own. */
        r = ports_read(inventory->reader.root_fd, rport, &ports);
        if (r < 0)
                return attr_is_gone(r) ? 0 : r;

        range = index_target(&inventory->index, ports.initiator, ports.target);
        for (size_t i = range.begin; i < range.end; i++) {
                const Path *path = inventory->index.paths[i];
                DevPath where = path_devpath(path);

                if (!is_behind(path, rport))
                        continue;
                r = devpath_list_add(&list, &where);
                if (r < 0)
                        return r;
        }

        return update_list(inventory, &list, now_usec);
}

/* From the end, since what is removed makes the rest move up. */
static int remove_unseen(Inventory *inventory) {
        for (size_t i = inventory->index.n_paths; i-- > 0;) {
                const Path *path = inventory->index.paths[i];
                Hctl hctl = path->key.hctl;
                int r;

                if (path->scan == inventory->n_scans)
                        continue;
                r = inventory_remove(inventory, &hctl);
                if (r < 0)
                        return r;
        }

        return 0;
}

int inventory_scan(Inventory *inventory, uint64_t now_usec) {
        _cleanup_(devpath_list_done) DevPathList list = { 0 };
        int r, q;

        r = reader_scan(&inventory->reader, &list);
        if (r < 0)
                return r;

        r = update_list(inventory, &list, now_usec);

        inventory->n_scans++;
        for (size_t i = 0; i < list.n_items; i++)
                index_mark(&inventory->index, &list.items[i].hctl, inventory->n_scans);
        q = remove_unseen(inventory);

        return r < 0 ? r : q;
}

/* Adds the paths behind every remote port whose state is no longer theirs. */
static int sweep_rports(Inventory *inventory, DevPathList *stale) {
        const RportId none = { UINT32_MAX, UINT32_MAX, UINT32_MAX };
        RportId rport = none;
        RportState state = RPORT_UNKNOWN;
        int state_r = 0;

        for (size_t i = 0; i < inventory->index.n_paths; i++) {
                const Path *path = inventory->index.paths[i];
                DevPath where = path_devpath(path);
                int r;

                if (!is_behind(path, &rport)) {
                        rport = where.rport;
                        state_r = ports_read_rport_state(inventory->reader.root_fd, &rport, &state);
                }
                if (state_r >= 0 && state == path->rport_state)
                        continue;
                r = devpath_list_add(stale, &where);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int sweep_states(Inventory *inventory, DevPathList *stale) {
        const Index *index = &inventory->index;
        size_t i = index_lower_bound(index, &inventory->swept);

        for (size_t n = 0; n < SWEEP_STATES_MAX && n < index->n_paths; n++, i++) {
                const Path *path = index->paths[i % index->n_paths];
                DevPath where = path_devpath(path);
                PathState state;
                int r;

                inventory->swept = path->key;
                r = reader_read_state(&inventory->reader, &path->key.hctl, &state);
                if (r >= 0 && state == path->state)
                        continue;
                r = devpath_list_add(stale, &where);
                if (r < 0)
                        return r;
        }

        return 0;
}

int inventory_sweep(Inventory *inventory, uint64_t now_usec) {
        _cleanup_(devpath_list_done) DevPathList stale = { 0 };
        DevPath where;
        int r;

        while (held_take_due(&inventory->held, now_usec, &where)) {
                reader_forget_ports(&inventory->reader);
                r = update(inventory, &where, true, now_usec);
                if (r < 0)
                        return r;
        }

        r = sweep_rports(inventory, &stale);
        if (r < 0)
                return r;
        r = sweep_states(inventory, &stale);
        if (r < 0)
                return r;

        return update_list(inventory, &stale, now_usec);
}
