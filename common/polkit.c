/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/polkit.h"

#include "common/bus-error.h"
#include "common/bus-object.h"
#include "common/cleanup.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/queue.h>

#define POLKIT_NAME "org.freedesktop.PolicyKit1"
#define POLKIT_PATH "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_INTERFACE "org.freedesktop.PolicyKit1.Authority"

#define ALLOW_USER_INTERACTION 1u
#define INTERACTIVE_TIMEOUT_USEC (120 * 1000000ULL) /* somebody types a password */

/* A call that waits: for polkit's answer, or (agreed) to be delivered again. */
typedef struct Check {
        TAILQ_ENTRY(Check) checks;
        sd_bus_message *call;
        char *action;
        char *details; /* joined; what was asked about must be what is done */
        uid_t uid;
        uint64_t id;
        sd_bus_slot *answer;
        sd_bus_slot *caller_left;
        bool agreed;
} Check;

/* The agreed ones in the order in which they are delivered again; the others anywhere. */
static TAILQ_HEAD(, Check) checks = TAILQ_HEAD_INITIALIZER(checks);

static Check *check_free(Check *check) {
        if (!check)
                return NULL;

        sd_bus_slot_unref(check->answer);
        sd_bus_slot_unref(check->caller_left);
        sd_bus_message_unref(check->call);
        free(check->action);
        free(check->details);
        free(check);
        return NULL;
}

DEFINE_CLEANUP(Check *, check_free);

static void check_drop(Check *check) {
        TAILQ_REMOVE(&checks, check, checks);
        check_free(check);
}

static Check *check_find(const sd_bus_message *call) {
        Check *check;

        TAILQ_FOREACH(check, &checks, checks)
                if (check->call == call)
                        return check;

        return NULL;
}

static unsigned count_pending(uid_t uid) {
        unsigned n = 0;
        Check *check;

        TAILQ_FOREACH(check, &checks, checks)
                n += check->uid == uid && !check->agreed;

        return n;
}

/* In a form in which equal means the same question. */
static int join_details(const char *const *details, char **ret) {
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *file;

        file = open_memstream(&text, &size);
        if (!file)
                return -ENOMEM;
        for (const char *const *p = details; p && p[0] && p[1]; p += 2)
                (void) fprintf(file, "%zu:%s=%zu:%s;", strlen(p[0]), p[0], strlen(p[1]), p[1]);
        if (fclose(file) != 0)
                return -ENOMEM;

        *ret = TAKE_PTR(text);
        return 0;
}

/*
 * Calls are delivered again in the order of their answers. So whatever was agreed to earlier than
 * the one in hand has come and gone without being fetched: its object had vanished, say.
 */
static int fetch_answer(Check *check, const char *action, const char *const *details,
                        sd_bus_error *error) {
        _cleanup_free_ char *now = NULL;
        bool is_same;
        sd_bus *bus = sd_bus_message_get_bus(check->call);
        Check *other = TAILQ_FIRST(&checks);
        int r;

        r = join_details(details, &now);
        is_same = r >= 0 && strcmp(check->action, action) == 0 && strcmp(check->details, now) == 0;

        while (other != check) {
                Check *next = TAILQ_NEXT(other, checks);

                if (other->agreed && sd_bus_message_get_bus(other->call) == bus)
                        check_drop(other);
                other = next;
        }
        check_drop(check);

        return is_same ? 1
                       : sd_bus_error_setf(
                                 error, SD_BUS_ERROR_ACCESS_DENIED,
                                 "What was asked of polkit has changed since; call again.");
}

/* Reads polkit's answer. 0: yes. Else the errno of the error that it fills in. */
static int read_answer(const Check *check, sd_bus_message *reply, sd_bus_error *error) {
        int authorized, challenge, r;

        if (sd_bus_message_is_method_error(reply, NULL))
                return sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED,
                                         "Only root may do this: polkit does not answer (%s).",
                                         sd_bus_message_get_error(reply)->message ?: "no reason");

        r = sd_bus_message_enter_container(reply, 'r', "bba{ss}");
        if (r < 0)
                return sd_bus_error_set_errno(error, r);
        r = sd_bus_message_read(reply, "bb", &authorized, &challenge);
        if (r < 0)
                return sd_bus_error_set_errno(error, r);

        if (authorized)
                return 0;
        if (challenge)
                return sd_bus_error_set(error, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
                                        "Interactive authentication required.");

        return sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED, "polkit refuses %s.",
                                 check->action);
}

static int deliver_again(Check *check) {
        int r;

        r = sd_bus_message_rewind(check->call, true);
        if (r < 0)
                return r;
        r = sd_bus_enqueue_for_read(sd_bus_message_get_bus(check->call), check->call);
        if (r < 0)
                return r;

        check->answer = sd_bus_slot_unref(check->answer);
        check->caller_left = sd_bus_slot_unref(check->caller_left);
        check->agreed = true;
        TAILQ_REMOVE(&checks, check, checks);
        TAILQ_INSERT_TAIL(&checks, check, checks);
        return 0;
}

static int on_answer(sd_bus_message *reply, void *userdata, sd_bus_error *unused) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        Check *check = userdata;
        int r;

        r = read_answer(check, reply, &error);
        if (r >= 0) {
                r = deliver_again(check);
                if (r >= 0)
                        return 1;
                sd_bus_error_set_errno(&error, r);
        }

        /* Fails only if the caller or the bus is gone, and then nobody waits for it. */
        (void) sd_bus_reply_method_error(check->call, &error);
        check_drop(check);
        return 1;
}

static void format_id(const Check *check, char ret[static 32]) {
        (void) snprintf(ret, 32, "npivot-%" PRIu64, check->id);
}

/* Nobody is there any more to type the password. */
static int on_caller_left(sd_bus_message *signal, void *userdata, sd_bus_error *error) {
        Check *check = userdata;
        char id[32];

        format_id(check, id);
        (void) sd_bus_call_method_async(sd_bus_message_get_bus(signal), NULL, POLKIT_NAME,
                                        POLKIT_PATH, POLKIT_INTERFACE, "CancelCheckAuthorization",
                                        NULL, NULL, "s", id);
        check_drop(check);
        return 0;
}

static int append_details(sd_bus_message *question, const char *const *details) {
        int r;

        r = sd_bus_message_open_container(question, 'a', "{ss}");
        if (r < 0)
                return r;

        for (const char *const *p = details; p && p[0] && p[1]; p += 2) {
                r = sd_bus_message_append(question, "{ss}", p[0], p[1]);
                if (r < 0)
                        return r;
        }

        return sd_bus_message_close_container(question);
}

static int new_question(const Check *check, const char *const *details, bool interactive,
                        sd_bus_message **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *question = NULL;
        char id[32];
        int r;

        r = sd_bus_message_new_method_call(sd_bus_message_get_bus(check->call), &question,
                                           POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE,
                                           "CheckAuthorization");
        if (r < 0)
                return r;

        r = sd_bus_message_append(question, "(sa{sv})s", "system-bus-name", 1, "name", "s",
                                  sd_bus_message_get_sender(check->call), check->action);
        if (r < 0)
                return r;

        r = append_details(question, details);
        if (r < 0)
                return r;

        format_id(check, id);
        r = sd_bus_message_append(question, "us", interactive ? ALLOW_USER_INTERACTION : 0u, id);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(question);
        return 0;
}

static int watch_caller(Check *check) {
        char match[256];

        (void) snprintf(match, sizeof match,
                        "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
                        "interface='org.freedesktop.DBus',member='NameOwnerChanged',"
                        "arg0='%s',arg2=''",
                        sd_bus_message_get_sender(check->call));

        return sd_bus_add_match_async(sd_bus_message_get_bus(check->call), &check->caller_left,
                                      match, on_caller_left, NULL, check);
}

static int ask(sd_bus_message *call, uid_t uid, const char *action, const char *const *details) {
        static uint64_t last_id;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *question = NULL;
        _cleanup_(check_freep) Check *check = NULL;
        bool interactive;
        int r;

        check = calloc(1, sizeof *check);
        if (!check)
                return -ENOMEM;
        *check = (Check){
                .call = sd_bus_message_ref(call),
                .action = strdup(action),
                .uid = uid,
                .id = ++last_id,
        };
        if (!check->action)
                return -ENOMEM;
        r = join_details(details, &check->details);
        if (r < 0)
                return r;

        interactive = sd_bus_message_get_allow_interactive_authorization(call) > 0;
        r = new_question(check, details, interactive, &question);
        if (r < 0)
                return r;
        r = watch_caller(check);
        if (r < 0)
                return r;
        r = sd_bus_call_async(sd_bus_message_get_bus(call), &check->answer, question, on_answer,
                              check, interactive ? INTERACTIVE_TIMEOUT_USEC : 0);
        if (r < 0)
                return r;

        TAILQ_INSERT_HEAD(&checks, check, checks);
        TAKE_PTR(check);
        return 0;
}

int polkit_check(sd_bus_message *call, const char *action, const char *const *details,
                 sd_bus_error *error) {
        Check *check;
        uid_t uid;
        int r;

        check = check_find(call);
        if (check && check->agreed)
                return fetch_answer(check, action, details, error);
        if (check)
                return 0;

        r = bus_query_uid(call, &uid);
        if (r < 0)
                return sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED,
                                         "Cannot tell who is calling.");
        if (uid == 0 || uid == geteuid())
                return 1;

        if (!sd_bus_message_get_sender(call))
                return sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED,
                                         "Only root may do this on a connection without a bus.");
        if (count_pending(uid) >= POLKIT_PENDING_MAX)
                return sd_bus_error_setf(error, NPIVOT_ERROR_LIMIT,
                                         "User %u has %u calls waiting for polkit already.", uid,
                                         POLKIT_PENDING_MAX);

        return ask(call, uid, action, details);
}

void polkit_forget(sd_bus *bus) {
        Check *check = TAILQ_FIRST(&checks);

        while (check) {
                Check *next = TAILQ_NEXT(check, checks);

                if (sd_bus_message_get_bus(check->call) == bus)
                        check_drop(check);
                check = next;
        }
}
