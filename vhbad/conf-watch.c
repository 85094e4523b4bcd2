/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/conf-watch.h"
#include "common/cleanup.h"
#include "common/log.h"

#include <string.h>
#include <sys/inotify.h>

/* Editors and hand-made files take a moment between their first and their last change. */
#define DELAY_USEC (20 * UINT64_C(1000))

/* sd-event's own is a quarter of a second. */
#define ACCURACY_USEC (5 * UINT64_C(1000))
/* With more than this many files at once the whole directory is read. */
#define PENDING_MAX 64

#define CONTENT_MASK \
        (IN_ATTRIB | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
#define SELF_MASK (IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

struct ConfWatch {
        sd_event *event;
        char *directory;
        const ConfWatchListener *listener;
        void *userdata;
        sd_event_source *inotify;
        sd_event_source *timer;
        Wwn pending[PENDING_MAX];
        size_t n_pending;
        bool all_pending;
        bool is_lost; /* what was watched is not the directory (any more) */
};

static int begin(ConfWatch *watch);

static int schedule(ConfWatch *watch) {
        int r;

        if (sd_event_source_get_enabled(watch->timer, NULL) > 0)
                return 0;
        r = sd_event_source_set_time_relative(watch->timer, DELAY_USEC);
        if (r < 0)
                return r;
        return sd_event_source_set_enabled(watch->timer, SD_EVENT_ONESHOT);
}

static void remember(ConfWatch *watch, Wwn wwpn) {
        for (size_t i = 0; i < watch->n_pending; i++)
                if (watch->pending[i] == wwpn)
                        return;

        if (watch->n_pending == PENDING_MAX)
                watch->all_pending = true;
        else
                watch->pending[watch->n_pending++] = wwpn;
}

/* ".pair" is how two files change at once (store.h); other names with a dot are temporary. */
static void note_name(ConfWatch *watch, const char *name) {
        const char *dot = strchr(name, '.');
        WwnString text = "";
        Wwn wwpn;

        if (strcmp(name, ".pair") == 0) {
                watch->all_pending = true;
                return;
        }
        if (*name == '.')
                return;

        if (dot && dot - name == WWN_STRING_LEN && strcmp(dot, ".conf") == 0)
                (void) snprintf(text, sizeof text, "%s", name);
        if (wwn_parse(text, &wwpn) >= 0)
                remember(watch, wwpn);
        else
                watch->all_pending = true;
}

static int on_inotify(sd_event_source *source, const struct inotify_event *event, void *userdata) {
        ConfWatch *watch = userdata;
        int r;

        if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)) {
                watch->is_lost = true;
                watch->all_pending = true;
        } else if (watch->is_lost || event->mask & IN_Q_OVERFLOW || event->len == 0)
                watch->all_pending = true;
        else
                note_name(watch, event->name);

        if (!watch->all_pending && watch->n_pending == 0)
                return 0;
        r = schedule(watch);
        if (r < 0)
                log_warning_errno(r, "Cannot follow changes of %s: %m", watch->directory);
        return 0;
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata) {
        ConfWatch *watch = userdata;
        Wwn pending[PENDING_MAX];
        size_t n = watch->n_pending;
        bool all = watch->all_pending;
        int r;

        memcpy(pending, watch->pending, n * sizeof *pending);
        watch->n_pending = 0;
        watch->all_pending = false;

        /* Watch before reading: a change in between is then seen twice, not missed. */
        if (watch->is_lost) {
                r = begin(watch);
                if (r < 0)
                        log_warning_errno(r, "Cannot follow changes of %s: %m", watch->directory);
        }

        if (all) {
                watch->listener->directory_changed(watch->userdata);
                return 0;
        }
        for (size_t i = 0; i < n; i++)
                watch->listener->file_changed(pending[i], watch->userdata);
        return 0;
}

/* The directory, or the nearest one above it that is there. */
static int begin(ConfWatch *watch) {
        _cleanup_free_ char *path = NULL;
        int r;

        watch->inotify = sd_event_source_disable_unref(watch->inotify);
        path = strdup(watch->directory);
        if (!path)
                return -ENOMEM;

        for (;;) {
                char *slash;

                r = sd_event_add_inotify(watch->event, &watch->inotify, path,
                                         CONTENT_MASK | SELF_MASK, on_inotify, watch);
                if (r != -ENOENT && r != -ENOTDIR)
                        break;
                slash = strrchr(path, '/');
                if (!slash || strcmp(path, "/") == 0)
                        break;
                slash[slash == path ? 1 : 0] = '\0';
        }

        watch->is_lost = strcmp(path, watch->directory) != 0;
        return r < 0 ? r : 0;
}

int conf_watch_new(sd_event *event, const char *directory, const ConfWatchListener *listener,
                   void *userdata, ConfWatch **ret) {
        _cleanup_(conf_watch_freep) ConfWatch *watch = NULL;
        int r;

        watch = calloc(1, sizeof *watch);
        if (!watch)
                return -ENOMEM;
        *watch = (ConfWatch){
                .event = sd_event_ref(event),
                .directory = strdup(directory),
                .listener = listener,
                .userdata = userdata,
        };
        if (!watch->directory)
                return -ENOMEM;

        r = sd_event_add_time_relative(event, &watch->timer, CLOCK_MONOTONIC, 0, ACCURACY_USEC,
                                       on_time, watch);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(watch->timer, SD_EVENT_OFF);
        if (r < 0)
                return r;
        r = begin(watch);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(watch);
        return 0;
}

ConfWatch *conf_watch_free(ConfWatch *watch) {
        if (!watch)
                return NULL;

        sd_event_source_disable_unref(watch->inotify);
        sd_event_source_disable_unref(watch->timer);
        sd_event_unref(watch->event);
        free(watch->directory);
        free(watch);
        return NULL;
}
