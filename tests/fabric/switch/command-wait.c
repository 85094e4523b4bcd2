/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "commands.h"

#include <string.h>

#define TIMEOUT_MSEC_DEFAULT 10000
#define TIMEOUT_MSEC_MAX 3600000

static bool wait_is_registered(const Fabric *fabric, uint64_t port_name) {
        const Port *port;

        TAILQ_FOREACH(port, &fabric->ports, entry)
                if (port->port_name == port_name && port->is_registered)
                        return true;
        return false;
}

static bool wait_is_on_link(const Fabric *fabric, uint64_t port_name, unsigned link_number) {
        const Port *port;

        TAILQ_FOREACH(port, &fabric->ports, entry)
                if (port->port_name == port_name && port->link->number == link_number)
                        return true;
        return false;
}

bool wait_is_over(const Fabric *fabric, const Wait *wait) {
        switch (wait->kind) {
        case WAIT_PRESENT:
                return port_find_name(&fabric->ports, wait->port_name);
        case WAIT_ABSENT:
                return !port_find_name(&fabric->ports, wait->port_name);
        case WAIT_REGISTERED:
                return wait_is_registered(fabric, wait->port_name);
        case WAIT_ON_LINK:
                return wait_is_on_link(fabric, wait->port_name, wait->link_number);
        case WAIT_ATTEMPTS:
                return attempt_log_count_name(&fabric->attempts, wait->port_name, false) >=
                       wait->count;
        case WAIT_DUPLICATES:
                return attempt_log_count_name(&fabric->attempts, wait->port_name, true) >=
                       wait->count;
        case WAIT_NONE:
                break;
        }
        return true;
}

static int wait_read_port(Request *request, size_t *i, Wait *wait) {
        const char *state = request->words[(*i)++];
        Link *link;
        int r;

        if (strcmp(state, "present") == 0)
                wait->kind = WAIT_PRESENT;
        else if (strcmp(state, "absent") == 0)
                wait->kind = WAIT_ABSENT;
        else if (strcmp(state, "registered") == 0)
                wait->kind = WAIT_REGISTERED;
        else if (strcmp(state, "on") == 0 && *i < request->n_words) {
                r = command_word_link(request, (*i)++, &link);
                if (r < 0)
                        return r;
                wait->kind = WAIT_ON_LINK;
                wait->link_number = link->number;
        } else
                return command_fail(request, -EINVAL,
                                    "Wait for what? present, absent, registered or on LINK.");
        return 0;
}

int command_wait(Request *request) {
        const char *what = request->words[1];
        Wait wait = { .timeout_msec = TIMEOUT_MSEC_DEFAULT };
        size_t i = 3;
        int r;

        r = command_word_wwn(request, 2, &wait.port_name);
        if (r < 0)
                return r;
        if (strcmp(what, "port") == 0) {
                r = wait_read_port(request, &i, &wait);
        } else if (strcmp(what, "attempts") == 0 || strcmp(what, "duplicates") == 0) {
                wait.kind = *what == 'a' ? WAIT_ATTEMPTS : WAIT_DUPLICATES;
                r = command_word_number(request, i++, 1, ATTEMPTS_KEPT, &wait.count);
        } else {
                r = command_fail(request, -EINVAL,
                                 "Wait for what? \"port\", \"attempts\" or \"duplicates\".");
        }
        if (r < 0)
                return r;
        if (i < request->n_words) {
                r = command_word_number(request, i++, 0, TIMEOUT_MSEC_MAX, &wait.timeout_msec);
                if (r < 0)
                        return r;
        }
        if (i < request->n_words)
                return command_fail(request, -EINVAL, "What is \"%s\" for?", request->words[i]);
        request->wait = wait;
        return command_done(request);
}
