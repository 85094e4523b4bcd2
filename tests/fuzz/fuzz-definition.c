/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * definition_parse(): what it accepts keeps its promises, and reads the same when it is written and
 * read again; what it refuses has words and a line of the text.
 */

#include "common/cleanup.h"
#include "common/escape.h"
#include "tests/fuzz/fuzz.h"
#include "vhbad/definition.h"

static void check_promises(const Definition *definition) {
        ConfError error = { 0 };

        assert(wwn_has_valid_naa(definition->wwpn) && wwn_has_valid_naa(definition->wwnn));
        assert((definition->peer == 0) == (definition->role == ROLE_NONE));
        assert(definition->peer != definition->wwpn);
        assert(definition->timeout_usec >= TIMEOUT_USEC_MIN);
        assert(definition->timeout_usec <= TIMEOUT_USEC_MAX);
        assert(definition->n_expect <= EXPECT_MAX);
        assert(symbolic_name_check(definition->symbolic_name, &error) == 0);
        /* They become parts of paths and of units. */
        assert(!strpbrk(definition->parent.name, "/ \t\n%\\"));

        for (size_t i = 0; i < definition->n_expect; i++)
                assert(definition->expect[i].paths >= 1);
}

static void check_reads_the_same(const Definition *definition) {
        _cleanup_(definition_donep) Definition again = { 0 };
        _cleanup_free_ char *text = NULL;
        ConfError error = { 0 };

        assert(definition_format(definition, &text) == 0);
        /* A text that comes near the limit may pass it in the form that we write. */
        if (strlen(text) > CONF_FILE_MAX)
                return;
        assert(definition_parse(text, strlen(text), &again, &error) == 0);
        assert(definition_equal(definition, &again));
}

static void check_error(const uint8_t *data, size_t size, const ConfError *error) {
        _cleanup_free_ char *words = strdup(error->what);
        unsigned lines = 1;

        for (size_t i = 0; i < size; i++)
                lines += data[i] == '\n';

        assert(words && *words != '\0');
        assert(strcmp(escape_in_place(words), error->what) == 0);
        assert(error->line <= lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(definition_donep) Definition definition = { 0 };
        ConfError error = { 0 };
        int r;

        r = definition_parse((const char *) data, size, &definition, &error);
        if (r < 0) {
                assert(r == -EBADMSG);
                check_error(data, size, &error);
                return 0;
        }

        check_promises(&definition);
        check_reads_the_same(&definition);
        fuzz_planted_fault(data, size,
                           definition.parent.kind == PARENT_HOST && definition.wwpn >> 60 != 2);
        return 0;
}
