/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/debt/hbas.h"

#include "common/file.h"
#include "lunwatch/path/attr.h"

#include <fcntl.h>
#include <string.h>

#define HOSTS_DIR "sys/class/fc_host"

/* The fc_host of a vport hangs below it; most of them are, and cost no more than this. */
static bool is_vport(int dir_fd, const char *name) {
        char target[512];
        ssize_t n;

        n = readlinkat(dir_fd, name, target, sizeof target - 1);
        if (n < 0)
                return false;

        target[n] = '\0';
        return strstr(target, "/vport-") != NULL;
}

static bool read_online(int dir_fd, const char *name, OnlineHba *ret) {
        char file[300], state[ATTR_MAX];

        (void) snprintf(file, sizeof file, "%s/port_state", name);
        if (attr_read(dir_fd, file, state, sizeof state) < 0 || strcmp(state, "Online") != 0)
                return false;
        (void) snprintf(file, sizeof file, "%s/port_name", name);
        if (attr_read_wwn(dir_fd, file, &ret->port_name) < 0)
                return false;
        (void) snprintf(file, sizeof file, "%s/fabric_name", name);
        if (attr_read_wwn(dir_fd, file, &ret->fabric_name) < 0)
                ret->fabric_name = 0;

        return true;
}

static int compare(const void *a, const void *b) {
        const OnlineHba *x = a, *y = b;

        return (x->port_name > y->port_name) - (x->port_name < y->port_name);
}

int hbas_read(int root_fd, HbaList *ret) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        int r;

        ret->n_items = 0;
        r = dir_list(root_fd, HOSTS_DIR, &dir);
        if (r < 0)
                return attr_is_gone(r) ? 0 : r;

        while ((entry = readdir(dir)) && ret->n_items < HBAS_MAX) {
                if (entry->d_name[0] == '.' || is_vport(dirfd(dir), entry->d_name))
                        continue;
                if (read_online(dirfd(dir), entry->d_name, &ret->items[ret->n_items]))
                        ret->n_items++;
        }

        qsort(ret->items, ret->n_items, sizeof *ret->items, compare);
        return 0;
}

bool hbas_equal(const HbaList *a, const HbaList *b) {
        if (a->n_items != b->n_items)
                return false;
        for (size_t i = 0; i < a->n_items; i++)
                if (a->items[i].port_name != b->items[i].port_name ||
                    a->items[i].fabric_name != b->items[i].fabric_name)
                        return false;

        return true;
}

Wwn hbas_fabric(const HbaList *list, Wwn port_name) {
        for (size_t i = 0; i < list->n_items; i++)
                if (list->items[i].port_name == port_name)
                        return list->items[i].fabric_name;

        return 0;
}
