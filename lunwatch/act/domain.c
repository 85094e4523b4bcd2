/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/act/domain.h"

#include "common/cleanup.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#define FILE_MAX_BYTES (128 * 1024)

static bool has_suffix(const char *s, size_t length, const char *suffix) {
        size_t n = strlen(suffix);

        return length > n && memcmp(s + length - n, suffix, n) == 0;
}

static int hex_digit(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';

        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* systemd's escapes: "\x2d" is a dash. */
static void unescape(const char *s, size_t length, char ret[static DOMAIN_NAME_MAX]) {
        size_t n = 0;

        for (size_t i = 0; i < length && n < DOMAIN_NAME_MAX - 1; i++) {
                bool is_escape = i + 3 < length && s[i] == '\\' && s[i + 1] == 'x' &&
                                 hex_digit(s[i + 2]) >= 0 && hex_digit(s[i + 3]) >= 0;

                if (is_escape) {
                        ret[n++] = (char) (hex_digit(s[i + 2]) * 16 + hex_digit(s[i + 3]));
                        i += 3;
                } else
                        ret[n++] = s[i];
        }
        ret[n] = '\0';
}

/* libvirt: machine-qemu-ID-NAME; others: machine-NAME */
static bool take_machine(const char *unit, size_t length, char ret[static DOMAIN_NAME_MAX]) {
        static const char prefix[] = "machine-";
        const char *name;

        if (strncmp(unit, prefix, strlen(prefix)) != 0 || !has_suffix(unit, length, ".scope"))
                return false;
        unescape(unit + strlen(prefix), length - strlen(prefix) - strlen(".scope"), ret);
        name = ret;
        if (strncmp(name, "qemu-", 5) == 0 && strspn(name + 5, "0123456789") > 0) {
                name += 5 + strspn(name + 5, "0123456789");
                if (*name == '-')
                        memmove(ret, name + 1, strlen(name));
        }

        return *ret;
}

static bool take_domain(const char *unit, size_t length, char ret[static DOMAIN_NAME_MAX]) {
        static const char prefix[] = "domain@";

        if (strncmp(unit, prefix, strlen(prefix)) != 0 || !has_suffix(unit, length, ".service"))
                return false;
        unescape(unit + strlen(prefix), length - strlen(prefix) - strlen(".service"), ret);
        return *ret;
}

static bool take_proxmox(const char *slice, const char *unit, size_t length,
                         char ret[static DOMAIN_NAME_MAX]) {
        if (strncmp(slice, "qemu.slice/", strlen("qemu.slice/")) != 0 ||
            !has_suffix(unit, length, ".scope"))
                return false;
        unescape(unit, length - strlen(".scope"), ret);
        return *ret;
}

int domain_of_cgroup(const char *cgroup, char ret[static DOMAIN_NAME_MAX]) {
        const char *slice = "";

        while (*cgroup) {
                size_t length = strcspn(cgroup, "/\n");

                if (take_machine(cgroup, length, ret) || take_domain(cgroup, length, ret) ||
                    take_proxmox(slice, cgroup, length, ret))
                        return 0;
                slice = cgroup;
                cgroup += length + (cgroup[length] != '\0');
        }

        return -ENOENT;
}

int domain_of_cmdline(const char *cmdline, size_t size, char ret[static DOMAIN_NAME_MAX]) {
        const char *end = cmdline + size, *word = cmdline;
        bool is_name = false;

        for (; word < end; word += strnlen(word, (size_t) (end - word)) + 1) {
                size_t length = strnlen(word, (size_t) (end - word));

                if (is_name) {
                        if (length > strlen("guest=") && strncmp(word, "guest=", 6) == 0) {
                                word += strlen("guest=");
                                length -= strlen("guest=");
                        }
                        if (memchr(word, ',', length))
                                length = (size_t) ((const char *) memchr(word, ',', length) - word);
                        (void) snprintf(ret, DOMAIN_NAME_MAX, "%.*s", (int) length, word);
                        return *ret ? 0 : -ENOENT;
                }
                is_name = length == strlen("-name") && memcmp(word, "-name", length) == 0;
        }

        return -ENOENT;
}

/* NUL-terminated; *ret_size without that. */
static int read_file(int root_fd, const char *pid, const char *name, char **ret, size_t *ret_size) {
        _cleanup_free_ char *text = NULL;
        _cleanup_close_ int fd = -EBADF;
        char file[64];
        size_t used = 0;
        ssize_t n;

        (void) snprintf(file, sizeof file, "proc/%.16s/%s", pid, name);
        fd = openat(root_fd, file, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        text = malloc(FILE_MAX_BYTES + 1);
        if (!text)
                return -ENOMEM;
        while (used < FILE_MAX_BYTES && (n = read(fd, text + used, FILE_MAX_BYTES - used)) > 0)
                used += (size_t) n;
        text[used] = '\0';

        *ret = TAKE_PTR(text);
        *ret_size = used;
        return 0;
}

static bool is_qemu(int root_fd, const char *pid) {
        _cleanup_free_ char *command = NULL;
        size_t size;

        if (read_file(root_fd, pid, "comm", &command, &size) < 0)
                return false;

        return strncmp(command, "qemu", 4) == 0 || strncmp(command, "kvm", 3) == 0;
}

int domain_of_process(int root_fd, const char *pid, char ret[static DOMAIN_NAME_MAX]) {
        _cleanup_free_ char *cgroup = NULL, *cmdline = NULL;
        size_t size;
        int r;

        if (!is_qemu(root_fd, pid))
                return -ENOENT;
        r = read_file(root_fd, pid, "cgroup", &cgroup, &size);
        if (r >= 0 && domain_of_cgroup(cgroup, ret) >= 0)
                return 0;
        r = read_file(root_fd, pid, "cmdline", &cmdline, &size);

        return r < 0 ? r : domain_of_cmdline(cmdline, size, ret);
}
