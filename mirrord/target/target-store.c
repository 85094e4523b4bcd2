/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/target/target-store.h"

#include "common/conf.h"
#include "common/file.h"
#include "mirrord/record.h"

#include <inttypes.h>
#include <string.h>

#define SECTION "Target"
#define DISK_FIELDS 17

static const char *or_dash(const char *text) {
        return *text ? text : "-";
}

/* No field but the last, the path, can have a colon. */
static void print_disk(FILE *f, const TargetDisk *disk) {
        (void) fprintf(f, "Disk=%s:%" PRIu64 ":%s:%s:%d:%d:%s:", disk->name, disk->size_bytes,
                       storage_format_text(disk->format), storage_allocation_text(disk->allocation),
                       disk->may_overwrite, disk->may_overcommit, or_dash(disk->owner));
        (void) fprintf(f, "%s:%s:%s:%s:%s:%s:%s:%u:%u:%s\n", target_stage_text(disk->stage),
                       storage_kind_text(disk->kind), disk->token, or_dash(disk->place),
                       or_dash(disk->identity), or_dash(disk->node), or_dash(disk->key),
                       disk->ports[TARGET_RELAY], disk->ports[TARGET_VERIFIER], disk->path);
}

static void print_target(FILE *f, const void *object) {
        const Target *target = object;

        (void) fprintf(
                f,
                "[" SECTION "]\nAddress=%s\nFirstPort=%u\nLastPort=%u\nPlain=%d\nOwner=%" PRIu32
                "\nStarted=%" PRIu64 "\nPhase=%s\nState=%s\nServed=%d\nServer=%d\nForgotten=%d\n",
                target->address, target->first_port, target->last_port, target->is_plain,
                target->uid, target->started_usec, target_phase_text(target->phase),
                target_state_text(target->state), target->is_served, target->has_server,
                target->is_forgotten);
        record_print_text(f, "Certificates", target->certificates);
        record_print_text(f, "PeerName", target->peer_name);
        record_print_text(f, "Monitor", target->monitor);
        record_print_message(f, target->message);
        for (size_t i = 0; i < target->n_disks; i++)
                print_disk(f, target->disks + i);
}

int target_store_write(int dir_fd, const Target *target) {
        return record_write(dir_fd, target->id, print_target, target);
}

int target_store_remove(int dir_fd, const Target *target) {
        return record_remove(dir_fd, target->id);
}

/* ---- reading */

#define DEFINE_TEXT(field) \
        static int parse_##field(const char *value, unsigned line, void *userdata, \
                                 ConfError *error) { \
                return keep_text(&((Target *) userdata)->field, value); \
        } \
        struct parse_##field##_needs_a_semicolon

DEFINE_TEXT(address);
DEFINE_TEXT(certificates);
DEFINE_TEXT(peer_name);
DEFINE_TEXT(monitor);
DEFINE_TEXT(message);

static int read_number(const char *value, uint64_t max, uint64_t *ret) {
        uint64_t number = 0;

        if (!*value)
                return -EINVAL;
        for (; *value; value++) {
                unsigned digit = (unsigned char) *value - '0';

                if (digit > 9 || digit > max || number > (max - digit) / 10)
                        return -EINVAL;
                number = number * 10 + digit;
        }

        *ret = number;
        return 0;
}

#define DEFINE_NUMBER(field, max) \
        static int parse_##field(const char *value, unsigned line, void *userdata, \
                                 ConfError *error) { \
                uint64_t number; \
\
                if (read_number(value, max, &number) < 0) \
                        return conf_error(error, line, "this is not a number for it"); \
                ((Target *) userdata)->field = (__typeof__(((Target *) NULL)->field)) number; \
                return 0; \
        } \
        struct parse_##field##_needs_a_semicolon

DEFINE_NUMBER(first_port, UINT16_MAX);
DEFINE_NUMBER(last_port, UINT16_MAX);
DEFINE_NUMBER(is_plain, 1);
DEFINE_NUMBER(uid, UINT32_MAX);
DEFINE_NUMBER(started_usec, UINT64_MAX);
DEFINE_NUMBER(is_served, 1);
DEFINE_NUMBER(has_server, 1);
DEFINE_NUMBER(is_forgotten, 1);

static int parse_phase(const char *value, unsigned line, void *userdata, ConfError *error) {
        for (TargetPhase phase = 0; phase < _TARGET_PHASE_MAX; phase++)
                if (strcmp(target_phase_text(phase), value) == 0) {
                        ((Target *) userdata)->phase = phase;
                        return 0;
                }

        return conf_error(error, line, "\"%s\" is not a phase", value);
}

static int parse_state(const char *value, unsigned line, void *userdata, ConfError *error) {
        for (TargetState state = 0; state < _TARGET_STATE_MAX; state++)
                if (strcmp(target_state_text(state), value) == 0) {
                        ((Target *) userdata)->state = state;
                        return 0;
                }

        return conf_error(error, line, "\"%s\" is not a state", value);
}

static int read_stage(const char *value, TargetStage *ret) {
        for (TargetStage stage = 0; stage < _TARGET_STAGE_MAX; stage++)
                if (strcmp(target_stage_text(stage), value) == 0) {
                        *ret = stage;
                        return 0;
                }

        return -EINVAL;
}

static int read_flag(const char *value, bool *ret) {
        uint64_t number;
        int r = read_number(value, 1, &number);

        if (r >= 0)
                *ret = number != 0;
        return r;
}

static int read_port(const char *value, uint16_t *ret) {
        uint64_t number;
        int r = read_number(value, UINT16_MAX, &number);

        if (r >= 0)
                *ret = (uint16_t) number;
        return r;
}

/* "-" is none of it. */
static int read_text(const char *value, char *ret, size_t size) {
        if (strcmp(value, "-") == 0)
                value = "";
        if (strlen(value) >= size)
                return -EINVAL;

        (void) strcpy(ret, value);
        return 0;
}

static bool disk_is_valid(const TargetDisk *disk) {
        return mirror_name_is_valid(disk->name, MIRROR_NAME_MAX) &&
               storage_path_is_valid(disk->path) && storage_mark_is_valid(disk->token) &&
               (!*disk->place || storage_mark_is_valid(disk->place)) &&
               (!*disk->identity || storage_mark_is_valid(disk->identity)) &&
               (!*disk->owner || storage_owner_is_valid(disk->owner)) &&
               disk->size_bytes % 512 == 0;
}

static int take_disk(char *const *fields, TargetDisk *disk) {
        if (read_text(fields[0], disk->name, sizeof disk->name) < 0 ||
            read_number(fields[1], INT64_MAX, &disk->size_bytes) < 0 ||
            storage_format_parse(fields[2], &disk->format) < 0 ||
            storage_allocation_parse(fields[3], &disk->allocation) < 0 ||
            read_flag(fields[4], &disk->may_overwrite) < 0 ||
            read_flag(fields[5], &disk->may_overcommit) < 0 ||
            read_text(fields[6], disk->owner, sizeof disk->owner) < 0 ||
            read_stage(fields[7], &disk->stage) < 0 ||
            storage_kind_parse(fields[8], &disk->kind) < 0 ||
            read_text(fields[9], disk->token, sizeof disk->token) < 0 ||
            read_text(fields[10], disk->place, sizeof disk->place) < 0 ||
            read_text(fields[11], disk->identity, sizeof disk->identity) < 0 ||
            read_text(fields[12], disk->node, sizeof disk->node) < 0 ||
            read_text(fields[13], disk->key, sizeof disk->key) < 0 ||
            read_port(fields[14], disk->ports + TARGET_RELAY) < 0 ||
            read_port(fields[15], disk->ports + TARGET_VERIFIER) < 0 ||
            read_text(fields[16], disk->path, sizeof disk->path) < 0)
                return -EINVAL;

        return disk_is_valid(disk) ? 0 : -EINVAL;
}

static int parse_disk(const char *value, unsigned line, void *userdata, ConfError *error) {
        _cleanup_free_ char *text = strdup(value);
        char *fields[DISK_FIELDS], *rest = text;
        TargetDisk *disk = target_add_disk(userdata);
        size_t n = 0;

        if (!text)
                return -ENOMEM;
        if (!disk)
                return conf_error(error, line, "there are too many disks");
        while (n < DISK_FIELDS - 1 && (fields[n] = strsep(&rest, ":")) && rest)
                n++;
        fields[DISK_FIELDS - 1] = rest;
        if (n != DISK_FIELDS - 1 || take_disk(fields, disk) < 0)
                return conf_error(error, line, "this is not a disk");

        return 0;
}

static const ConfKey keys[] = {
        { SECTION, "Address", false, parse_address },
        { SECTION, "FirstPort", false, parse_first_port },
        { SECTION, "LastPort", false, parse_last_port },
        { SECTION, "Plain", false, parse_is_plain },
        { SECTION, "Owner", false, parse_uid },
        { SECTION, "Started", false, parse_started_usec },
        { SECTION, "Phase", false, parse_phase },
        { SECTION, "State", false, parse_state },
        { SECTION, "Served", false, parse_is_served },
        { SECTION, "Server", false, parse_has_server },
        { SECTION, "Forgotten", false, parse_is_forgotten },
        { SECTION, "Certificates", false, parse_certificates },
        { SECTION, "PeerName", false, parse_peer_name },
        { SECTION, "Monitor", false, parse_monitor },
        { SECTION, "Message", false, parse_message },
        { SECTION, "Disk", true, parse_disk },
};

int target_store_parse(const char *text, size_t size, Target *target,
                       char words[static TARGET_STORE_WORDS_MAX]) {
        ConfError error = { 0 };
        int r;

        r = conf_parse(text, size, keys, ARRAY_LEN(keys), target, &error);
        if (r >= 0 && (!target->address || target->n_disks == 0))
                r = conf_error(&error, 0, "Address and a Disk are needed");
        if (r >= 0 && target->phase == TARGET_PHASE_EXPORTING && !target->monitor)
                r = conf_error(&error, 0, "what is exported has a Monitor");
        if (r < 0)
                (void) snprintf(words, TARGET_STORE_WORDS_MAX, "line %u: %s", error.line,
                                *error.what ? error.what : strerror(-r));

        return r;
}

static int read_target(int dir_fd, const char *name, Target *target,
                       char words[static TARGET_STORE_WORDS_MAX]) {
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        r = file_read_trusted(dir_fd, name, CONF_FILE_MAX, &text, &size);
        if (r < 0) {
                (void) snprintf(words, TARGET_STORE_WORDS_MAX, "%s", strerror(-r));
                return r;
        }
        r = target_store_parse(text, size, target, words);
        explicit_bzero(text, size);

        return r;
}

int target_store_read(int dir_fd, const char *name, Target **ret,
                      char words[static TARGET_STORE_WORDS_MAX]) {
        _cleanup_(target_freep) Target *target = target_new();
        int r;

        if (!target)
                return -ENOMEM;
        if (record_parse_name(name, target->id) < 0 || !target_id_is_valid(target->id)) {
                (void) snprintf(words, TARGET_STORE_WORDS_MAX, "this is not the name of a target");
                return -EBADMSG;
        }
        r = read_target(dir_fd, name, target, words);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(target);
        return 0;
}
