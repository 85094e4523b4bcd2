/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/mirror-store.h"

#include "common/conf.h"
#include "common/file.h"
#include "mirrord/record.h"

#include <inttypes.h>
#include <string.h>

#define SECTION "Mirror"

static void print_disk(FILE *f, const MirrorDisk *disk) {
        (void) fprintf(f, "Disk=%s:%s:%" PRIu64 ":%" PRIu16 ":%s:%d:%" PRIu16 ":%d:%d:%d\n",
                       disk->name, disk->node, disk->size_bytes, disk->port,
                       *disk->key ? disk->key : "-", disk->is_finished, disk->verify_port,
                       (int) disk->again, (int) disk->proof, disk->has_own_bitmap);
}

/* What is asked for once. */
static void print_request(FILE *f, const Mirror *mirror) {
        (void) fprintf(f, "Engine=%s\nMonitor=%s\nAddress=%s\nSync=%s\n",
                       mirror_kind_text(mirror->kind), mirror->monitor, mirror->address,
                       mirror_sync_text(mirror->sync));
        record_print_text(f, "Bitmap", mirror->bitmap);
        record_print_text(f, "Certificates", mirror->certificates);
        record_print_text(f, "PeerName", mirror->peer_name);
        (void) fprintf(f,
                       "Verify=%s\nGoverned=%d\nStall=%" PRIu32 "\nRetries=%" PRIu32
                       "\nOwner=%" PRIu32 "\nStarted=%" PRIu64 "\n",
                       mirror_verify_text(mirror->verify), mirror->is_governed, mirror->stall_msec,
                       mirror->n_retries_max, mirror->uid, mirror->started_usec);
}

static void print_mirror(FILE *f, const void *object) {
        const Mirror *mirror = object;

        (void) fputs("[" SECTION "]\n", f);
        print_request(f, mirror);
        (void) fprintf(
                f,
                "WriteBlocking=%d\nForced=%d\nPaused=%d\nAgain=%d\nServer=%d\nBegun=%d\nRan=%d\nRetried=%" PRIu32
                "\nSpeed=%" PRIu64 "\nPhase=%s\nState=%s\n",
                mirror->is_write_blocking, mirror->is_forced, mirror->is_paused,
                mirror->is_verifying_again, mirror->has_server, mirror->is_begun,
                mirror->was_running, mirror->n_retried, mirror->speed,
                mirror_phase_text(mirror->phase), mirror_state_text(mirror->state));
        record_print_message(f, mirror->message);
        for (size_t i = 0; i < mirror->n_disks; i++)
                print_disk(f, mirror->disks + i);
}

int mirror_store_write(int dir_fd, const Mirror *mirror) {
        int r;

        r = record_write(dir_fd, mirror->id, print_mirror, mirror);
        return r == -EINPROGRESS ? 0 : r;
}

int mirror_store_remove(int dir_fd, const Mirror *mirror) {
        int r;

        r = record_remove(dir_fd, mirror->id);
        return r == -EINPROGRESS ? 0 : r;
}

/* ---- reading */

#define DEFINE_TEXT(name, field) \
        static int name(const char *value, unsigned line, void *userdata, ConfError *error) { \
                return keep_text(&((Mirror *) userdata)->field, value); \
        } \
        struct name##_needs_a_semicolon

DEFINE_TEXT(parse_monitor, monitor);
DEFINE_TEXT(parse_address, address);
DEFINE_TEXT(parse_bitmap, bitmap);
DEFINE_TEXT(parse_certificates, certificates);
DEFINE_TEXT(parse_peer_name, peer_name);
DEFINE_TEXT(parse_message, message);

/* The place of the word among n. */
static int parse_word(const char *value, const char *(*text)(unsigned), unsigned n, unsigned *ret,
                      unsigned line, ConfError *error) {
        for (*ret = 0; *ret < n; ++*ret)
                if (strcmp(text(*ret), value) == 0)
                        return 0;

        return conf_error(error, line, "\"%s\" is not a word for this", value);
}

#define DEFINE_WORD(name, field, text, max, otherwise) \
        static const char *name##_text(unsigned i) { \
                return text(i); \
        } \
        static int name(const char *value, unsigned line, void *userdata, ConfError *error) { \
                unsigned word; \
                int r = parse_word(value, name##_text, max, &word, line, error); \
                ((Mirror *) userdata)->field = r < 0 ? otherwise : word; \
                return r; \
        } \
        struct name##_needs_a_semicolon

DEFINE_WORD(parse_kind, kind, mirror_kind_text, _MIRROR_KIND_MAX, MIRROR_QEMU);
DEFINE_WORD(parse_sync, sync, mirror_sync_text, _SYNC_MAX, SYNC_FULL);
DEFINE_WORD(parse_verify, verify, mirror_verify_text, _VERIFY_MAX, VERIFY_NEVER);
DEFINE_WORD(parse_phase, phase, mirror_phase_text, _PHASE_MAX, PHASE_ENDED);
DEFINE_WORD(parse_state, state, mirror_state_text, _MIRROR_STATE_MAX, MIRROR_FAILED);

static int parse_number(const char *value, uint64_t *ret, unsigned line, ConfError *error) {
        char rest;

        if (sscanf(value, "%20" SCNu64 "%c", ret, &rest) == 1)
                return 0;

        return conf_error(error, line, "\"%s\" is not a number", value);
}

#define DEFINE_NUMBER(name, field, max) \
        static int name(const char *value, unsigned line, void *userdata, ConfError *error) { \
                uint64_t number = 0; \
                int r = parse_number(value, &number, line, error); \
                if (r >= 0 && number > (max)) \
                        r = conf_error(error, line, "%s is too much", value); \
                ((Mirror *) userdata)->field = (__typeof__(((Mirror *) NULL)->field)) number; \
                return r; \
        } \
        struct name##_needs_a_semicolon

DEFINE_NUMBER(parse_blocking, is_write_blocking, 1U);
DEFINE_NUMBER(parse_forced, is_forced, 1U);
DEFINE_NUMBER(parse_governed, is_governed, 1U);
DEFINE_NUMBER(parse_paused, is_paused, 1U);
DEFINE_NUMBER(parse_again, is_verifying_again, 1U);
DEFINE_NUMBER(parse_server, has_server, 1U);
DEFINE_NUMBER(parse_begun, is_begun, 1U);
DEFINE_NUMBER(parse_ran, was_running, 1U);
DEFINE_NUMBER(parse_stall, stall_msec, UINT32_MAX);
DEFINE_NUMBER(parse_retries, n_retries_max, UINT32_MAX);
DEFINE_NUMBER(parse_retried, n_retried, UINT32_MAX);
DEFINE_NUMBER(parse_owner, uid, UINT32_MAX);
DEFINE_NUMBER(parse_speed, speed, UINT64_MAX);
DEFINE_NUMBER(parse_started, started_usec, UINT64_MAX);

static int parse_disk(const char *value, unsigned line, void *userdata, ConfError *error) {
        MirrorDisk *disk = mirror_add_disk(userdata);
        unsigned is_finished, again, proof, has_bitmap;
        char rest;

        if (!disk)
                return conf_error(error, line, "there are too many disks");
        if (sscanf(value,
                   "%31[^:]:%31[^:]:%20" SCNu64 ":%5" SCNu16 ":%128[^:]:%1u:%5" SCNu16
                   ":%1u:%1u:%1u%c",
                   disk->name, disk->node, &disk->size_bytes, &disk->port, disk->key, &is_finished,
                   &disk->verify_port, &again, &proof, &has_bitmap, &rest) != 10 ||
            again >= _AGAIN_MAX || proof >= _PROOF_MAX)
                return conf_error(error, line, "this is not a disk");

        disk->is_finished = is_finished != 0;
        disk->again = again;
        disk->proof = proof;
        disk->has_own_bitmap = has_bitmap != 0;
        if (strcmp(disk->key, "-") == 0)
                disk->key[0] = '\0';
        return 0;
}

static const ConfKey keys[] = {
        { SECTION, "Engine", false, parse_kind },
        { SECTION, "Monitor", false, parse_monitor },
        { SECTION, "Address", false, parse_address },
        { SECTION, "Sync", false, parse_sync },
        { SECTION, "Bitmap", false, parse_bitmap },
        { SECTION, "Certificates", false, parse_certificates },
        { SECTION, "PeerName", false, parse_peer_name },
        { SECTION, "Verify", false, parse_verify },
        { SECTION, "Governed", false, parse_governed },
        { SECTION, "Stall", false, parse_stall },
        { SECTION, "Retries", false, parse_retries },
        { SECTION, "Retried", false, parse_retried },
        { SECTION, "WriteBlocking", false, parse_blocking },
        { SECTION, "Forced", false, parse_forced },
        { SECTION, "Paused", false, parse_paused },
        { SECTION, "Again", false, parse_again },
        { SECTION, "Server", false, parse_server },
        { SECTION, "Begun", false, parse_begun },
        { SECTION, "Ran", false, parse_ran },
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
        if (r >= 0 && mirror->kind == MIRROR_LEGACY && mirror->n_disks != 1)
                r = conf_error(&error, 0, "a legacy job has one Disk");
        if (r < 0)
                (void) snprintf(words, MIRROR_STORE_WORDS_MAX, "line %u: %s", error.line,
                                error.what);

        return r;
}

int mirror_store_read(int dir_fd, const char *name, Mirror **ret,
                      char words[static MIRROR_STORE_WORDS_MAX]) {
        _cleanup_(mirror_freep) Mirror *mirror = mirror_new();
        int r;

        if (!mirror)
                return -ENOMEM;
        if (record_parse_name(name, mirror->id) < 0) {
                (void) snprintf(words, MIRROR_STORE_WORDS_MAX, "this is not the name of a mirror");
                return -EBADMSG;
        }
        r = read_mirror(dir_fd, name, mirror, words);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(mirror);
        return 0;
}
