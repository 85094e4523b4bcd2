/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/inventory.h"

#include "lunwatch/path/attr.h"

#include <string.h>

/* Words of Changed. */
#define REMOVAL_DELETED "deleted"
#define REMOVAL_PORT_LOST "port-lost"
#define REMOVAL_INITIATOR_LOST "initiator-lost"

/* So many devices can be found in a directory in the time in which one is read. */
#define SCAN_LISTED 16

static void scan_done(Scan *scan) {
        if (scan->dir)
                (void) closedir(scan->dir);
        devpath_list_done(&scan->list);
        *scan = (Scan){ 0 };
}

int inventory_open(Inventory *inventory, const char *root) {
        *inventory = (Inventory){ 0 };
        changes_init(&inventory->changes);
        held_init(&inventory->held);

        return reader_open(&inventory->reader, root);
}

void inventory_done(Inventory *inventory) {
        scan_done(&inventory->scan);
        held_done(&inventory->held);
        changes_done(&inventory->changes);
        index_done(&inventory->index);
        reader_done(&inventory->reader);
}

static DevPath rport_place(PathTransport transport, const RportId *rport) {
        return (DevPath){ .transport = transport, .rport = *rport, .hba_host = rport->host };
}

/*
 * A port that is still there and up did not take its devices along: somebody removed this one. When
 * a port goes the kernel changes its state first and removes its devices then.
 */
static const char *find_removal(const Inventory *inventory, const Path *path) {
        const DevPath where = path_devpath(path);
        RportState state;
        int r;

        r = ports_read_state(inventory->reader.root_fd, where.transport, &where.rport, &state);
        if (r >= 0 && rport_state_is_up(state))
                return REMOVAL_DELETED;

        return ports_host_is_there(inventory->reader.root_fd, &where) ? REMOVAL_PORT_LOST
                                                                      : REMOVAL_INITIATOR_LOST;
}

int inventory_remove(Inventory *inventory, const Hctl *hctl) {
        const Path *path = index_find_hctl(&inventory->index, hctl);
        const char *removal;
        Change *change;
        int r;

        held_drop(&inventory->held, hctl);
        if (!path)
                return 0;

        r = changes_reserve(&inventory->changes, &change);
        if (r < 0)
                return r;

        removal = find_removal(inventory, path);
        if (inventory->guard)
                inventory->guard->removed(inventory->guard->userdata, path,
                                          strcmp(removal, REMOVAL_DELETED) == 0);
        changes_note(&inventory->changes, change, hctl, index_take(&inventory->index, hctl),
                     removal);
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
        path->scan = inventory->n_scans;
        if (inventory->guard)
                path->quarantine = inventory->guard->judge(inventory->guard->userdata, path);
        if (known && path_equals(known, path))
                return 0;

        r = changes_reserve(&inventory->changes, &change);
        if (r < 0)
                return r;
        r = index_put(&inventory->index, path, &old);
        if (r < 0)
                return r;

        (void) TAKE_PTR(path);
        changes_note(&inventory->changes, TAKE_PTR(change), &hctl, old, NULL);
        return 1;
}

int inventory_judge_again(Inventory *inventory, const Path *path) {
        Path *copy;
        int r;

        r = path_copy(path, &copy);
        return r < 0 ? r : let_in(inventory, copy);
}

/* Whether what is being set up is the device that we know, and not its successor. */
static bool is_still(const Path *known, const Path *path) {
        return path_key_compare(&known->key, &path->key) == 0 && known->major == path->major &&
               known->minor == path->minor;
}

/* It is not complete: what is known of the same device stays, a successor is waited for. */
static int hold(Inventory *inventory, Path *path, uint64_t now_usec) {
        Hctl hctl = path->key.hctl;
        int r, q;

        r = inventory_remove(inventory, &hctl);
        q = held_add(&inventory->held, path, now_usec);
        held_mark(&inventory->held, &hctl, inventory->n_scans);

        return q < 0 ? q : r;
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

        index_mark(&inventory->index, &where->hctl, inventory->n_scans);
        held_mark(&inventory->held, &where->hctl, inventory->n_scans);
        known = index_find_hctl(&inventory->index, &where->hctl);
        if (r == READER_BARE && !known && !is_due)
                return hold(inventory, TAKE_PTR(path), now_usec);
        if (r == READER_WAIT && known && is_still(known, path))
                return 0;
        if (r == READER_WAIT)
                return hold(inventory, TAKE_PTR(path), now_usec);

        return let_in(inventory, TAKE_PTR(path));
}

int inventory_update(Inventory *inventory, const DevPath *where, uint64_t now_usec) {
        reader_forget_ports(&inventory->reader);
        return update(inventory, where, false, now_usec);
}

/* All of them, whatever becomes of one; the first failure. */
static int update_some(Inventory *inventory, const DevPath *items, size_t n, uint64_t now_usec) {
        int result = 0;

        reader_forget_ports(&inventory->reader);
        for (size_t i = 0; i < n; i++) {
                int r;

                r = update(inventory, items + i, false, now_usec);
                if (r < 0 && result >= 0)
                        result = r;
        }

        return result;
}

static int update_list(Inventory *inventory, const DevPathList *list, uint64_t now_usec) {
        return update_some(inventory, list->items, list->n_items, now_usec);
}

static bool is_behind(const Path *path, const DevPath *port) {
        return path->key.transport == port->transport && path->key.hctl.host == port->rport.host &&
               path->rport_channel == port->rport.channel &&
               path->rport_number == port->rport.number;
}

int inventory_update_rport(Inventory *inventory, const RportId *rport, uint64_t now_usec) {
        _cleanup_(devpath_list_done) DevPathList list = { 0 };
        const DevPath place = rport_place(PATH_FC, rport);
        IndexRange range;
        Ports ports;
        int r;

        /* When the port is gone its devices are, and each has an event of its own. */
        r = ports_read(inventory->reader.root_fd, &place, &ports);
        if (r < 0)
                return attr_is_gone(r) ? 0 : r;

        range = index_target(&inventory->index,
                             &(PathKey){ ports.initiator, ports.target, { 0 }, PATH_FC });
        for (size_t i = range.begin; i < range.end; i++) {
                const Path *path = inventory->index.paths[i];
                DevPath where = path_devpath(path);

                if (!is_behind(path, &place))
                        continue;
                r = devpath_list_add(&list, &where);
                if (r < 0)
                        return r;
        }

        return update_list(inventory, &list, now_usec);
}

int inventory_scan_begin(Inventory *inventory) {
        Scan *scan = &inventory->scan;

        scan_done(scan);
        inventory->n_scans++;

        scan->result = reader_open_list(&inventory->reader, &scan->dir);
        if (scan->result < 0)
                return scan->result;

        scan->is_running = true;
        return 0;
}

static void scan_note(Scan *scan, int r) {
        if (r < 0 && scan->result >= 0)
                scan->result = r;
}

/* Finds n devices, and keeps those that are not known. What cannot be found is gone by now. */
static int scan_list(Inventory *inventory, size_t n) {
        Scan *scan = &inventory->scan;
        int r = 0, more = 1;
        DevPath where;
        Hctl hctl;

        for (; n > 0 && r >= 0 && (more = reader_next(scan->dir, &hctl)) > 0; n--)
                if (!index_find_hctl(&inventory->index, &hctl) &&
                    reader_locate(&inventory->reader, &hctl, &where) >= 0)
                        r = devpath_list_add(&scan->list, &where);
        if (r >= 0 && more > 0)
                return 0;

        (void) closedir(scan->dir);
        scan->dir = NULL;
        devpath_list_sort(&scan->list);
        return r < 0 ? r : more;
}

static int scan_new(Inventory *inventory, size_t n, uint64_t now_usec) {
        Scan *scan = &inventory->scan;
        const DevPath *items = scan->list.items + scan->n_read;
        size_t n_left = scan->list.n_items - scan->n_read;

        if (n > n_left)
                n = n_left;
        scan->n_read += n;
        return update_some(inventory, items, n, now_usec);
}

/* By its H:C:T:L, since it may hang elsewhere by now. */
static int scan_known(Inventory *inventory, const Hctl *hctl, uint64_t now_usec) {
        DevPath where;
        int r;

        r = reader_locate(&inventory->reader, hctl, &where);
        if (attr_is_gone(r))
                return inventory_remove(inventory, hctl);

        return r < 0 ? r : update(inventory, &where, false, now_usec);
}

/* Reads n paths that have not been read since the scan began. False when there is none left. */
static bool scan_walk(Inventory *inventory, size_t n, uint64_t now_usec) {
        const Index *index = &inventory->index;
        Scan *scan = &inventory->scan;
        size_t i = index_after(index, &scan->walked);

        reader_forget_ports(&inventory->reader);
        while (i < index->n_paths) {
                const Path *path = index->paths[i];
                Hctl hctl = path->key.hctl;

                if (path->scan == inventory->n_scans) {
                        i++;
                        continue;
                }
                if (n-- == 0)
                        return true;
                scan->walked = path->key;
                scan_note(scan, scan_known(inventory, &hctl, now_usec));
                i = index_after(index, &scan->walked);
        }

        return false;
}

int inventory_scan_step(Inventory *inventory, size_t n, uint64_t now_usec) {
        Scan *scan = &inventory->scan;
        int result;

        if (!scan->is_running)
                return scan->result;

        if (scan->dir)
                scan_note(scan, scan_list(inventory, SCAN_LISTED * n));
        else if (scan->n_read < scan->list.n_items)
                scan_note(scan, scan_new(inventory, n, now_usec));
        else if (!scan_walk(inventory, n, now_usec))
                scan->is_running = false;
        if (scan->is_running)
                return 1;

        held_drop_unseen(&inventory->held, inventory->n_scans);
        result = scan->result;
        scan_done(scan);
        scan->result = result;
        return result;
}

int inventory_scan(Inventory *inventory, uint64_t now_usec) {
        int r;

        r = inventory_scan_begin(inventory);
        while (r >= 0 && inventory->scan.is_running)
                r = inventory_scan_step(inventory, SIZE_MAX / SCAN_LISTED, now_usec);

        return r;
}

int inventory_sweep_ports(Inventory *inventory, uint64_t now_usec) {
        _cleanup_(devpath_list_done) DevPathList stale = { 0 };
        DevPath place = { .rport.host = UINT32_MAX }, where;
        RportState state = RPORT_UNKNOWN;
        int state_r = 0, r;

        while (held_take_due(&inventory->held, now_usec, &where)) {
                reader_forget_ports(&inventory->reader);
                r = update(inventory, &where, true, now_usec);
                if (r < 0)
                        return r;
        }

        for (size_t i = 0; i < inventory->index.n_paths; i++) {
                const Path *path = inventory->index.paths[i];

                where = path_devpath(path);
                if (!is_behind(path, &place)) {
                        place = where;
                        state_r = ports_read_state(inventory->reader.root_fd, place.transport,
                                                   &place.rport, &state);
                }
                if (state_r >= 0 && state == path->rport_state)
                        continue;
                r = devpath_list_add(&stale, &where);
                if (r < 0)
                        return r;
        }

        return update_list(inventory, &stale, now_usec);
}

int inventory_sweep_devices(Inventory *inventory, size_t n, uint64_t now_usec) {
        _cleanup_(devpath_list_done) DevPathList stale = { 0 };
        const Index *index = &inventory->index;
        size_t i = index_lower_bound(index, &inventory->swept);

        if (n > index->n_paths)
                n = index->n_paths;
        for (; n > 0; n--, i++) {
                const Path *path = index->paths[i % index->n_paths];
                DevPath where = path_devpath(path);
                PathState state;
                int r;

                inventory->swept = path->key;
                r = reader_read_state(&inventory->reader, &path->key.hctl, &state);
                if (r >= 0 && state == path->state)
                        continue;
                r = devpath_list_add(&stale, &where);
                if (r < 0)
                        return r;
        }

        return update_list(inventory, &stale, now_usec);
}
