/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A method call that has come in, for tests of what reads one; and how it is refused. Nothing is
 * sent.
 */

#include "tests/unit/bus-peer.h"

#include <string.h>

static inline sd_bus_message *bus_call_of(BusPeer *peer, const char *types, ...) {
        sd_bus_message *call = NULL;
        va_list ap;

        assert(sd_bus_message_new_method_call(peer->client, &call, NULL, "/", NULL, "Start") >= 0);
        va_start(ap, types);
        assert(sd_bus_message_appendv(call, types, ap) >= 0);
        va_end(ap);
        assert(sd_bus_message_seal(call, 1, 0) >= 0);
        assert(sd_bus_message_rewind(call, true) >= 0);

        return call;
}

static inline void assert_refused(int r, const sd_bus_error *error, const char *words) {
        assert(r < 0);
        assert(sd_bus_error_has_name(error, "org.npivot.Error.InvalidArgument"));
        assert(strstr(error->message, words));
}
