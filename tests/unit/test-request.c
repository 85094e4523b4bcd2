/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/request.h"
#include "tests/unit/bus-call.h"

static BusPeer peer;

/* n bytes: "/aaa…". */
static const char *path_of(size_t n) {
        static char path[512];

        assert(n < sizeof path);
        memset(path, 'a', n);
        path[0] = '/';
        path[n] = '\0';
        return path;
}

static int read_monitor(const char *path, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = bus_call_of(&peer, "s", path);
        const char *monitor = NULL;
        int r = request_read_monitor(call, &monitor, error);

        assert(r < 0 ? !monitor : strcmp(monitor, path) == 0);
        return r;
}

static void test_a_monitor_fits_a_socket_and_a_line(void) {
        static const char *const malformed[] = { "",     "run/qmp", "/run/a b", "/run/a;b",
                                                 "/a#b", "/a\nb",   "/a\x7f",   "/run/m\xc3\xbc" };

        assert(read_monitor("/run/qmp:1", NULL) == 0);
        assert(read_monitor(path_of(107), NULL) == 0);
        for (size_t i = 0; i <= ARRAY_LEN(malformed); i++) {
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
                const char *path = i < ARRAY_LEN(malformed) ? malformed[i] : path_of(108);

                assert_refused(read_monitor(path, &error), &error, "The monitor is an absolute");
        }
}

static int read_address(const char *text, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = bus_call_of(&peer, "s", text);
        _cleanup_free_ char *address = NULL;
        int r = request_read_address(call, &address, error);

        assert(r < 0 ? !address : strcmp(address, text) == 0);
        return r;
}

static void test_an_address_is_numbers(void) {
        static const char *const malformed[] = { "", "host.example", "1.2.3", "::1%lo", "::1 " };

        assert(read_address("192.0.2.1", NULL) == 0);
        assert(read_address("2001:db8::1", NULL) == 0);
        for (size_t i = 0; i < ARRAY_LEN(malformed); i++) {
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;

                assert_refused(read_address(malformed[i], &error), &error, "not an IP address");
        }
}

static void test_a_disk_has_names_that_can_be_written_down(void) {
        _cleanup_(sd_bus_error_free) sd_bus_error name_error = SD_BUS_ERROR_NULL;
        static const char *const nodes[] = {
                "",     "-",        "a:b",
                "a b",  "a;",       "a\"b",
                "a\\b", "\xc3\xbc", "a234567890123456789012345678901x"
        };

        assert(request_check_name("web-1.vda", NULL) == 0);
        assert(request_check_node("vda", "#block123", NULL) == 0);
        assert(request_check_node("vda", "a23456789012345678901234567890x", NULL) == 0);
        for (size_t i = 0; i < ARRAY_LEN(nodes); i++) {
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;

                assert_refused(request_check_node("vda", nodes[i], &error), &error,
                               "is not the name of a node");
        }

        assert_refused(request_check_name("../vda", &name_error), &name_error,
                       "is not a target name");
}

/* ---- options */

typedef struct Taken {
        char *certificates, *peer_name;
        bool is_plain;
        unsigned n;
} Taken;

static void taken_done(Taken *taken) {
        free(taken->certificates);
        free(taken->peer_name);
}

static int take(sd_bus_message *call, const char *name, void *userdata, sd_bus_error *error) {
        Taken *taken = userdata;

        taken->n++;
        if (strcmp(name, "Certificates") == 0)
                return request_read_certificates(call, &taken->certificates, error);
        if (strcmp(name, "PeerName") == 0)
                return request_read_peer_name(call, &taken->peer_name, error);
        if (strcmp(name, "Tls") == 0)
                return request_read_tls(call, &taken->is_plain);

        return request_refuse(error, "There is no %s.", name);
}

static void test_every_option_is_read(void) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call =
                bus_call_of(&peer, "a{sv}s", 3, "Tls", "b", false, "Certificates", "s",
                            path_of(200), "PeerName", "s", "host.example", "behind");
        _cleanup_(taken_done) Taken taken = { 0 };
        const char *behind;

        assert(request_read_options(call, take, &taken, NULL) >= 0);
        assert(taken.n == 3 && taken.is_plain);
        assert(strcmp(taken.certificates, path_of(200)) == 0);
        assert(strcmp(taken.peer_name, "host.example") == 0);
        assert(sd_bus_message_read(call, "s", &behind) > 0 && strcmp(behind, "behind") == 0);
}

static void test_an_option_that_is_wrong_is_named(void) {
        static const struct {
                const char *name, *type, *value, *words;
        } cases[] = {
                { "Tls", "s", "no", "Tls has a value of another type." },
                { "Colour", "s", "red", "There is no Colour." },
                { "Certificates", "o", "/etc", "Certificates has a value of another type." },
                { "Certificates", "s", "etc", "Certificates is the absolute path" },
                { "Certificates", "s", "/etc/\xc3\xbc", "Certificates is the absolute path" },
                { "PeerName", "s", "", "“” is not a name in a certificate." },
                { "PeerName", "s", "a b", "“a b” is not a name in a certificate." },
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = bus_call_of(
                        &peer, "a{sv}", 1, cases[i].name, cases[i].type, cases[i].value);
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
                _cleanup_(taken_done) Taken taken = { 0 };

                assert_refused(request_read_options(call, take, &taken, &error), &error,
                               cases[i].words);
                assert(taken.n == 1 && !taken.certificates && !taken.peer_name);
        }
}

static void test_what_is_too_long_is_refused(void) {
        static const struct {
                const char *name;
                size_t max;
        } cases[] = { { "Certificates", REQUEST_DIRECTORY_MAX },
                      { "PeerName", REQUEST_PEER_NAME_MAX } };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                for (size_t more = 0; more <= 1; more++) {
                        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call =
                                bus_call_of(&peer, "a{sv}", 1, cases[i].name, "s",
                                            path_of(cases[i].max + more));
                        _cleanup_(taken_done) Taken taken = { 0 };
                        int r = request_read_options(call, take, &taken, NULL);

                        assert((r >= 0) == (more == 0));
                }
}

static void test_certificates_are_for_tls_and_have_a_name(void) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL,
                                                  other = SD_BUS_ERROR_NULL;

        assert(request_check_tls(NULL, NULL, true, NULL) == 0);
        assert(request_check_tls(NULL, NULL, false, NULL) == 0);
        assert(request_check_tls("/etc", "host", false, NULL) == 0);
        assert(request_check_tls("/etc", NULL, false, NULL) < 0);
        assert_refused(request_check_tls(NULL, "host", false, &error), &error, "need each other");
        assert_refused(request_check_tls("/etc", "host", true, &other), &other, "leave out");
}

int main(void) {
        bus_peer_open(&peer);
        test_a_monitor_fits_a_socket_and_a_line();
        test_an_address_is_numbers();
        test_a_disk_has_names_that_can_be_written_down();
        test_every_option_is_read();
        test_an_option_that_is_wrong_is_named();
        test_what_is_too_long_is_refused();
        test_certificates_are_for_tls_and_have_a_name();
        bus_peer_done(&peer);
        return 0;
}
