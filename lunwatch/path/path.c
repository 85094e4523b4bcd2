/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/path.h"

#include "lunwatch/path/names.h"

#include <inttypes.h>
#include <string.h>

#define VHBA_LINKS "by-vhba/"

/* drivers/scsi/scsi_sysfs.c, sdev_states */
static const char *const state_words[_PATH_STATE_MAX] = {
        [PATH_UNKNOWN] = "unknown", [PATH_CREATED] = "created",
        [PATH_RUNNING] = "running", [PATH_CANCEL] = "cancel",
        [PATH_DELETED] = "deleted", [PATH_QUIESCE] = "quiesce",
        [PATH_OFFLINE] = "offline", [PATH_TRANSPORT_OFFLINE] = "transport-offline",
        [PATH_BLOCKED] = "blocked", [PATH_CREATED_BLOCKED] = "created-blocked",
};

/* drivers/scsi/scsi_transport_fc.c, fc_port_state_names */
static const char *const rport_state_words[_RPORT_STATE_MAX] = {
        [RPORT_UNKNOWN] = "Unknown",
        [RPORT_NOT_PRESENT] = "Not Present",
        [RPORT_ONLINE] = "Online",
        [RPORT_OFFLINE] = "Offline",
        [RPORT_BLOCKED] = "Blocked",
        [RPORT_BYPASSED] = "Bypassed",
        [RPORT_DIAGNOSTICS] = "Diagnostics",
        [RPORT_LINKDOWN] = "Linkdown",
        [RPORT_ERROR] = "Error",
        [RPORT_LOOPBACK] = "Loopback",
        [RPORT_DELETED] = "Deleted",
        [RPORT_MARGINAL] = "Marginal",
        /* drivers/scsi/scsi_transport_iscsi.c, iscsi_session_state_names */
        [SESSION_LOGGED_IN] = "LOGGED_IN",
        [SESSION_FAILED] = "FAILED",
        [SESSION_FREE] = "FREE",
};

static const char *const access_words[_PATH_ACCESS_MAX] = {
        [ACCESS_UNKNOWN] = "",
        [ACCESS_OPTIMIZED] = "optimized",
        [ACCESS_NON_OPTIMIZED] = "non-optimized",
        [ACCESS_STANDBY] = "standby",
        [ACCESS_UNAVAILABLE] = "unavailable",
        [ACCESS_LBA_DEPENDENT] = "lba-dependent",
        [ACCESS_OFFLINE] = "offline",
        [ACCESS_TRANSITIONING] = "transitioning",
};

static const char *const quarantine_words[_PATH_QUARANTINE_MAX] = {
        [QUARANTINE_NONE] = "",
        [QUARANTINE_WWID] = "wwid-changed",
        [QUARANTINE_SIZE] = "size-changed",
};

static unsigned word_find(const char *const *words, size_t n_words, const char *s) {
        for (size_t i = 0; i < n_words; i++)
                if (strcmp(words[i], s) == 0)
                        return (unsigned) i;

        return 0;
}

PathState path_state_parse(const char *s) {
        return (PathState) word_find(state_words, ARRAY_LEN(state_words), s);
}

const char *path_state_text(PathState state) {
        return state_words[state];
}

RportState rport_state_parse(const char *s) {
        return (RportState) word_find(rport_state_words, ARRAY_LEN(rport_state_words), s);
}

const char *rport_state_text(RportState state) {
        return rport_state_words[state];
}

PathAccess path_access_parse(const char *s) {
        if (strncmp(s, "active/", strlen("active/")) == 0)
                s += strlen("active/");

        return (PathAccess) word_find(access_words, ARRAY_LEN(access_words), s);
}

const char *path_access_text(PathAccess access) {
        return access_words[access];
}

const char *path_quarantine_text(PathQuarantine quarantine) {
        return quarantine_words[quarantine];
}

static int compare(uint64_t a, uint64_t b) {
        return (a > b) - (a < b);
}

int path_key_compare(const PathKey *a, const PathKey *b) {
        int r;

        r = compare(a->transport, b->transport);
        if (r == 0)
                r = compare(a->initiator, b->initiator);
        if (r == 0)
                r = compare(a->target, b->target);
        if (r == 0)
                r = compare(a->hctl.lun, b->hctl.lun);
        if (r == 0)
                r = compare(a->hctl.host, b->hctl.host);
        if (r == 0)
                r = compare(a->hctl.channel, b->hctl.channel);
        if (r == 0)
                r = compare(a->hctl.target, b->hctl.target);

        return r;
}

const char *path_format_link(const PathKey *key, PathLink ret) {
        char *p = stpcpy(ret, VHBA_LINKS);

        (void) wwn_format(key->initiator, p);
        p = stpcpy(p + WWN_STRING_LEN, "-");
        (void) wwn_format(key->target, p);
        p = stpcpy(p + WWN_STRING_LEN, "-lun-");
        (void) snprintf(p, (size_t) (ret + PATH_LINK_MAX - p), "%" PRIu64, key->hctl.lun);
        return ret;
}

static int compare_strings(const void *a, const void *b) {
        return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* Parts the by-vhba links from the others: true when the path's own is among them. */
static bool take_own_link(const PathKey *key, const char **links, size_t *n_links) {
        bool found = false;
        PathLink own;
        size_t n = 0;

        (void) path_format_link(key, own);
        for (size_t i = 0; i < *n_links; i++) {
                if (strcmp(links[i], own) == 0)
                        found = true;
                else if (strncmp(links[i], VHBA_LINKS, strlen(VHBA_LINKS)) != 0)
                        links[n++] = links[i];
        }

        *n_links = n;
        return found;
}

static char *pack(char *to, const char *s) {
        return stpcpy(to, s) + 1;
}

int path_new(const Path *fields, const char *name, const char *wwid, const char *const *links,
             size_t n_links, Path **ret) {
        _cleanup_free_ const char **sorted = NULL;
        size_t size = strlen(name) + 1 + strlen(wwid) + 1;
        bool has_link;
        Path *path;
        char *p;

        sorted = calloc(n_links + 1, sizeof *sorted);
        if (!sorted)
                return -ENOMEM;
        for (size_t i = 0; i < n_links; i++)
                sorted[i] = links[i];

        has_link = take_own_link(&fields->key, sorted, &n_links);
        qsort(sorted, n_links, sizeof *sorted, compare_strings);
        for (size_t i = 0; i < n_links; i++)
                size += strlen(sorted[i]) + 1;
        if (size > UINT16_MAX)
                return -E2BIG;

        path = malloc(sizeof *path + size);
        if (!path)
                return -ENOMEM;

        *path = *fields;
        path->has_link = has_link;
        path->n_links = (uint16_t) n_links;
        path->text_size = (uint16_t) size;

        p = pack(path->text, name);
        path->wwid_offset = (uint16_t) (p - path->text);
        p = pack(p, wwid);
        path->links_offset = (uint16_t) (p - path->text);
        for (size_t i = 0; i < n_links; i++)
                p = pack(p, sorted[i]);

        *ret = path;
        return 0;
}

int path_copy(const Path *path, Path **ret) {
        size_t size = sizeof *path + path->text_size;
        Path *copy = malloc(size);

        if (!copy)
                return -ENOMEM;

        memcpy(copy, path, size);
        *ret = copy;
        return 0;
}

Path *path_free(Path *path) {
        free(path);
        return NULL;
}

const char *path_name(const Path *path) {
        return path->text;
}

const char *path_wwid(const Path *path) {
        return path->text + path->wwid_offset;
}

bool path_has_disk(const Path *path) {
        return path->text[0] != '\0';
}

bool rport_state_is_up(RportState state) {
        return state == RPORT_ONLINE || state == RPORT_MARGINAL || state == SESSION_LOGGED_IN;
}

bool path_is_usable(const Path *path) {
        return path->state == PATH_RUNNING && rport_state_is_up(path->rport_state);
}

static const char *port_name(const Path *path, uint64_t name, PortName ret) {
        if (path->key.transport == PATH_ISCSI)
                return name_text(name);

        return name ? wwn_format(name, ret) : "";
}

const char *path_initiator(const Path *path, PortName ret) {
        return port_name(path, path->key.initiator, ret);
}

const char *path_target(const Path *path, PortName ret) {
        return port_name(path, path->key.target, ret);
}

const char *path_hba(const Path *path, PortName ret) {
        return port_name(path, path->hba, ret);
}

const char *path_next_link(const Path *path, const char *link) {
        link = link ? link + strlen(link) + 1 : path->text + path->links_offset;
        return link < path->text + path->text_size ? link : NULL;
}

bool path_equals(const Path *a, const Path *b) {
        return path_key_compare(&a->key, &b->key) == 0 && a->initiator_node == b->initiator_node &&
               a->hba == b->hba && a->size_bytes == b->size_bytes && a->major == b->major &&
               a->minor == b->minor && a->rport_channel == b->rport_channel &&
               a->rport_number == b->rport_number && a->hba_host == b->hba_host &&
               a->sg_number == b->sg_number && a->group == b->group && a->state == b->state &&
               a->rport_state == b->rport_state && a->access == b->access &&
               a->quarantine == b->quarantine && a->is_vhba == b->is_vhba &&
               a->has_link == b->has_link && a->wwid_offset == b->wwid_offset &&
               a->links_offset == b->links_offset && a->text_size == b->text_size &&
               memcmp(a->text, b->text, a->text_size) == 0;
}

DevPath path_devpath(const Path *path) {
        return (DevPath){
                .hctl = path->key.hctl,
                .rport = { path->key.hctl.host, path->rport_channel, path->rport_number },
                .is_vhba = path->is_vhba,
                .hba_host = path->hba_host,
                .transport = path->key.transport,
        };
}
