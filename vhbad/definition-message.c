/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/definition-message.h"
#include "common/bus-error.h"

#include <string.h>

/* The longest value of a key fits in a line of a file; nothing longer is looked at. */
#define VALUE_MAX CONF_LINE_MAX

int definition_refuse(sd_bus_error *error, const ConfError *mistake) {
        return sd_bus_error_set(error, NPIVOT_ERROR_INVALID_DEFINITION, mistake->what);
}

static int refuse(sd_bus_error *error, const char *key, const char *what) {
        return sd_bus_error_setf(error, NPIVOT_ERROR_INVALID_DEFINITION, "%s: %s", key, what);
}

int wwn_read_argument(const char *text, const char *what, Wwn *ret, sd_bus_error *error) {
        Wwn wwn;

        if (wwn_parse(text, &wwn) < 0)
                return bus_error_refuse(error, NPIVOT_ERROR_INVALID_WWN,
                                        "%s: “%.40s” is not a WWN: 16 hex digits are.", what, text);

        *ret = wwn;
        return 0;
}

static int read_text(sd_bus_message *message, const char *key, const char **ret,
                     sd_bus_error *error) {
        int r;

        r = sd_bus_message_read(message, "v", "s", ret);
        if (r == -ENXIO)
                return refuse(error, key, "it is to be a string.");
        if (r < 0)
                return r;
        if (strlen(*ret) > VALUE_MAX)
                return refuse(error, key, "it is too long.");
        return 0;
}

static int read_wwn(sd_bus_message *message, const char *key, Wwn *ret, sd_bus_error *error) {
        const char *text;
        int r;

        r = read_text(message, key, &text, error);
        if (r < 0)
                return r;
        r = wwn_read_argument(text, key, ret, error);
        if (r < 0)
                return r;
        if (!wwn_has_valid_naa(*ret))
                return sd_bus_error_setf(error, NPIVOT_ERROR_INVALID_WWN,
                                         "%s: %s begins with no NAA that a fabric accepts "
                                         "(1, 2, 5, 6, c to f).",
                                         key, WWN_STR(*ret));
        return 0;
}

static int read_parent(sd_bus_message *message, const char *key, Parent *ret, sd_bus_error *error) {
        ConfError mistake = {};
        const char *text;
        int r;

        r = read_text(message, key, &text, error);
        if (r < 0)
                return r;
        r = parent_parse(text, ret, &mistake);
        return r == -EBADMSG ? definition_refuse(error, &mistake) : r;
}

static int read_symbolic_name(sd_bus_message *message, const char *key, Definition *definition,
                              sd_bus_error *error) {
        ConfError mistake = {};
        const char *text;
        int r;

        r = read_text(message, key, &text, error);
        if (r < 0)
                return r;
        r = symbolic_name_check(text, &mistake);
        if (r < 0)
                return r == -EBADMSG ? definition_refuse(error, &mistake) : r;
        (void) snprintf(definition->symbolic_name, sizeof definition->symbolic_name, "%s", text);
        return 0;
}

static int read_timeout(sd_bus_message *message, const char *key, uint64_t *ret,
                        sd_bus_error *error) {
        uint64_t usec;
        int r;

        r = sd_bus_message_read(message, "v", "t", &usec);
        if (r == -ENXIO)
                return refuse(error, key, "it is to be a number of type t.");
        if (r < 0)
                return r;
        if (usec < TIMEOUT_USEC_MIN || usec > TIMEOUT_USEC_MAX || usec % 1000000 != 0)
                return refuse(error, key, "it is to be whole seconds, from 1 s to 3600 s.");
        *ret = usec;
        return 0;
}

static int add_expect(Definition *definition, const char *text, ConfError *mistake) {
        Expect *grown;
        int r;

        if (definition->n_expect == EXPECT_MAX)
                return conf_error(mistake, 0, "more than %d LUNs", EXPECT_MAX);

        grown = reallocarray(definition->expect, definition->n_expect + 1, sizeof *grown);
        if (!grown)
                return -ENOMEM;
        definition->expect = grown;

        r = expect_parse(text, &grown[definition->n_expect], mistake);
        if (r >= 0)
                definition->n_expect++;
        return r;
}

static int read_expect(sd_bus_message *message, const char *key, Definition *definition,
                       sd_bus_error *error) {
        ConfError mistake = {};
        const char *text;
        int r;

        r = sd_bus_message_enter_container(message, 'v', "as");
        if (r == -ENXIO)
                return refuse(error, key, "it is to be a list of strings.");
        if (r < 0)
                return r;
        r = sd_bus_message_enter_container(message, 'a', "s");
        if (r < 0)
                return r;

        while ((r = sd_bus_message_read(message, "s", &text)) > 0) {
                r = add_expect(definition, text, &mistake);
                if (r < 0)
                        return r == -EBADMSG ? definition_refuse(error, &mistake) : r;
        }
        if (r < 0)
                return r;

        r = sd_bus_message_exit_container(message);
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

typedef enum Key {
        KEY_EXPECT,
        KEY_PARENT,
        KEY_SYMBOLIC_NAME,
        KEY_TIMEOUT,
        KEY_WWNN,
        KEY_WWPN,
        _KEY_MAX,
} Key;

static const char *const keys[_KEY_MAX] = {
        [KEY_EXPECT] = "Expect",
        [KEY_PARENT] = "Parent",
        [KEY_SYMBOLIC_NAME] = "SymbolicName",
        [KEY_TIMEOUT] = "TimeoutUSec",
        [KEY_WWNN] = "Wwnn",
        [KEY_WWPN] = "Wwpn",
};

static Key key_parse(const char *name) {
        Key key = 0;

        while (key < _KEY_MAX && strcmp(name, keys[key]) != 0)
                key++;
        return key;
}

static int read_value(sd_bus_message *message, Key key, Definition *definition,
                      sd_bus_error *error) {
        switch (key) {
        case KEY_EXPECT:
                return read_expect(message, keys[key], definition, error);
        case KEY_PARENT:
                return read_parent(message, keys[key], &definition->parent, error);
        case KEY_SYMBOLIC_NAME:
                return read_symbolic_name(message, keys[key], definition, error);
        case KEY_TIMEOUT:
                return read_timeout(message, keys[key], &definition->timeout_usec, error);
        case KEY_WWNN:
                return read_wwn(message, keys[key], &definition->wwnn, error);
        case KEY_WWPN:
                return read_wwn(message, keys[key], &definition->wwpn, error);
        default:
                return -EINVAL;
        }
}

static int read_entries(sd_bus_message *message, Definition *definition, sd_bus_error *error) {
        bool given[_KEY_MAX] = {};
        int r;

        while ((r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
                const char *name;
                Key key;

                r = sd_bus_message_read(message, "s", &name);
                if (r < 0)
                        return r;
                if (strcmp(name, "Peer") == 0 || strcmp(name, "Role") == 0)
                        return refuse(error, name, "it is set by SetPeer, for both of a pair.");
                key = key_parse(name);
                if (key == _KEY_MAX)
                        return bus_error_refuse(error, NPIVOT_ERROR_INVALID_DEFINITION,
                                                "“%.40s” is no key of a definition.", name);
                if (given[key])
                        return refuse(error, name, "it is given twice.");
                given[key] = true;

                r = read_value(message, key, definition, error);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(message);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;

        if (!given[KEY_WWPN])
                return refuse(error, keys[KEY_WWPN], "it is missing.");
        if (!given[KEY_WWNN])
                return refuse(error, keys[KEY_WWNN], "it is missing.");
        return 0;
}

/* What the parser of files would not read back must not get into a file. */
static int check_whole(const Definition *definition, Definition *ret, sd_bus_error *error) {
        _cleanup_free_ char *text = NULL;
        ConfError mistake = {};
        int r;

        r = definition_format(definition, &text);
        if (r < 0)
                return r;
        r = definition_parse(text, strlen(text), ret, &mistake);
        if (r == -E2BIG)
                return refuse(error, keys[KEY_EXPECT], "the definition would be too large.");
        if (r == -EBADMSG)
                return definition_refuse(error, &mistake);
        return r;
}

int definition_read_message(sd_bus_message *message, Definition *ret, sd_bus_error *error) {
        _cleanup_(definition_donep) Definition definition = {
                .timeout_usec = TIMEOUT_USEC_DEFAULT,
        };
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{sv}");
        if (r < 0)
                return r;
        r = read_entries(message, &definition, error);
        if (r < 0)
                return r;
        r = sd_bus_message_exit_container(message);
        if (r < 0)
                return r;
        return check_whole(&definition, ret, error);
}
