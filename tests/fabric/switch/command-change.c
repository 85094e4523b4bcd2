/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "argument.h"
#include "commands.h"
#include "common/wwn.h"
#include "fip.h"

#include <string.h>

static int command_word_switch(Request *request, size_t i, bool *ret) {
        if (argument_parse_switch(request->words[i], ret) < 0)
                return command_fail(request, -EINVAL, "\"%s\" is neither \"on\" nor \"off\".",
                                    request->words[i]);
        return 0;
}

int command_link(Request *request) {
        const char *state = request->words[2];
        bool down = strcmp(state, "down") == 0;
        Link *link;
        int r;

        r = command_word_link(request, 1, &link);
        if (r < 0)
                return r;
        if (!down && strcmp(state, "up") != 0)
                return command_fail(request, -EINVAL, "\"%s\" is neither \"down\" nor \"up\".",
                                    state);
        r = link_set_down(link, down);
        if (r < 0)
                return command_fail(request, r, "Cannot take the carrier from %s: %s.", link->name,
                                    strerror(-r));
        if (down)
                fabric_logout_link(request->fabric, link, "link down");
        else
                fip_advertise(request->fabric, link);
        return command_done(request);
}

static int command_clear_link(Request *request, Link *link) {
        Fabric *fabric = request->fabric;
        Port *port, *next;

        /* Vports first: a host that loses its own port asks for them again by itself. */
        for (int pass = 0; pass < 2; pass++)
                for (port = TAILQ_FIRST(&fabric->ports); port; port = next) {
                        next = TAILQ_NEXT(port, entry);
                        if (port->link != link || port->is_virtual != (pass == 0))
                                continue;
                        fip_clear_virtual_link(fabric, port);
                        fabric_logout(fabric, port, "cleared by command");
                }
        return command_done(request);
}

int command_cvl(Request *request) {
        uint64_t port_name;
        Port *port;
        Link *link;
        int r;

        if (strcmp(request->words[1], "link") == 0) {
                if (request->n_words < 3)
                        return command_fail(request, -EINVAL, "\"cvl link\" needs a link.");
                r = command_word_link(request, 2, &link);
                return r < 0 ? r : command_clear_link(request, link);
        }
        r = command_word_wwn(request, 1, &port_name);
        if (r < 0)
                return r;
        port = port_find_name(&request->fabric->ports, port_name);
        if (!port)
                return command_fail(request, -ENOENT, "%s is not logged in: see \"ports\".",
                                    WWN_STR(port_name));
        fip_clear_virtual_link(request->fabric, port);
        fabric_logout(request->fabric, port, "cleared by command");
        return command_done(request);
}

int command_rscn(Request *request) {
        uint64_t port_name;
        Port *port;
        int r;

        r = command_word_wwn(request, 1, &port_name);
        if (r < 0)
                return r;
        port = port_find_name(&request->fabric->ports, port_name);
        if (!port)
                return command_fail(request, -ENOENT, "%s is not logged in: see \"ports\".",
                                    WWN_STR(port_name));
        fabric_tell_change(request->fabric, port);
        return command_done(request);
}

int command_npiv(Request *request) {
        int r = command_word_switch(request, 1, &request->fabric->config.has_npiv);

        return r < 0 ? r : command_done(request);
}

int command_ns_zoning(Request *request) {
        int r = command_word_switch(request, 1, &request->fabric->config.has_ns_zoning);

        return r < 0 ? r : command_done(request);
}

int command_max_vports(Request *request) {
        Fabric *fabric = request->fabric;
        uint64_t vports_max;
        Link *link;
        int r;

        r = command_word_number(request, 1, 0, PORTS_PER_LINK - 1, &vports_max);
        if (r < 0)
                return r;
        if (request->n_words > 2) {
                r = command_word_link(request, 2, &link);
                if (r < 0)
                        return r;
                link->vports_max = (unsigned) vports_max;
                return command_done(request);
        }
        fabric->config.vports_max = (unsigned) vports_max;
        for (unsigned i = 0; i < FABRIC_LINKS_MAX; i++)
                if (fabric->links[i])
                        fabric->links[i]->vports_max = (unsigned) vports_max;
        return command_done(request);
}

int command_duplicate_policy(Request *request) {
        if (argument_parse_policy(request->words[1], &request->fabric->config.duplicate_policy) < 0)
                return command_fail(request, -EINVAL,
                                    "\"%s\" is none of \"reject\", \"takeover\", \"allow\".",
                                    request->words[1]);
        return command_done(request);
}

int command_keep_alive(Request *request) {
        uint64_t msec;
        int r;

        r = command_word_number(request, 1, KEEP_ALIVE_MSEC_MIN, KEEP_ALIVE_MSEC_MAX, &msec);
        if (r < 0)
                return r;
        fabric_set_keep_alive(request->fabric, (uint32_t) msec);
        return command_done(request);
}
