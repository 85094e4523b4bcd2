/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The directory of definitions, /etc/npivot/vhba (or vhba/ below $NPIVOT_CONFDIR). Files are old or
 * new, never torn; the two records of a pair change at one instant.
 *
 * How a pair is written: both new files go into ".pair.tmp/", which is synced and renamed to
 * ".pair/": that is the moment of the change. Then each file is renamed from there into its place
 * and ".pair/" removed. A reader prefers .pair/WWPN.conf to WWPN.conf, so it sees both old or both
 * new, whenever the writer dies; the next writer, or store_mend(), finishes the moves.
 */

#include "vhbad/definition.h"

typedef struct Store {
        int fd;     /* the directory; -EBADF when it does not exist (yet) */
        char *path; /* for messages */
} Store;

/* Does not create anything. A missing directory is an empty store. */
int store_open(Store *ret);
void store_done(Store *store);

/*
 * Reads one definition. -ENOENT when there is none. -EBADMSG with error filled in: cannot be read
 * as one (syntax, file name is not its Wwpn, not root-owned, writable by others, a symlink, too
 * large). The path it was read from goes to *ret_path when that is not NULL.
 */
int store_load(const Store *store, Wwn wwpn, Definition *ret, char **ret_path, ConfError *error);

/*
 * Every WWPN that has a file, in ascending order. Names that end in ".conf" and are no WWPN in its
 * one form are passed to on_junk, if that is not NULL; other names are nobody's business.
 */
int store_list(const Store *store, Wwn **ret, size_t *ret_n,
               void (*on_junk)(const char *name, const char *why, void *userdata), void *userdata);

/* Finishes or throws away a pair write that was cut short. > 0 when there was one to finish. */
int store_mend(Store *store);

/* The writers create the directory, take the lock in it and mend first. */
/* -EINPROGRESS: in place, durability unknown (file.h). > 0 written, 0 already so. */
int store_put(Store *store, const Definition *definition);
int store_put_pair(Store *store, const Definition *a, const Definition *b);
/* > 0 removed, 0 there was none. */
int store_remove(Store *store, Wwn wwpn);

static inline void store_donep(Store *store) {
        store_done(store);
}
