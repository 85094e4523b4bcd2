/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The single values of a definition (definition.h), to and from text: as in the file and as on the
 * bus. Whether they fit together is definition.c's business.
 */

#include "common/cleanup.h"
#include "vhbad/definition.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define DIGITS "0123456789"
#define HEX_DIGITS DIGITS "abcdefABCDEF"
#define BLANKS " \t"
#define PATHS_MAX 1024

static int print(char **ret, const char *format, ...) _printf_(2, 3);

static int print(char **ret, const char *format, ...) {
        char *text;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vasprintf(&text, format, ap);
        va_end(ap);
        if (n < 0)
                return -ENOMEM;

        *ret = text;
        return 0;
}

static void lower(char *s) {
        for (; *s != '\0'; s++)
                *s = (char) tolower((unsigned char) *s);
}

/* What comes after the prefix, or NULL. */
static const char *after(const char *s, const char *prefix) {
        size_t size = strlen(prefix);

        return strncmp(s, prefix, size) == 0 ? s + size : NULL;
}

static int parse_parent_wwn(const char *s, ParentKind kind, Parent *ret, ConfError *error) {
        Parent parent = { .kind = kind };

        if (wwn_parse(s, &parent.wwn) < 0)
                return conf_error(error, 0,
                                  "Parent=%s: “%s” is not a World Wide Name of 16 hex digits.",
                                  kind == PARENT_WWPN ? "wwpn" : "fabric", s);

        *ret = parent;
        return 0;
}

/* "0000:05:00.0": one spelling only, the kernel's. Domains may have five digits (VMD). */
static int parse_parent_pci(const char *s, Parent *ret, ConfError *error) {
        Parent parent = { .kind = PARENT_PCI };
        unsigned domain, bus, slot, function;
        size_t digits = strspn(s, HEX_DIGITS);
        int end = 0;

        if (digits < 4 || digits > 5 || strlen(s) != digits + strlen(":05:00.0") ||
            strspn(s, HEX_DIGITS ":.") != strlen(s) ||
            sscanf(s, "%x:%2x:%2x.%1x%n", &domain, &bus, &slot, &function, &end) != 4 ||
            s[end] != '\0' || slot > 0x1f || function > 7)
                return conf_error(error, 0,
                                  "Parent=pci:%s is not a PCI address such as 0000:05:00.0.", s);

        (void) snprintf(parent.name, sizeof parent.name, "%04x:%02x:%02x.%x", domain, bus, slot,
                        function);
        *ret = parent;
        return 0;
}

static int parse_parent_host(const char *s, Parent *ret, ConfError *error) {
        Parent parent = { .kind = PARENT_HOST };
        const char *number = after(s, "host");

        if (!number || number[0] == '\0' || number[strspn(number, DIGITS)] != '\0' ||
            strlen(number) > 9 || (number[0] == '0' && number[1] != '\0'))
                return conf_error(error, 0, "Parent=host:%s is not a host such as host5.", s);

        (void) snprintf(parent.name, sizeof parent.name, "%s", s);
        *ret = parent;
        return 0;
}

int parent_parse(const char *s, Parent *ret, ConfError *error) {
        const char *value;

        if (strcmp(s, "auto") == 0) {
                *ret = (Parent){ .kind = PARENT_AUTO };
                return 0;
        }
        value = after(s, "wwpn:");
        if (value)
                return parse_parent_wwn(value, PARENT_WWPN, ret, error);
        value = after(s, "fabric:");
        if (value)
                return parse_parent_wwn(value, PARENT_FABRIC, ret, error);
        value = after(s, "pci:");
        if (value)
                return parse_parent_pci(value, ret, error);
        value = after(s, "host:");
        if (value)
                return parse_parent_host(value, ret, error);

        return conf_error(error, 0,
                          "Parent=%s is none of auto, wwpn:NAME, pci:ADDRESS, fabric:NAME, "
                          "host:HOST.",
                          s);
}

int parent_format(const Parent *parent, char **ret) {
        switch (parent->kind) {
        case PARENT_WWPN:
                return print(ret, "wwpn:%s", WWN_STR(parent->wwn));
        case PARENT_FABRIC:
                return print(ret, "fabric:%s", WWN_STR(parent->wwn));
        case PARENT_PCI:
                return print(ret, "pci:%s", parent->name);
        case PARENT_HOST:
                return print(ret, "host:%s", parent->name);
        case PARENT_AUTO:
        default:
                return print(ret, "auto");
        }
}

int role_parse(const char *s, Role *ret, ConfError *error) {
        if (strcmp(s, "primary") == 0)
                *ret = ROLE_PRIMARY;
        else if (strcmp(s, "secondary") == 0)
                *ret = ROLE_SECONDARY;
        else
                return conf_error(error, 0, "Role=%s is neither primary nor secondary.", s);

        return 0;
}

const char *role_to_string(Role role) {
        switch (role) {
        case ROLE_PRIMARY:
                return "primary";
        case ROLE_SECONDARY:
                return "secondary";
        case ROLE_NONE:
        default:
                return "";
        }
}

/* Decimal, no sign, no leading blanks, the whole of s. */
static int parse_number(const char *s, uint64_t max, uint64_t *ret) {
        uint64_t number;

        if (s[0] == '\0' || s[strspn(s, DIGITS)] != '\0')
                return -EINVAL;
        errno = 0;
        number = strtoull(s, NULL, 10);
        if (errno != 0 || number > max)
                return -ERANGE;

        *ret = number;
        return 0;
}

/* multipath and scsi_id put the designator's type (3 NAA, 2 EUI-64) before its hex digits. */
static bool has_type_digit(const char *s) {
        size_t length = strlen(s);

        return (s[0] == '2' || s[0] == '3') && (length == 17 || length == 33) &&
               strspn(s, HEX_DIGITS) == length;
}

/* Until nothing is left to take away, so that what is written reads back as the same. */
static const char *skip_wwid_prefix(const char *s) {
        for (;;) {
                if (strncasecmp(s, "naa.", 4) == 0 || strncasecmp(s, "eui.", 4) == 0)
                        s += 4;
                else if (has_type_digit(s))
                        s += 1;
                else
                        return s;
        }
}

int wwid_parse(const char *s, char ret[static WWID_MAX], ConfError *error) {
        const char *value = skip_wwid_prefix(s);
        char wwid[WWID_MAX];

        if (value[0] == '\0')
                return conf_error(error, 0, "wwid: is empty.");
        if (strlen(value) >= sizeof wwid)
                return conf_error(error, 0, "wwid:%s is longer than %zu bytes.", s,
                                  sizeof wwid - 1);
        for (const char *p = value; *p != '\0'; p++)
                if (!isgraph((unsigned char) *p))
                        return conf_error(error, 0, "wwid:%s is not printable ASCII.", s);

        (void) strcpy(wwid, value);
        lower(wwid);
        (void) strcpy(ret, wwid);
        return 0;
}

/* One word after the number. */
static int parse_expect_word(const char *word, Expect *expect, ConfError *error) {
        const char *value;
        uint64_t paths;

        value = after(word, "wwid:");
        if (value && expect->wwid[0] == '\0')
                return wwid_parse(value, expect->wwid, error);

        value = after(word, "paths:");
        if (value && expect->paths == 0) {
                if (parse_number(value, PATHS_MAX, &paths) < 0 || paths == 0)
                        return conf_error(error, 0, "Lun=: paths:%s is not a number from 1 to %d.",
                                          value, PATHS_MAX);
                expect->paths = (unsigned) paths;
                return 0;
        }

        return conf_error(error, 0, "Lun=: “%s” is neither wwid:WWID nor paths:COUNT%s.", word,
                          value || after(word, "wwid:") ? ", or the second one" : "");
}

int expect_parse(const char *s, Expect *ret, ConfError *error) {
        _cleanup_free_ char *copy = NULL;
        Expect expect = { 0 };
        char *word, *rest;
        int r;

        copy = strdup(s);
        if (!copy)
                return -ENOMEM;

        word = strtok_r(copy, BLANKS, &rest);
        if (!word || parse_number(word, UINT64_MAX, &expect.lun) < 0)
                return conf_error(error, 0, "Lun=%s does not begin with a LUN number.", s);

        while ((word = strtok_r(NULL, BLANKS, &rest))) {
                r = parse_expect_word(word, &expect, error);
                if (r < 0)
                        return r;
        }
        if (expect.paths == 0)
                expect.paths = 1;

        *ret = expect;
        return 0;
}

int expect_format(const Expect *expect, char **ret) {
        bool has_wwid = expect->wwid[0] != '\0';
        char paths[32] = "";

        if (expect->paths > 1)
                (void) snprintf(paths, sizeof paths, " paths:%u", expect->paths);

        return print(ret, "%" PRIu64 "%s%s%s", expect->lun, has_wwid ? " wwid:" : "", expect->wwid,
                     paths);
}

int symbolic_name_check(const char *s, ConfError *error) {
        size_t length = strlen(s);

        if (length > SYMBOLIC_NAME_MAX)
                return conf_error(error, 0, "SymbolicName= is longer than %d bytes.",
                                  SYMBOLIC_NAME_MAX);

        for (size_t i = 0; i < length; i++) {
                if (s[i] < ' ' || s[i] > '~')
                        return conf_error(error, 0, "SymbolicName= is not printable ASCII.");
                if (s[i] == ' ' && (i == 0 || i == length - 1))
                        return conf_error(error, 0, "SymbolicName= begins or ends with a blank.");
                if (s[i] == ' ' && (s[i + 1] == '#' || s[i + 1] == ';'))
                        return conf_error(error, 0,
                                          "SymbolicName= has a comment sign after a blank.");
        }

        return 0;
}
