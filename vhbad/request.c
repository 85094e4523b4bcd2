/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/request.h"
#include "common/cleanup.h"
#include "vhbad/manager.h"

#include <stdarg.h>
#include <string.h>

/* Below the 25 s that clients wait, so that they hear who it is that does not answer. */
#define TIMEOUT_USEC (20 * UINT64_C(1000000))

int request_new(Manager *manager, sd_bus_message *call, Wwn wwpn, Request **ret) {
        Request *request;

        request = malloc(sizeof *request);
        if (!request)
                return -ENOMEM;
        *request = (Request){
                .manager = manager,
                .call = sd_bus_message_ref(call),
                .wwpn = wwpn,
        };
        LIST_INSERT_HEAD(&manager->requests, request, link);

        *ret = request;
        return 0;
}

Request *request_free(Request *request) {
        if (!request)
                return NULL;

        LIST_REMOVE(request, link);
        sd_bus_slot_unref(request->slot);
        sd_event_source_disable_unref(request->deadline);
        free(request->job);
        sd_bus_message_unref(request->call);
        free(request);
        return NULL;
}

void request_list_done(RequestList *list) {
        while (!LIST_EMPTY(list))
                request_free(LIST_FIRST(list));
}

static int on_answer(sd_bus_message *answer, void *userdata, sd_bus_error *unused) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        Request *request = userdata;
        int r;

        request->slot = sd_bus_slot_unref(request->slot);
        r = request->next(request, answer, &error);
        if (r == 0)
                return 0;
        /* Fails only when the client is gone, and then nobody waits for it. */
        if (sd_bus_error_is_set(&error))
                (void) sd_bus_reply_method_error(request->call, &error);
        else if (r < 0)
                (void) sd_bus_reply_method_errno(request->call, r, NULL);
        request_free(request);
        return 0;
}

int request_ask(Request *request, RequestNext next, const char *member, const char *types, ...) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *question = NULL;
        va_list arguments;
        int r;

        r = sd_bus_message_new_method_call(request->manager->bus, &question, SYSTEMD_NAME,
                                           SYSTEMD_PATH, SYSTEMD_MANAGER, member);
        if (r < 0)
                return r;
        va_start(arguments, types);
        r = sd_bus_message_appendv(question, types, arguments);
        va_end(arguments);
        if (r < 0)
                return r;

        request->next = next;
        r = sd_bus_call_async(request->manager->bus, &request->slot, question, on_answer, request,
                              TIMEOUT_USEC);
        return r < 0 ? r : 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata) {
        Request *request = userdata;

        (void) sd_bus_reply_method_return(request->call, NULL);
        request_free(request);
        return 0;
}

int request_reply_after_job(Request *request, sd_bus_message *answer) {
        const char *job;
        int r;

        r = sd_bus_message_read(answer, "o", &job);
        if (r < 0)
                return r;
        request->job = strdup(job);
        if (!request->job)
                return -ENOMEM;
        r = sd_event_add_time_relative(request->manager->event, &request->deadline, CLOCK_MONOTONIC,
                                       TIMEOUT_USEC, 0, on_deadline, request);
        return r < 0 ? r : 0;
}

void request_list_finish_job(RequestList *list, const char *job) {
        Request *request, *next;

        for (request = LIST_FIRST(list); request; request = next) {
                next = LIST_NEXT(request, link);
                if (!request->job || strcmp(request->job, job) != 0)
                        continue;
                (void) sd_bus_reply_method_return(request->call, NULL);
                request_free(request);
        }
}

bool request_is_refused(const Request *request, sd_bus_message *answer, sd_bus_error *error) {
        const sd_bus_error *refusal = sd_bus_message_get_error(answer);

        if (!refusal)
                return false;
        (void) sd_bus_error_setf(error, refusal->name, "systemd, about vhba@%s.service: %s",
                                 WWN_STR(request->wwpn), refusal->message);
        return true;
}

bool request_is_unanswered(sd_bus_message *answer) {
        return sd_bus_error_has_names(sd_bus_message_get_error(answer),
                                      SD_BUS_ERROR_SERVICE_UNKNOWN, SD_BUS_ERROR_NAME_HAS_NO_OWNER);
}
