/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * vhba-generator: a drop-in for the unit of every valid definition. It makes no unit and enables
 * none, so that enable, disable and mask work on vhba@.service as on any other. It never fails the
 * boot: what it does not understand it skips, and says so in the kernel's log.
 */

#include "common/cleanup.h"
#include "common/log.h"
#include "vhbad/definition.h"
#include "vhbad/store.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define USEC_PER_SEC UINT64_C(1000000)
/* vhba-port ends by itself at its own deadline, and then takes back what it has made. */
#define TIMEOUT_MARGIN_USEC (30 * USEC_PER_SEC)
/* Each mistake is worth a line, thousands of them are not. */
#define COMPLAINTS_MAX 20

typedef struct Generator {
        Store store;
        int out_fd;
        unsigned n_complaints;
} Generator;

static void complain(Generator *generator, const char *name, unsigned line, const char *what) {
        if (generator->n_complaints++ >= COMPLAINTS_MAX)
                return;

        if (line > 0)
                log_warning("%s/%s:%u: %s Skipped.", generator->store.path, name, line, what);
        else
                log_warning("%s/%s: %s Skipped.", generator->store.path, name, what);
}

static void on_junk(const char *name, const char *why, void *userdata) {
        complain(userdata, name, 0, why);
}

/* The names are made by 90-npivot-vhba.rules; unlike host numbers they do not move. */
static int print_parent(const Parent *parent, char *buf, size_t size) {
        WwnString name;

        if (parent->kind != PARENT_WWPN)
                return snprintf(buf, size, "%s", "");

        (void) wwn_format(parent->wwn, name);
        return snprintf(buf, size,
                        "BindsTo=sys-npivot-hba-0x%s.device\n"
                        "After=sys-npivot-hba-0x%s.device\n",
                        name, name);
}

/* '%' begins a specifier in a unit, and a backslash an escape. */
static void escape_description(const char *s, char *buf, size_t size) {
        size_t n = 0;

        for (; *s != '\0' && n + 3 < size; s++) {
                if (*s == '%' || *s == '\\')
                        buf[n++] = *s;
                buf[n++] = *s;
        }
        buf[n] = '\0';
}

static int print_drop_in(const Definition *definition, const char *path, char *buf, size_t size) {
        char parent[256], symbolic_name[2 * SYMBOLIC_NAME_MAX + 4] = "";
        WwnString name;
        uint64_t timeout = definition->timeout_usec + TIMEOUT_MARGIN_USEC;

        (void) wwn_format(definition->wwpn, name);
        (void) print_parent(&definition->parent, parent, sizeof parent);
        escape_description(definition->symbolic_name, symbolic_name, sizeof symbolic_name);

        return snprintf(buf, size,
                        "# Made by vhba-generator(8) from %s\n"
                        "\n"
                        "[Unit]\n"
                        "Description=Fibre Channel vHBA %s%s%s%s\n"
                        "SourcePath=%s\n"
                        "%s"
                        "\n"
                        "[Service]\n"
                        "TimeoutStartSec=%" PRIu64 "\n",
                        path, name, symbolic_name[0] != '\0' ? " (" : "", symbolic_name,
                        symbolic_name[0] != '\0' ? ")" : "", path, parent,
                        (timeout + USEC_PER_SEC - 1) / USEC_PER_SEC);
}

/* A generator's directory is empty when it starts and nobody else's: no need for atomic files. */
static int write_drop_in(int out_fd, const Definition *definition, const char *path) {
        _cleanup_close_ int fd = -EBADF;
        char name[64], text[2048];
        int length;

        (void) snprintf(name, sizeof name, "vhba@%s.service.d", WWN_STR(definition->wwpn));
        if (mkdirat(out_fd, name, 0755) < 0 && errno != EEXIST)
                return -errno;

        (void) snprintf(name, sizeof name, "vhba@%s.service.d/50-npivot.conf",
                        WWN_STR(definition->wwpn));
        length = print_drop_in(definition, path, text, sizeof text);
        if (length < 0 || (size_t) length >= sizeof text)
                return -ENAMETOOLONG;

        fd = openat(out_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd < 0)
                return -errno;

        return write(fd, text, (size_t) length) == length ? 0 : -EIO;
}

static void generate_one(Generator *generator, Wwn wwpn) {
        _cleanup_(definition_donep) Definition definition = { 0 };
        _cleanup_free_ char *path = NULL;
        ConfError error = { 0 };
        char name[WWN_STRING_LEN + sizeof ".conf"];
        int r;

        (void) snprintf(name, sizeof name, "%s.conf", WWN_STR(wwpn));
        r = store_load(&generator->store, wwpn, &definition, NULL, &error);
        if (r == -ENOENT)
                return;
        if (r < 0) {
                complain(generator, name, error.line, r == -EBADMSG ? error.what : strerror(-r));
                return;
        }

        if (asprintf(&path, "%s/%s", generator->store.path, name) < 0) {
                path = NULL;
                return;
        }
        r = write_drop_in(generator->out_fd, &definition, path);
        if (r < 0)
                log_warning_errno(r, "Cannot write the drop-in for %s: %m", path);
}

static void generate(Generator *generator) {
        _cleanup_free_ Wwn *wwpns = NULL;
        size_t n = 0;
        int r;

        r = store_list(&generator->store, &wwpns, &n, on_junk, generator);
        if (r < 0)
                (void) log_warning_errno(r, "Cannot list %s: %m", generator->store.path);

        for (size_t i = 0; i < n; i++)
                generate_one(generator, wwpns[i]);

        if (generator->n_complaints > COMPLAINTS_MAX)
                log_warning("%s: %u more were skipped.", generator->store.path,
                            generator->n_complaints - COMPLAINTS_MAX);
}

static void generator_done(Generator *generator) {
        store_done(&generator->store);
        if (generator->out_fd >= 0)
                (void) close(generator->out_fd);
}

static int run(int argc, char *argv[]) {
        _cleanup_(generator_done) Generator generator = {
                .store = { .fd = -EBADF },
                .out_fd = -EBADF,
        };
        int r;

        log_open("vhba-generator", LOG_TO_KMSG);
        (void) umask(0022);

        if (argc != 2 && argc != 4) {
                log_error("usage: vhba-generator NORMAL-DIR [EARLY-DIR LATE-DIR]");
                return EXIT_FAILURE;
        }

        r = store_open(&generator.store);
        if (r < 0) {
                (void) log_warning_errno(r, "Cannot open the directory of definitions: %m");
                return EXIT_SUCCESS;
        }
        generator.out_fd = open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (generator.out_fd < 0) {
                (void) log_warning_errno(errno, "Cannot open %s: %m", argv[1]);
                return EXIT_SUCCESS;
        }

        generate(&generator);
        return EXIT_SUCCESS;
}

int main(int argc, char *argv[]) {
        return run(argc, argv);
}
