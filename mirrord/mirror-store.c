/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/mirror-store.h"

#include "common/conf.h"
#include "common/file.h"

#include <inttypes.h>
#include <string.h>

#define SECTION "Mirror"
#define SUFFIX ".conf"

/* A ';' or '#' behind a blank would begin a comment. */
static void print_message(FILE *f, const char *message) {
        (void) fputs("Message=", f);
        for (const char *p = message; *p; p++)
                (void) fputc(*p == ';' ? ',' : *p == '#' ? '+' : *p, f);
        (void) fputc('\n', f);
}

static void print_disk(FILE *f, const MirrorDisk *disk) {
        (void) fprintf(f, "Disk=%s:%s:%" PRIu64 ":%" PRIu16 ":%s:%d\n", disk->name, disk->node,
                       disk->size_bytes, disk->port, *disk->key ? disk->key : "-",
                       disk->is_finished);
}

static void print_mirror(FILE *f, const Mirror *mirror) {
        (void) fprintf(f,
                       "[" SECTION
                       "]\nMonitor=%s\nAddress=%s\nSync=%s\nWriteBlocking=%d\nSpeed=%" PRIu64
                       "\nOwner=%" PRIu32 "\nStarted=%" PRIu64 "\nPhase=%s\nState=%s\n",
                       mirror->monitor, mirror->address, mirror_sync_text(mirror->sync),
                       mirror->is_write_blocking, mirror->speed, mirror->uid, mirror->started_usec,
                       mirror_phase_text(mirror->phase), mirror_state_text(mirror->state));
        if (mirror->bitmap)
                (void) fprintf(f, "Bitmap=%s\n", mirror->bitmap);
        if (mirror->message)
                print_message(f, mirror->message);
        for (size_t i = 0; i < mirror->n_disks; i++)
                print_disk(f, mirror->disks + i);
}

static const char *name_file(const Mirror *mirror, char ret[static MIRROR_NAME_MAX + 8]) {
        (void) snprintf(ret, MIRROR_NAME_MAX + 8, "%s" SUFFIX, mirror->id);
        return ret;
}

int mirror_store_write(int dir_fd, const Mirror *mirror) {
        char name[MIRROR_NAME_MAX + 8];
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *f;
        int r;

        f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        print_mirror(f, mirror);
        if (fclose(f) != 0)
                return -ENOMEM;

        r = file_write_atomic(dir_fd, name_file(mirror, name), text, size, 0600);
        explicit_bzero(text, size);
        return r == -EINPROGRESS ? 0 : r;
}

int mirror_store_remove(int dir_fd, const Mirror *mirror) {
        char name[MIRROR_NAME_MAX + 8];
        int r;

        r = file_unlink_durable(dir_fd, name_file(mirror, name));
        return r == -EINPROGRESS ? 0 : r;
}

/* ---- reading */

static int keep(char **ret, const char *value) {
        free(*ret);
        *ret = strdup(value);

        return *ret ? 0 : -ENOMEM;
}

static int parse_monitor(const char *value, unsigned line, void *userdata, ConfError *error) {
        return keep(&((Mirror *) userdata)->monitor, value);
}

static int parse_address(const char *value, unsigned line, void *userdata, ConfError *error) {
        return keep(&((Mirror *) userdata)->address, value);
}

static int parse_bitmap(const char *value, unsigned line, void *userdata, ConfError *error) {
        return keep(&((Mirror *) userdata)->bitmap, value);
}

static int parse_message(const char *value, unsigned line, void *userdata, ConfError *error) {
        return keep(&((Mirror *) userdata)->message, value);
}

/* The place of the word among n. */
static int parse_word(const char *value, const char *(*text)(unsigned), unsigned n, unsigned *ret,
                      unsigned line, ConfError *error) {
        for (*ret = 0; *ret < n; ++*ret)
                if (strcmp(text(*ret), value) == 0)
                        return 0;

        return conf_error(error, line, "\"%s\" is not a word for this", value);
}

static const char *sync_text(unsigned i) {
        return mirror_sync_text(i);
}

static const char *phase_text(unsigned i) {
        return mirror_phase_text(i);
}

static const char *state_text(unsigned i) {
        return mirror_state_text(i);
}

static int parse_sync(const char *value, unsigned line, void *userdata, ConfError *error) {
        Mirror *mirror = userdata;
        unsigned word;
        int r = parse_word(value, sync_text, _SYNC_MAX, &word, line, error);

        mirror->sync = r < 0 ? SYNC_FULL : word;
        return r;
}

static int parse_phase(const char *value, unsigned line, void *userdata, ConfError *error) {
        Mirror *mirror = userdata;
        unsigned word;
        int r = parse_word(value, phase_text, _PHASE_MAX, &word, line, error);

        mirror->phase = r < 0 ? PHASE_ENDED : word;
        return r;
}

static int parse_state(const char *value, unsigned line, void *userdata, ConfError *error) {
        Mirror *mirror = userdata;
        unsigned word;
        int r = parse_word(value, state_text, _MIRROR_STATE_MAX, &word, line, error);

        mirror->state = r < 0 ? MIRROR_FAILED : word;
        return r;
}

static int parse_number(const char *value, uint64_t *ret, unsigned line, ConfError *error) {
        char rest;

        if (sscanf(value, "%20" SCNu64 "%c", ret, &rest) == 1)
                return 0;

        return conf_error(error, line, "\"%s\" is not a number", value);
}

static int parse_blocking(const char *value, unsigned line, void *userdata, ConfError *error) {
        uint64_t number = 0;
        int r = parse_number(value, &number, line, error);

        ((Mirror *) userdata)->is_write_blocking = number != 0;
        return r;
}

static int parse_speed(const char *value, unsigned line, void *userdata, ConfError *error) {
        return parse_number(value, &((Mirror *) userdata)->speed, line, error);
}

static int parse_started(const char *value, unsigned line, void *userdata, ConfError *error) {
        return parse_number(value, &((Mirror *) userdata)->started_usec, line, error);
}

static int parse_owner(const char *value, unsigned line, void *userdata, ConfError *error) {
        uint64_t number = 0;
        int r = parse_number(value, &number, line, error);

        ((Mirror *) userdata)->uid = (uint32_t) number;
        return r;
}

static int parse_disk(const char *value, unsigned line, void *userdata, ConfError *error) {
        MirrorDisk *disk = mirror_add_disk(userdata);
        int is_finished;
        char rest;

        if (!disk)
                return conf_error(error, line, "there are too many disks");
        if (sscanf(value, "%31[^:]:%31[^:]:%20" SCNu64 ":%5" SCNu16 ":%128[^:]:%d%c", disk->name,
                   disk->node, &disk->size_bytes, &disk->port, disk->key, &is_finished, &rest) != 6)
                return conf_error(error, line, "this is not a disk");

        disk->is_finished = is_finished != 0;
        if (strcmp(disk->key, "-") == 0)
                disk->key[0] = '\0';
        return 0;
}

static const ConfKey keys[] = {
        { SECTION, "Monitor", false, parse_monitor },
        { SECTION, "Address", false, parse_address },
        { SECTION, "Sync", false, parse_sync },
        { SECTION, "Bitmap", false, parse_bitmap },
        { SECTION, "WriteBlocking", false, parse_blocking },
        { SECTION, "Speed", false, parse_speed },
        { SECTION, "Owner", false, parse_owner },
        { SECTION, "Started", false, parse_started },
        { SECTION, "Phase", false, parse_phase },
        { SECTION, "State", false, parse_state },
        { SECTION, "Message", false, parse_message },
        { SECTION, "Disk", true, parse_disk },
};

static int read_mirror(int dir_fd, const char *name, Mirror *mirror,
                       char words[static MIRROR_STORE_WORDS_MAX]) {
        _cleanup_free_ char *text = NULL;
        ConfError error = { 0 };
        size_t size;
        int r;

        r = file_read_trusted(dir_fd, name, CONF_FILE_MAX, &text, &size);
        if (r < 0) {
                (void) snprintf(words, MIRROR_STORE_WORDS_MAX, "%s", strerror(-r));
                return r;
        }
        r = conf_parse(text, size, keys, ARRAY_LEN(keys), mirror, &error);
        explicit_bzero(text, size);
        if (r >= 0 && (!mirror->monitor || !mirror->address || mirror->n_disks == 0))
                r = conf_error(&error, 0, "Monitor, Address and a Disk are needed");
        if (r < 0)
                (void) snprintf(words, MIRROR_STORE_WORDS_MAX, "line %u: %s", error.line,
                                error.what);

        return r;
}

int mirror_store_read(int dir_fd, const char *name, Mirror **ret,
                      char words[static MIRROR_STORE_WORDS_MAX]) {
        _cleanup_(mirror_freep) Mirror *mirror = mirror_new();
        size_t length = strlen(name);
        int r;

        if (!mirror)
                return -ENOMEM;
        if (length <= strlen(SUFFIX) || length > MIRROR_NAME_MAX + strlen(SUFFIX) ||
            strcmp(name + length - strlen(SUFFIX), SUFFIX) != 0) {
                (void) snprintf(words, MIRROR_STORE_WORDS_MAX, "this is not the name of a mirror");
                return -EBADMSG;
        }
        memcpy(mirror->id, name, length - strlen(SUFFIX));
        r = read_mirror(dir_fd, name, mirror, words);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(mirror);
        return 0;
}
