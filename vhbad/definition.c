/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/definition.h"

#include "common/cleanup.h"

#include <inttypes.h>
#include <string.h>

/* The single values are in definition-value.c. */

#define USEC_PER_SEC UINT64_C(1000000)
#define FRACTION_DIGITS 6

void definition_done(Definition *definition) {
        free(definition->expect);
        *definition = (Definition){ 0 };
}

/* The parsers of single values know no line. */
static int at_line(int r, unsigned line, ConfError *error) {
        if (r == -EBADMSG)
                error->line = line;

        return r;
}

static int parse_name(const char *key, const char *value, unsigned line, Wwn *ret,
                      ConfError *error) {
        Wwn wwn;

        if (wwn_parse(value, &wwn) < 0)
                return conf_error(error, line, "%s=%s is not a World Wide Name of 16 hex digits.",
                                  key, value);
        if (!wwn_has_valid_naa(wwn))
                return conf_error(error, line,
                                  "%s=%s begins with %x. Fabrics accept names that begin with 1, "
                                  "2, 5, 6 or c to f.",
                                  key, value, (unsigned) (wwn >> 60));

        *ret = wwn;
        return 0;
}

static int on_wwpn(const char *value, unsigned line, void *userdata, ConfError *error) {
        return parse_name("Wwpn", value, line, &((Definition *) userdata)->wwpn, error);
}

static int on_wwnn(const char *value, unsigned line, void *userdata, ConfError *error) {
        return parse_name("Wwnn", value, line, &((Definition *) userdata)->wwnn, error);
}

static int on_peer(const char *value, unsigned line, void *userdata, ConfError *error) {
        return parse_name("Peer", value, line, &((Definition *) userdata)->peer, error);
}

static int on_parent(const char *value, unsigned line, void *userdata, ConfError *error) {
        return at_line(parent_parse(value, &((Definition *) userdata)->parent, error), line, error);
}

static int on_role(const char *value, unsigned line, void *userdata, ConfError *error) {
        return at_line(role_parse(value, &((Definition *) userdata)->role, error), line, error);
}

static int on_symbolic_name(const char *value, unsigned line, void *userdata, ConfError *error) {
        Definition *definition = userdata;
        int r;

        r = symbolic_name_check(value, error);
        if (r < 0)
                return at_line(r, line, error);

        (void) strcpy(definition->symbolic_name, value);
        return 0;
}

static int on_lun(const char *value, unsigned line, void *userdata, ConfError *error) {
        Definition *definition = userdata;
        Expect expect, *grown;
        int r;

        r = expect_parse(value, &expect, error);
        if (r < 0)
                return at_line(r, line, error);

        for (size_t i = 0; i < definition->n_expect; i++)
                if (definition->expect[i].lun == expect.lun)
                        return conf_error(error, line, "Lun=%" PRIu64 " is given twice.",
                                          expect.lun);
        if (definition->n_expect >= EXPECT_MAX)
                return conf_error(error, line, "There are more than %d Lun= lines.", EXPECT_MAX);

        grown = reallocarray(definition->expect, definition->n_expect + 1, sizeof expect);
        if (!grown)
                return -ENOMEM;
        definition->expect = grown;
        definition->expect[definition->n_expect++] = expect;

        return 0;
}

/* At most `max` digits, to the end of the digits; NULL when there is none, or more. */
static const char *read_digits(const char *s, size_t max, uint64_t *ret) {
        size_t n = strspn(s, "0123456789");
        uint64_t number = 0;

        if (n == 0 || n > max)
                return NULL;
        for (size_t i = 0; i < n; i++)
                number = number * 10 + (uint64_t) (s[i] - '0');

        *ret = number;
        return s + n;
}

/* "60" or "1.5": the bus has microseconds, and they must survive the way into the file and back. */
static int parse_seconds(const char *s, uint64_t *ret_usec) {
        uint64_t seconds, fraction = 0;
        const char *end;

        end = read_digits(s, FRACTION_DIGITS, &seconds);
        if (!end)
                return -EINVAL;
        if (*end == '.') {
                const char *start = end + 1;

                end = read_digits(start, FRACTION_DIGITS, &fraction);
                if (!end)
                        return -EINVAL;
                for (size_t n = (size_t) (end - start); n < FRACTION_DIGITS; n++)
                        fraction *= 10;
        }
        if (*end != '\0')
                return -EINVAL;

        *ret_usec = seconds * USEC_PER_SEC + fraction;
        return 0;
}

static int on_timeout(const char *value, unsigned line, void *userdata, ConfError *error) {
        uint64_t usec;

        if (parse_seconds(value, &usec) < 0)
                return conf_error(error, line, "TimeoutSec=%s is not a number of seconds.", value);
        if (usec < TIMEOUT_USEC_MIN || usec > TIMEOUT_USEC_MAX)
                return conf_error(error, line, "TimeoutSec=%s is not between 1 and 3600 seconds.",
                                  value);

        ((Definition *) userdata)->timeout_usec = usec;
        return 0;
}

/* What no single line can tell. */
static int check_whole(const Definition *definition, ConfError *error) {
        if (definition->wwpn == 0)
                return conf_error(error, 0, "Wwpn= is missing in [Vhba].");
        if (definition->wwnn == 0)
                return conf_error(error, 0, "Wwnn= is missing in [Vhba].");
        if (definition->peer != 0 && definition->role == ROLE_NONE)
                return conf_error(error, 0, "Peer= needs Role=primary or Role=secondary.");
        if (definition->peer == 0 && definition->role != ROLE_NONE)
                return conf_error(error, 0, "Role= needs Peer=.");
        if (definition->peer == definition->wwpn)
                return conf_error(error, 0, "Peer= is the vHBA itself.");

        return 0;
}

int definition_parse(const char *text, size_t size, Definition *ret, ConfError *error) {
        static const ConfKey keys[] = {
                { "Vhba", "Wwpn", false, on_wwpn },
                { "Vhba", "Wwnn", false, on_wwnn },
                { "Vhba", "Parent", false, on_parent },
                { "Vhba", "Peer", false, on_peer },
                { "Vhba", "Role", false, on_role },
                { "Vhba", "SymbolicName", false, on_symbolic_name },
                { "Expect", "Lun", true, on_lun },
                { "Expect", "TimeoutSec", false, on_timeout },
        };
        _cleanup_(definition_donep) Definition definition = {
                .timeout_usec = TIMEOUT_USEC_DEFAULT,
        };
        int r;

        r = conf_parse(text, size, keys, ARRAY_LEN(keys), &definition, error);
        if (r == -E2BIG)
                return -EBADMSG;
        if (r < 0)
                return r;
        r = check_whole(&definition, error);
        if (r < 0)
                return r;

        *ret = definition;
        definition.expect = NULL;
        return 0;
}

static int print_expect(FILE *file, const Definition *definition) {
        int r;

        if (definition->n_expect == 0 && definition->timeout_usec == TIMEOUT_USEC_DEFAULT)
                return 0;

        (void) fprintf(file, "\n[Expect]\n");
        for (size_t i = 0; i < definition->n_expect; i++) {
                _cleanup_free_ char *lun = NULL;

                r = expect_format(&definition->expect[i], &lun);
                if (r < 0)
                        return r;
                (void) fprintf(file, "Lun=%s\n", lun);
        }
        if (definition->timeout_usec % USEC_PER_SEC == 0)
                (void) fprintf(file, "TimeoutSec=%" PRIu64 "\n",
                               definition->timeout_usec / USEC_PER_SEC);
        else
                (void) fprintf(file, "TimeoutSec=%" PRIu64 ".%06" PRIu64 "\n",
                               definition->timeout_usec / USEC_PER_SEC,
                               definition->timeout_usec % USEC_PER_SEC);

        return 0;
}

static int print_definition(FILE *file, const Definition *definition) {
        _cleanup_free_ char *parent = NULL;
        int r;

        r = parent_format(&definition->parent, &parent);
        if (r < 0)
                return r;

        (void) fprintf(file, "[Vhba]\nWwpn=%s\nWwnn=%s\nParent=%s\n", WWN_STR(definition->wwpn),
                       WWN_STR(definition->wwnn), parent);
        if (definition->peer != 0)
                (void) fprintf(file, "Peer=%s\nRole=%s\n", WWN_STR(definition->peer),
                               role_to_string(definition->role));
        if (definition->symbolic_name[0] != '\0')
                (void) fprintf(file, "SymbolicName=%s\n", definition->symbolic_name);

        return print_expect(file, definition);
}

int definition_format(const Definition *definition, char **ret) {
        _cleanup_(fclosep) FILE *file = NULL;
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        file = open_memstream(&text, &size);
        if (!file)
                return -ENOMEM;

        r = print_definition(file, definition);
        if (r < 0)
                return r;
        if (fclose(TAKE_PTR(file)) != 0)
                return -ENOMEM;

        *ret = TAKE_PTR(text);
        return 0;
}

int definition_copy(const Definition *definition, Definition *ret) {
        Definition copy = *definition;

        copy.expect = NULL;
        if (definition->n_expect > 0) {
                copy.expect = calloc(definition->n_expect, sizeof *copy.expect);
                if (!copy.expect)
                        return -ENOMEM;
                memcpy(copy.expect, definition->expect, definition->n_expect * sizeof *copy.expect);
        }

        *ret = copy;
        return 0;
}

static bool expect_equal(const Expect *a, const Expect *b) {
        return a->lun == b->lun && a->paths == b->paths && strcmp(a->wwid, b->wwid) == 0;
}

bool definition_equal(const Definition *a, const Definition *b) {
        if (a->wwpn != b->wwpn || a->wwnn != b->wwnn || a->peer != b->peer || a->role != b->role ||
            a->timeout_usec != b->timeout_usec || a->n_expect != b->n_expect)
                return false;
        if (a->parent.kind != b->parent.kind || a->parent.wwn != b->parent.wwn ||
            strcmp(a->parent.name, b->parent.name) != 0 ||
            strcmp(a->symbolic_name, b->symbolic_name) != 0)
                return false;

        for (size_t i = 0; i < a->n_expect; i++)
                if (!expect_equal(&a->expect[i], &b->expect[i]))
                        return false;

        return true;
}
