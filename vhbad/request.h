/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A client's call that needs an answer of PID 1 first: holds the call, asks, goes on with the
 * answer, and sees to it that the client gets one. By the time of an answer everything may have
 * changed, so a request keeps a WWPN and never a vHBA.
 */

#include "common/wwn.h"

#include <stdbool.h>
#include <sys/queue.h>
#include <systemd/sd-bus.h>

typedef struct Manager Manager;
typedef struct Request Request;

/*
 * What to do with PID 1's answer, which may be an error. 0: has asked again; > 0: has replied to
 * the client; < 0: the client gets the error.
 */
typedef int (*RequestNext)(Request *request, sd_bus_message *answer, sd_bus_error *error);

struct Request {
        Manager *manager;
        sd_bus_message *call;
        Wwn wwpn;
        bool enable; /* SetAutostart's argument */
        RequestNext next;
        sd_bus_slot *slot;
        char *job; /* whose end it waits for */
        sd_event_source *deadline;
        LIST_ENTRY(Request) link;
};

typedef LIST_HEAD(RequestList, Request) RequestList;

int request_new(Manager *manager, sd_bus_message *call, Wwn wwpn, Request **ret);
Request *request_free(Request *request);
void request_list_done(RequestList *list);

/* Calls a method of PID 1's manager, with a deadline. After success the request frees itself. */
int request_ask(Request *request, RequestNext next, const char *member, const char *types, ...);

/*
 * Replies to the client, with nothing, when the job that the answer names is over, however it
 * ended, or the deadline is. What RequestNext returns.
 */
int request_reply_after_job(Request *request, sd_bus_message *answer);
void request_list_finish_job(RequestList *list, const char *job);

/* Whether the answer is an error; then error has it, with the vHBA named. */
bool request_is_refused(const Request *request, sd_bus_message *answer, sd_bus_error *error);
/* Whether nobody answered because there is no systemd on this bus. */
bool request_is_unanswered(sd_bus_message *answer);

static inline void request_freep(Request **request) {
        request_free(*request);
}
