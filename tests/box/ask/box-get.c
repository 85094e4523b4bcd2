/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * box-get STATE SERVICE OBJECT INTERFACE PROPERTY [SEC VALUE...]: prints a property of an object on
 * the bus of the box whose directory STATE is ("-": here); with values, waits until it is one of
 * them. Exit code 0; 1: it cannot be read, or is not one of them in time; 2: not a simple type
 * (busctl has those).
 */

#include "tests/box/ask/leader.h"

#include "common/cleanup.h"
#include "common/clock.h"

#include <err.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>

/* Of a service that has been killed nothing is heard, and it may be another one next time. */
#define LOOK_USEC 200000

typedef struct Wanted {
        const char *service, *object, *interface, *property;
        char **values;
} Wanted;

static int open_bus(const char *state, sd_bus **ret) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        char address[PATH_MAX];
        pid_t leader;
        int r;

        if (strcmp(state, "-") == 0)
                return sd_bus_open_system(ret);

        leader = leader_of(state);
        if (leader <= 0)
                return -ESRCH;
        (void) snprintf(address, sizeof address,
                        "unix:path=/proc/%d/root/run/dbus/system_bus_socket", leader);
        r = sd_bus_new(&bus);
        if (r >= 0)
                r = sd_bus_set_address(bus, address);
        if (r >= 0)
                r = sd_bus_set_bus_client(bus, 1);
        if (r >= 0)
                r = sd_bus_start(bus);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(bus);
        return 0;
}

/* The text of a value; -ENOTSUP for a container. */
static int read_value(sd_bus_message *message, char type, char **ret) {
        union {
                const char *text;
                int truth;
                uint8_t u8;
                uint16_t u16;
                uint32_t u32;
                int64_t i64;
                uint64_t u64;
                double number;
        } is;
        int r;

        if (!strchr("sobyqutxd", type))
                return -ENOTSUP;
        r = sd_bus_message_read_basic(message, type, &is);
        if (r < 0)
                return r;

        if (type == 's' || type == 'o')
                *ret = strdup(is.text);
        else if (type == 'b')
                *ret = strdup(is.truth ? "true" : "false");
        else if (type == 'd')
                r = asprintf(ret, "%g", is.number);
        else if (type == 'x')
                r = asprintf(ret, "%" PRId64, is.i64);
        else
                r = asprintf(ret, "%" PRIu64,
                             type == 'y'   ? (uint64_t) is.u8
                             : type == 'q' ? (uint64_t) is.u16
                             : type == 'u' ? (uint64_t) is.u32
                                           : is.u64);
        return r < 0 || !*ret ? -ENOMEM : 0;
}

static int get(sd_bus *bus, const Wanted *wanted, char **ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *contents;
        char type;
        int r;

        r = sd_bus_call_method(bus, wanted->service, wanted->object,
                               "org.freedesktop.DBus.Properties", "Get", &error, &reply, "ss",
                               wanted->interface, wanted->property);
        if (r < 0)
                return asprintf(ret, "%s", error.message ? error.message : strerror(-r)) < 0
                               ? -ENOMEM
                               : r;
        r = sd_bus_message_peek_type(reply, &type, &contents);
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'v', contents);
        return r < 0 ? r : read_value(reply, contents[0], ret);
}

static bool is_one_of(const char *text, char **values) {
        for (; *values; values++)
                if (strcmp(text, *values) == 0)
                        return true;

        return false;
}

/* Until a signal or a while. What came while another answer was awaited counts. */
static void wait_a_while(sd_bus *bus, uint64_t usec) {
        if (sd_bus_process(bus, NULL) <= 0)
                (void) sd_bus_wait(bus, usec);
        while (sd_bus_process(bus, NULL) > 0)
                ;
}

static int wait_for_value(sd_bus *bus, const Wanted *wanted, uint64_t end_usec, char **ret) {
        uint64_t now;
        int r;

        r = sd_bus_match_signal(bus, NULL, NULL, wanted->object, "org.freedesktop.DBus.Properties",
                                "PropertiesChanged", NULL, NULL);
        for (; r >= 0; free(TAKE_PTR(*ret))) {
                r = get(bus, wanted, ret);
                if (r >= 0 && is_one_of(*ret, wanted->values))
                        return 0;
                now = clock_now_usec(CLOCK_MONOTONIC);
                if (r == -ENOTSUP || now >= end_usec)
                        return r < 0 ? r : -ETIME;
                wait_a_while(bus, end_usec - now < LOOK_USEC ? end_usec - now : LOOK_USEC);
                r = 0;
        }

        return r;
}

int main(int argc, char *argv[]) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _cleanup_free_ char *text = NULL;
        Wanted wanted;
        int r;

        if (argc != 6 && argc < 8)
                errx(2, "usage: box-get STATE SERVICE OBJECT INTERFACE PROPERTY [SEC VALUE...]");

        wanted = (Wanted){ argv[2], argv[3], argv[4], argv[5], argc > 6 ? argv + 7 : NULL };
        r = open_bus(argv[1], &bus);
        if (r >= 0)
                r = wanted.values ? wait_for_value(bus, &wanted,
                                                   clock_now_usec(CLOCK_MONOTONIC) +
                                                           strtoull(argv[6], NULL, 10) * 1000000,
                                                   &text)
                                  : get(bus, &wanted, &text);
        if (r >= 0) {
                (void) puts(text);
                return 0;
        }
        if (r == -ETIME)
                warnx("not within %s s: %s of %s is %s", argv[6], wanted.property, wanted.object,
                      text);
        else
                warnx("%s of %s: %s", wanted.property, wanted.object, text ? text : strerror(-r));
        return r == -ENOTSUP ? 2 : 1;
}
