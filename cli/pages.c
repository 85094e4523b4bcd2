/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/pages.h"

#include <string.h>

#define PAGE_SIZE UINT32_C(1000)

static int call_page(Client *client, const Pages *pages, const char *cursor, sd_bus_error *error,
                     sd_bus_message **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        r = sd_bus_message_new_method_call(client->bus, &call, LUNWATCH_NAME, LUNWATCH_ROOT,
                                           pages->interface, pages->method);
        if (r >= 0)
                r = pages->append ? pages->append(call, pages->question)
                                  : sd_bus_message_append(call, "a{sv}", 0);
        if (r >= 0)
                r = sd_bus_message_append(call, "su", cursor, PAGE_SIZE);
        if (r < 0)
                return r;

        return sd_bus_call(client->bus, call, 0, error, ret);
}

static int read_page(const Pages *pages, sd_bus_message *reply, const char **ret_next) {
        uint64_t generation = 0;
        int r;

        r = pages->read(reply, pages->userdata);
        if (r >= 0)
                r = sd_bus_message_read(reply, "s", ret_next);
        if (r >= 0 && pages->has_generation)
                r = sd_bus_message_read(reply, "t", &generation);
        if (r < 0)
                return r;

        return pages->end_page ? pages->end_page(generation, pages->userdata) : 0;
}

int pages_query(Client *client, const Pages *pages, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *next = "";
        int r;

        do {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *last = TAKE_PTR(reply);

                r = call_page(client, pages, next, error, &reply);
                if (r >= 0)
                        r = read_page(pages, reply, &next);
                if (r < 0)
                        return r;
        } while (*next != '\0');

        return 0;
}
