/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/scale/lun-line.h"

#include "common/cleanup.h"

#include <err.h>
#include <inttypes.h>
#include <string.h>

#define PAGE_SIZE 1000U

static void check(int r) {
        if (r < 0)
                errx(1, "Cannot read a message of lunwatch: %s", strerror(-r));
}

static void append_links(sd_bus_message *message, char *line, size_t length) {
        const char *link;
        int r;

        check(sd_bus_message_enter_container(message, 'a', "s"));
        for (bool first = true; (r = sd_bus_message_read(message, "s", &link)) > 0; first = false)
                length += (size_t) snprintf(line + length, sizeof(LunLine) - length, "%s%s",
                                            first ? "" : ",", link);
        check(r);
        check(sd_bus_message_exit_container(message));
}

bool lun_line_read(sd_bus_message *message, LunLine ret, bool *ret_quarantined) {
        const char *hctl, *transport, *initiator, *node, *hba, *target, *wwid, *device, *sg, *state,
                *port_state, *access, *quarantine;
        uint64_t lun, size;
        uint32_t group;
        int vhba, n, r;

        r = sd_bus_message_enter_container(message, 'r', LUN_LINE_PATH);
        check(r);
        if (r == 0)
                return false;
        check(sd_bus_message_read(message, "sssssstssssssutbs", &hctl, &transport, &initiator,
                                  &node, &hba, &target, &lun, &wwid, &device, &sg, &state,
                                  &port_state, &access, &group, &size, &vhba, &quarantine));
        n = snprintf(ret, sizeof(LunLine), "%s %s %s %s %s %" PRIu64 " %s %s %s %s %" PRIu64 " ",
                     hctl, initiator, node, hba, target, lun, wwid, device, state, port_state,
                     size);
        /* The only blank inside a word: "Not Present". */
        if (strstr(ret, "Not Present"))
                strstr(ret, "Not Present")[3] = '_';
        append_links(message, ret, (size_t) n);
        check(sd_bus_message_exit_container(message));

        *ret_quarantined = *quarantine != '\0';
        return true;
}

int lun_line_list(sd_bus *bus, LunLineFunc func, void *userdata, uint64_t *ret_generation) {
        char cursor[256] = "";

        do {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
                const char *next;
                bool quarantined;
                LunLine line;
                int r;

                r = sd_bus_call_method(bus, LUNWATCH_NAME, LUNWATCH_PATH, LUNWATCH_MANAGER,
                                       "ListPaths", NULL, &reply, "a{sv}su", 0, cursor, PAGE_SIZE);
                if (r < 0)
                        return r;

                check(sd_bus_message_enter_container(reply, 'a', "(" LUN_LINE_PATH ")"));
                while (lun_line_read(reply, line, &quarantined))
                        func(line, userdata);
                check(sd_bus_message_exit_container(reply));
                check(sd_bus_message_read(reply, "st", &next, ret_generation));
                (void) snprintf(cursor, sizeof cursor, "%s", next);
        } while (*cursor);

        return 0;
}
