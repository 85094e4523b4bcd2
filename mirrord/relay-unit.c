/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/relay-unit.h"

#include <inttypes.h>
#include <string.h>

static void print_tls(FILE *f, const MirrorDisk *disk) {
        disk_unit_print_tls(f, disk->mirror->certificates, disk->mirror->peer_name, disk->key);
}

static int write_and_wipe(DiskUnit unit, const MirrorDisk *disk, FILE *f, char **text,
                          size_t *size) {
        int r;

        r = fclose(f) == 0 ? disk_unit_write(unit, disk, *text, *size) : -ENOMEM;
        if (*text)
                explicit_bzero(*text, *size);
        return r;
}

/* A stream of migration has its limit in QEMU, and is not answered before its end. */
int relay_unit_write(const MirrorDisk *disk, uid_t owner) {
        bool is_stream = disk->mirror->kind == MIRROR_LEGACY;
        _cleanup_free_ char *text = NULL;
        DiskUnitPath socket;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return -ENOMEM;
        (void) fprintf(f,
                       "[Relay]\nSide=source\nSocket=%s\nOwner=%u\nAddress=%s\nPorts=%" PRIu16
                       "\nLimit=%" PRIu64 "\nStall=%" PRIu32 "\n",
                       disk_unit_path(UNIT_RELAY, disk, "nbd", socket), owner,
                       disk->mirror->address, disk->port, is_stream ? 0 : disk->mirror->speed,
                       is_stream ? 0 : mirror_stall_msec(disk->mirror));
        print_tls(f, disk);

        return write_and_wipe(UNIT_RELAY, disk, f, &text, &size);
}

/* A verifier takes no less. */
#define VERIFY_LIMIT_MIN (1024 * 1024ULL)

static uint64_t limit_of_verifier(const Mirror *mirror) {
        return mirror->speed > 0 && mirror->speed < VERIFY_LIMIT_MIN ? VERIFY_LIMIT_MIN
                                                                     : mirror->speed;
}

int verify_unit_write(const MirrorDisk *disk, const char *export) {
        const Mirror *mirror = disk->mirror;
        bool is_sample = mirror->verify == VERIFY_SAMPLE && !mirror->is_verifying_again;
        _cleanup_free_ char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return -ENOMEM;
        (void) fprintf(f,
                       "[Verify]\nSide=source\nExport=%s\nName=%s\nAddress=%s\nPorts=%" PRIu16
                       "\nSample=%d\nLimit=%" PRIu64 "\n",
                       export, disk->name, mirror->address, disk->verify_port,
                       is_sample ? VERIFY_SAMPLE_PERCENT : 100, limit_of_verifier(mirror));
        print_tls(f, disk);

        return write_and_wipe(UNIT_VERIFIER, disk, f, &text, &size);
}
