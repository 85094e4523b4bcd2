/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/lookup.h"

#include "lunwatch/path/wwid.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

/* Enough to recognise what one has; an array may show thousands. */
#define LISTED_MAX 16

int lun_spec_parse(const char *s, LunSpec *ret) {
        static const char *const wwids[] = { "wwid:", "naa.", "eui.", "t10." };
        Hctl number;
        char hctl[64];

        if (!*s) {
                *ret = (LunSpec){ .kind = LUN_ANY };
                return 0;
        }

        for (size_t i = 0; i < ARRAY_LEN(wwids); i++)
                if (strncasecmp(s, wwids[i], strlen(wwids[i])) == 0) {
                        if (!*wwid_bare(s))
                                return -EINVAL;
                        *ret = (LunSpec){ .kind = LUN_WWID, .wwid = s };
                        return 0;
                }

        /* A LUN number is spelled as in an H:C:T:L. */
        if (strlen(s) > 20)
                return -EINVAL;
        (void) snprintf(hctl, sizeof hctl, "0:0:0:%s", s);
        if (hctl_parse(hctl, &number) < 0)
                return -EINVAL;

        *ret = (LunSpec){ .kind = LUN_NUMBER, .number = number.lun };
        return 0;
}

void lookup_done(Lookup *lookup) {
        free(lookup->paths);
        free(lookup->refusal);
        *lookup = (Lookup){ 0 };
}

/* Without a WWID on both sides nobody can know: they count as two. */
static bool is_same_lun(const Path *a, const Path *b) {
        return a == b || (path_wwid(a)[0] && wwid_equals(path_wwid(a), path_wwid(b)));
}

static int add(Lookup *lookup, size_t *n_allocated, const Path *path) {
        if (lookup->n_paths == *n_allocated) {
                size_t n = *n_allocated ? 2 * *n_allocated : 8;
                const Path **paths;

                paths = reallocarray(lookup->paths, n, sizeof *paths);
                if (!paths)
                        return -ENOMEM;
                lookup->paths = paths;
                *n_allocated = n;
        }

        lookup->paths[lookup->n_paths++] = path;
        return 0;
}

static int add_range(const Index *index, IndexRange range, Lookup *lookup, size_t *n_allocated) {
        for (size_t i = range.begin; i < range.end; i++) {
                int r;

                if (!path_has_disk(index->paths[i]))
                        continue;
                r = add(lookup, n_allocated, index->paths[i]);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* From target to target, so that the other LUNs cost nothing. */
static int collect_number(const Index *index, IndexRange all, uint64_t number, Lookup *lookup) {
        size_t n_allocated = 0;

        for (size_t i = all.begin; i < all.end;) {
                PathKey key = index->paths[i]->key;
                int r;

                key.hctl.lun = number;
                r = add_range(index, index_lun(index, &key), lookup, &n_allocated);
                if (r < 0)
                        return r;
                i = index_target(index, &key).end;
        }

        return 0;
}

static int compare_paths(const void *a, const void *b) {
        return path_key_compare(&(*(const Path *const *) a)->key, &(*(const Path *const *) b)->key);
}

static int collect_wwid(const Index *index, const PathKey *initiator, const char *wwid,
                        Lookup *lookup) {
        const Path *path = index_first_wwid(index, wwid);
        size_t n_allocated = 0;

        for (; path; path = index_next_wwid(path)) {
                int r;

                if (path->key.initiator != initiator->initiator ||
                    path->key.transport != initiator->transport || !path_has_disk(path))
                        continue;
                r = add(lookup, &n_allocated, path);
                if (r < 0)
                        return r;
        }

        if (lookup->n_paths > 0)
                qsort(lookup->paths, lookup->n_paths, sizeof *lookup->paths, compare_paths);
        return 0;
}

static int collect(const Index *index, IndexRange all, const LunSpec *spec, Lookup *lookup) {
        size_t n_allocated = 0;

        switch (spec->kind) {
        case LUN_NUMBER:
                return collect_number(index, all, spec->number, lookup);
        case LUN_WWID:
                return collect_wwid(index, &index->paths[all.begin]->key, spec->wwid, lookup);
        case LUN_ANY:
        default:
                return add_range(index, all, lookup, &n_allocated);
        }
}

static const Path *choose_best(const Lookup *lookup) {
        const Path *best = NULL;
        int best_score = -1;

        for (size_t i = 0; i < lookup->n_paths; i++) {
                const Path *path = lookup->paths[i];
                int score = 2 * path->has_link + path_is_usable(path);

                if (score > best_score) {
                        best = path;
                        best_score = score;
                }
        }

        return best;
}

/* "LUN 0 on 5005… (naa.6001…), …": each LUN once if it has a WWID, else each path. */
static void list_luns(FILE *f, const Path *const *paths, size_t n_paths) {
        size_t n_listed = 0;

        for (size_t i = 0; i < n_paths; i++) {
                const Path *path = paths[i];
                const char *wwid = path_wwid(path);
                size_t first = 0;
                PortName port;

                if (!path_has_disk(path))
                        continue;
                while (first < i &&
                       (!path_has_disk(paths[first]) || !is_same_lun(paths[first], path)))
                        first++;
                if (first < i)
                        continue;
                if (n_listed++ == LISTED_MAX) {
                        (void) fprintf(f, ", and more");
                        return;
                }
                (void) fprintf(f, "%sLUN %" PRIu64 " on %s (%s)", n_listed > 1 ? ", " : "",
                               path->key.hctl.lun, path_target(path, port),
                               *wwid ? wwid : "no WWID known");
        }

        if (n_listed == 0)
                (void) fprintf(f, "no disk");
}

static void tell_not_found(FILE *f, const Index *index, IndexRange all, const LunSpec *spec) {
        PortName port;
        const char *initiator = path_initiator(index->paths[all.begin], port);

        if (spec->kind == LUN_NUMBER)
                (void) fprintf(f, "No LUN %" PRIu64 " is behind %s", spec->number, initiator);
        else if (spec->kind == LUN_WWID)
                (void) fprintf(f, "No LUN with the WWID %s is behind %s", wwid_bare(spec->wwid),
                               initiator);
        else
                (void) fprintf(f, "No LUN is behind %s", initiator);

        (void) fprintf(f, "; there is ");
        list_luns(f, (const Path *const *) index->paths + all.begin, all.end - all.begin);
        (void) fprintf(f, ".");
}

static void tell_ambiguous(FILE *f, const LunSpec *spec, const Lookup *lookup) {
        PortName port;
        const char *initiator = path_initiator(lookup->paths[0], port);

        if (spec->kind == LUN_NUMBER)
                (void) fprintf(f, "LUN %" PRIu64 " behind %s is not the same on all targets",
                               spec->number, initiator);
        else
                (void) fprintf(f, "More than one LUN is behind %s", initiator);

        (void) fprintf(f, ": ");
        list_luns(f, lookup->paths, lookup->n_paths);
        (void) fprintf(f, ". Say which by %s.",
                       spec->kind == LUN_NUMBER ? "its WWID" : "its number or WWID");
}

/* Finds out whether all are one LUN. A path without a WWID that is alone is one. */
static bool is_one_lun(const Lookup *lookup) {
        for (size_t i = 1; i < lookup->n_paths; i++)
                if (!is_same_lun(lookup->paths[0], lookup->paths[i]))
                        return false;

        return true;
}

/* One that is being set up and may be what is asked for, or another one beside it. */
static const Path *find_pending(const HeldList *held, const Port *initiator, const LunSpec *spec,
                                const Lookup *lookup) {
        const Path *path = NULL;

        while (held && (path = held_next(held, initiator, path))) {
                bool is_known = lookup->n_paths > 0 && is_same_lun(lookup->paths[0], path);

                if (is_known || (spec->kind == LUN_NUMBER && path->key.hctl.lun != spec->number))
                        continue;
                /* By WWID, what is found is it; what has another one is not. */
                if (spec->kind == LUN_WWID &&
                    (lookup->n_paths > 0 ||
                     (path_wwid(path)[0] && !wwid_equals(path_wwid(path), spec->wwid))))
                        continue;
                return path;
        }

        return NULL;
}

static const Path *find_quarantined(const Lookup *lookup) {
        for (size_t i = 0; i < lookup->n_paths; i++)
                if (lookup->paths[i]->quarantine != QUARANTINE_NONE)
                        return lookup->paths[i];

        return NULL;
}

static void tell_pending(FILE *f, const Path *path) {
        HctlString hctl;
        PortName port;

        (void) fprintf(f,
                       "LUN %" PRIu64 " behind %s (%s) is still being set up: ask again when "
                       "udev is through with it, or name the LUN by its WWID.",
                       path->key.hctl.lun, path_initiator(path, port),
                       hctl_format(&path->key.hctl, hctl));
}

static void tell_quarantined(FILE *f, const Path *path) {
        HctlString hctl;
        PortName port;

        (void) fprintf(f,
                       "LUN %" PRIu64 " behind %s (%s, %s) is quarantined (%s): it is not what "
                       "it was when it was seen first. See npivot doctor; if that is right, "
                       "npivot lun release %s.",
                       path->key.hctl.lun, path_initiator(path, port),
                       hctl_format(&path->key.hctl, hctl),
                       path_wwid(path)[0] ? path_wwid(path) : "no WWID",
                       path_quarantine_text(path->quarantine), hctl);
}

/* What r stands for, in words; about: the path that it is about, where it is one. */
static int refuse(const Index *index, IndexRange all, const LunSpec *spec, const Path *about,
                  Lookup *lookup, int r) {
        size_t size;
        FILE *f;

        f = open_memstream(&lookup->refusal, &size);
        if (!f)
                return -ENOMEM;

        if (r == -ENOENT)
                tell_not_found(f, index, all, spec);
        else if (r == -ENOTUNIQ)
                tell_ambiguous(f, spec, lookup);
        else if (r == -EBUSY)
                tell_pending(f, about);
        else if (r == -EKEYREJECTED)
                tell_quarantined(f, about);
        else
                (void) fprintf(f, "The node name of %s is %s.", WWN_STR(about->key.initiator),
                               about->initiator_node ? WWN_STR(about->initiator_node)
                                                     : "not known");

        return fclose(f) == 0 ? r : -ENOMEM;
}

int lookup_find(const Index *index, const HeldList *held, const Port *initiator, Wwn node,
                const LunSpec *spec, Lookup *ret) {
        IndexRange all = index_initiator(index, initiator);
        const Path *about;
        int r;

        if (all.begin < all.end && node != 0 && index->paths[all.begin]->initiator_node != node)
                return refuse(index, all, spec, index->paths[all.begin], ret, -EADDRNOTAVAIL);

        if (all.begin < all.end) {
                r = collect(index, all, spec, ret);
                if (r < 0)
                        return r;
        }

        about = find_pending(held, initiator, spec, ret);
        if (about)
                return refuse(index, all, spec, about, ret, -EBUSY);
        if (all.begin == all.end)
                return -ENXIO;
        if (ret->n_paths == 0)
                return refuse(index, all, spec, NULL, ret, -ENOENT);
        /* One that has become another is why a number is no longer the same on all targets. */
        ret->quarantined = find_quarantined(ret);
        if (ret->quarantined && (spec->kind != LUN_ANY || is_one_lun(ret)))
                return refuse(index, all, spec, ret->quarantined, ret, -EKEYREJECTED);
        if (!is_one_lun(ret))
                return refuse(index, all, spec, NULL, ret, -ENOTUNIQ);

        ret->best = choose_best(ret);
        return 0;
}
