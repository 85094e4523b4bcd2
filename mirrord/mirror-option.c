/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/mirror-option.h"

#include "mirrord/request.h"

#include <string.h>

#define STALL_MIN 100
#define STALL_MAX 600000
#define RETRIES_MAX 100
#define BITMAP_MAX 255

typedef struct Options {
        Mirror *mirror;
        bool is_plain; /* no TLS */
} Options;

/* ---- those that are a text */

static int take_sync(const char *text, Mirror *mirror, sd_bus_error *error) {
        for (mirror->sync = 0; mirror->sync < _SYNC_MAX; mirror->sync++)
                if (strcmp(mirror_sync_text(mirror->sync), text) == 0)
                        return 0;

        return request_refuse(error, "Sync is full, top or incremental, not “%.40s”.", text);
}

static int take_verify(const char *text, Mirror *mirror, sd_bus_error *error) {
        for (mirror->verify = 0; mirror->verify < _VERIFY_MAX; mirror->verify++)
                if (strcmp(mirror_verify_text(mirror->verify), text) == 0)
                        return 0;

        return request_refuse(error, "Verify is always, sample or never, not “%.40s”.", text);
}

static int take_bitmap(const char *text, Mirror *mirror, sd_bus_error *error) {
        if (strncmp(text, MIRROR_PART_PREFIX, strlen(MIRROR_PART_PREFIX)) == 0)
                return request_refuse(error,
                                      "The bitmap “%.40s” is one of mirrord's own, which come and "
                                      "go with its mirrors: name yours otherwise.",
                                      text);
        if (!mirror_name_is_valid(text, BITMAP_MAX))
                return request_refuse(error, "“%.40s” is not the name of a bitmap.", text);

        return keep_text(&mirror->bitmap, text);
}

static int take_copy_mode(const char *text, Mirror *mirror, sd_bus_error *error) {
        mirror->is_write_blocking = strcmp(text, mirror_copy_mode_text(true)) == 0;
        if (mirror->is_write_blocking || strcmp(text, mirror_copy_mode_text(false)) == 0)
                return 0;

        return request_refuse(error, "CopyMode is background or write-blocking, not “%.40s”.",
                              text);
}

static int take_id(const char *text, Mirror *mirror, sd_bus_error *error) {
        if (!mirror_id_is_valid(text))
                return request_refuse(
                        error,
                        "“%.40s” is not an id: a letter, then letters, digits and “_”, at "
                        "most %d.",
                        text, MIRROR_ID_MAX);

        (void) strcpy(mirror->id, text);
        return 0;
}

static const struct {
        const char *name;
        int (*take)(const char *text, Mirror *mirror, sd_bus_error *error);
} texts[] = {
        { "Sync", take_sync },     { "Bitmap", take_bitmap }, { "CopyMode", take_copy_mode },
        { "Verify", take_verify }, { "Id", take_id },
};

static int read_text(sd_bus_message *call, size_t i, Mirror *mirror, sd_bus_error *error) {
        const char *text;
        int r;

        r = request_read_text(call, &text);

        return r < 0 ? r : texts[i].take(text, mirror, error);
}

/* ---- others */

static int read_stall(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        int r;

        r = sd_bus_message_read(call, "v", "u", &mirror->stall_msec);
        if (r < 0)
                return r;
        if (mirror->stall_msec < STALL_MIN || mirror->stall_msec > STALL_MAX)
                return request_refuse(error, "StallMsec is from %d to %d.", STALL_MIN, STALL_MAX);

        return 0;
}

static int read_retries(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        int r;

        r = sd_bus_message_read(call, "v", "u", &mirror->n_retries_max);
        if (r < 0)
                return r;
        if (mirror->n_retries_max > RETRIES_MAX)
                return request_refuse(error, "Retries is at most %d.", RETRIES_MAX);

        return 0;
}

static MirrorDisk *find_disk(Mirror *mirror, const char *name) {
        for (size_t i = 0; i < mirror->n_disks; i++)
                if (strcmp(mirror->disks[i].name, name) == 0)
                        return mirror->disks + i;

        return NULL;
}

static int read_verify_ports(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        const char *name;
        uint16_t port;
        int r;

        r = sd_bus_message_enter_container(call, 'v', "a{sq}");
        if (r >= 0)
                r = sd_bus_message_enter_container(call, 'a', "{sq}");
        while (r >= 0 && (r = sd_bus_message_read(call, "{sq}", &name, &port)) > 0) {
                MirrorDisk *disk = find_disk(mirror, name);

                if (!disk || port == 0)
                        return request_refuse(
                                error,
                                "VerifyPorts: “%.40s” is none of the disks, or its port is 0.",
                                name);
                disk->verify_port = port;
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(call);

        return r < 0 ? r : sd_bus_message_exit_container(call);
}

/* ---- of both methods */

static int read_option(sd_bus_message *call, const char *name, void *userdata,
                       sd_bus_error *error) {
        Options *options = userdata;
        Mirror *mirror = options->mirror;

        for (size_t i = 0; i < ARRAY_LEN(texts); i++)
                if (strcmp(texts[i].name, name) == 0)
                        return read_text(call, i, mirror, error);
        if (strcmp(name, "StallMsec") == 0)
                return read_stall(call, mirror, error);
        if (strcmp(name, "Retries") == 0)
                return read_retries(call, mirror, error);
        if (strcmp(name, "VerifyPorts") == 0)
                return read_verify_ports(call, mirror, error);
        if (strcmp(name, "Certificates") == 0)
                return request_read_certificates(call, &mirror->certificates, error);
        if (strcmp(name, "PeerName") == 0)
                return request_read_peer_name(call, &mirror->peer_name, error);
        if (strcmp(name, "Speed") == 0)
                return sd_bus_message_read(call, "v", "t", &mirror->speed);
        if (strcmp(name, "Tls") == 0)
                return request_read_tls(call, &options->is_plain);
        if (strcmp(name, "Converge") == 0)
                return request_read_bool(call, &mirror->is_governed);

        return request_refuse(
                error, "There is no option “%.40s”: see Manager.Start in org.npivot.mirror1(5).",
                name);
}

static int read_incremental(sd_bus_message *call, Mirror *mirror) {
        bool is_incremental;
        int r;

        r = request_read_bool(call, &is_incremental);
        if (r >= 0)
                mirror->sync = is_incremental ? SYNC_TOP : SYNC_FULL;
        return r;
}

static int read_legacy_option(sd_bus_message *call, const char *name, void *userdata,
                              sd_bus_error *error) {
        static const char *const others[] = { "Id",    "Tls",          "StallMsec",
                                              "Speed", "Certificates", "PeerName" };
        Options *options = userdata;

        if (strcmp(name, "Incremental") == 0)
                return read_incremental(call, options->mirror);
        for (size_t i = 0; i < ARRAY_LEN(others); i++)
                if (strcmp(others[i], name) == 0)
                        return read_option(call, name, options, error);

        return request_refuse(
                error,
                "There is no option “%.40s”: see Manager.StartLegacy in org.npivot.mirror1(5).",
                name);
}

/* ---- what goes together */

static int check_disk(const MirrorDisk *disk, bool wants_key, sd_bus_error *error) {
        if ((*disk->key != '\0') != wants_key)
                return request_refuse(
                        error,
                        "%s: with TLS a disk has a key; with Tls=false or Certificates it has "
                        "none.",
                        disk->name);
        if (disk->mirror->verify != VERIFY_NEVER && disk->verify_port == 0)
                return request_refuse(error, "%s: to verify it, VerifyPorts must have its port.",
                                      disk->name);

        return 0;
}

static int check(const Options *options, sd_bus_error *error) {
        const Mirror *mirror = options->mirror;
        bool wants_keys = !options->is_plain && !mirror->certificates;
        int r;

        if ((mirror->sync == SYNC_INCREMENTAL) != (mirror->bitmap != NULL))
                return request_refuse(error, "Sync incremental and Bitmap need each other.");
        r = request_check_tls(mirror->certificates, mirror->peer_name, options->is_plain, error);
        for (size_t i = 0; r >= 0 && i < mirror->n_disks; i++)
                r = check_disk(mirror->disks + i, wants_keys, error);

        return r;
}

int mirror_options_read(sd_bus_message *call, Mirror *mirror, sd_bus_error *error) {
        Options options = { .mirror = mirror };
        int r;

        r = request_read_options(call,
                                 mirror->kind == MIRROR_LEGACY ? read_legacy_option : read_option,
                                 &options, error);

        return r < 0 ? r : check(&options, error);
}
