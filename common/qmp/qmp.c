/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qmp/qmp.h"

#include "common/escape.h"
#include "common/qmp/stream.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/queue.h>

#define ACCURACY_USEC (10 * 1000ULL)
#define WORDS_MAX 512

typedef enum QmpState {
        QMP_WAITING,  /* for the next attempt */
        QMP_GREETING, /* for the other end to say what it is */
        QMP_NEGOTIATING,
        QMP_READY,
} QmpState;

typedef struct Pending {
        TAILQ_ENTRY(Pending) pending;
        Qmp *qmp;
        uint64_t id;
        QmpFunc func;
        void *userdata;
        sd_event_source *timer;
} Pending;

struct Qmp {
        sd_event *event;
        char *socket;
        QmpHandler handler;
        QmpState state;
        QmpVersion version;

        Stream stream;
        sd_event_source *timer; /* of the greeting, or until the next attempt */
        uint64_t retry_usec;

        TAILQ_HEAD(, Pending) pending;
        size_t n_pending;
        uint64_t last_id;
};

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata);

static Pending *pending_free(Pending *pending) {
        if (!pending)
                return NULL;

        (void) sd_event_source_disable_unref(pending->timer);
        free(pending);
        return NULL;
}

DEFINE_CLEANUP(Pending *, pending_free);

static void drop(Pending *pending) {
        Qmp *qmp = pending->qmp;

        TAILQ_REMOVE(&qmp->pending, pending, pending);
        qmp->n_pending--;
        (void) pending_free(pending);
}

static void answer(Pending *pending, int r, const JsonValue *value, const QmpError *error) {
        QmpFunc func = pending->func;
        void *userdata = pending->userdata;

        drop(pending);
        if (func)
                func(userdata, r, value, error);
}

static void set_timer(Qmp *qmp, uint64_t usec) {
        (void) sd_event_source_set_time_relative(qmp->timer, usec);
        (void) sd_event_source_set_enabled(qmp->timer, SD_EVENT_ONESHOT);
}

/* Commands that the answers bring about find no connection: none is added. */
static void lose(Qmp *qmp, int error, const char *format, ...) _printf_(3, 4);
static void lose(Qmp *qmp, int error, const char *format, ...) {
        char words[WORDS_MAX];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(words, sizeof words, format, ap);
        va_end(ap);

        stream_close(&qmp->stream);
        qmp->state = QMP_WAITING;
        set_timer(qmp, qmp->retry_usec);
        qmp->retry_usec *= 2;
        if (qmp->retry_usec > QMP_RETRY_MAX_USEC)
                qmp->retry_usec = QMP_RETRY_MAX_USEC;

        while (!TAILQ_EMPTY(&qmp->pending))
                answer(TAILQ_FIRST(&qmp->pending), -ECONNRESET, NULL, NULL);
        qmp->handler.on_lost(qmp->handler.userdata, error, escape_in_place(words));
}

/* ---- sending */

/* All of it, or nothing. Commands and keys are ours: nothing in them has to be quoted. */
static int send_call(Qmp *qmp, const QmpCall *call, uint64_t id) {
        const char *arguments = call->arguments ? qmp_arguments_text(call->arguments) : "{}";
        _cleanup_free_ char *line = NULL;
        int n;

        if (!arguments)
                return -ENOMEM;
        n = asprintf(&line, "{\"%s\":\"%s\",\"arguments\":%s,\"id\":%" PRIu64 "}\r\n",
                     call->is_oob ? "exec-oob" : "execute", call->command, arguments, id);
        if (n < 0) {
                line = NULL;
                return -ENOMEM;
        }
        return stream_send(&qmp->stream, line, (size_t) n);
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata) {
        answer(userdata, -ETIMEDOUT, NULL, NULL);
        return 0;
}

static int new_pending(Qmp *qmp, const QmpCall *call, Pending **ret) {
        _cleanup_(pending_freep) Pending *pending = NULL;
        int r;

        pending = calloc(1, sizeof *pending);
        if (!pending)
                return -ENOMEM;
        *pending = (Pending){
                .qmp = qmp,
                .id = ++qmp->last_id,
                .func = call->func,
                .userdata = call->userdata,
        };
        r = sd_event_add_time_relative(qmp->event, &pending->timer, CLOCK_MONOTONIC,
                                       call->timeout_usec ?: QMP_TIMEOUT_USEC, ACCURACY_USEC,
                                       on_timeout, pending);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(pending);
        return 0;
}

static int submit(Qmp *qmp, const QmpCall *call) {
        _cleanup_(pending_freep) Pending *pending = NULL;
        int r;

        if (qmp->n_pending >= QMP_PENDING_MAX)
                return -ENOBUFS;
        r = new_pending(qmp, call, &pending);
        if (r >= 0)
                r = send_call(qmp, call, pending->id);
        if (r < 0)
                return r;

        TAILQ_INSERT_TAIL(&qmp->pending, pending, pending);
        qmp->n_pending++;
        TAKE_PTR(pending);
        return 0;
}

int qmp_execute(Qmp *qmp, const QmpCall *call) {
        int r;

        if (qmp->state != QMP_READY)
                r = -ENOTCONN;
        else if (call->is_oob && !qmp->version.has_oob)
                r = -EOPNOTSUPP;
        else
                r = submit(qmp, call);

        (void) qmp_arguments_free(call->arguments);
        return r;
}

void qmp_forget(Qmp *qmp, const void *userdata) {
        Pending *pending;

        TAILQ_FOREACH(pending, &qmp->pending, pending)
                if (pending->userdata == userdata)
                        pending->func = NULL;
}

/* ---- what comes */

static void become_ready(void *userdata, int r, const JsonValue *value, const QmpError *error) {
        Qmp *qmp = userdata;

        if (r == -ECONNRESET)
                return;
        if (r < 0) {
                lose(qmp, r, "QEMU's monitor refuses to begin: %s",
                     error ? error->words : "no answer");
                return;
        }

        qmp->state = QMP_READY;
        qmp->retry_usec = QMP_RETRY_MIN_USEC;
        qmp->handler.on_ready(qmp->handler.userdata, &qmp->version);
}

static bool has_word(const JsonValue *array, const char *word) {
        for (size_t i = 0; i < json_read_length(array); i++)
                if (strcmp(json_read_text(json_read_item(array, i)), word) == 0)
                        return true;

        return false;
}

static int take_greeting(Qmp *qmp, const JsonValue *message) {
        const JsonValue *greeting = json_read_object(message, "QMP"), *number;
        QmpCall call = { .command = "qmp_capabilities", .func = become_ready, .userdata = qmp };
        int r;

        if (!greeting)
                return -EBADMSG;
        number = json_read_object(json_read_object(greeting, "version"), "qemu");
        qmp->version = (QmpVersion){
                .major = (uint32_t) json_read_number(number, "major", 0),
                .minor = (uint32_t) json_read_number(number, "minor", 0),
                .micro = (uint32_t) json_read_number(number, "micro", 0),
                .has_oob = has_word(json_read_array(greeting, "capabilities"), "oob"),
        };
        (void) sd_event_source_set_enabled(qmp->timer, SD_EVENT_OFF);
        r = stream_query_uid(&qmp->stream, &qmp->version.uid);
        if (r < 0)
                return r;

        call.arguments = qmp_arguments_new();
        if (qmp->version.has_oob)
                qmp_arguments_append_string(call.arguments, "enable", "oob");
        r = call.arguments ? submit(qmp, &call) : -ENOMEM;
        (void) qmp_arguments_free(call.arguments);
        if (r >= 0)
                qmp->state = QMP_NEGOTIATING;
        return r;
}

static Pending *find_pending(const Qmp *qmp, uint64_t id) {
        Pending *pending;

        TAILQ_FOREACH(pending, &qmp->pending, pending)
                if (pending->id == id)
                        return pending;

        return NULL;
}

/* An answer that came too late has nobody any more who waits; one to what was never asked is a lie.
 */
static int take_answer(Qmp *qmp, const JsonValue *message) {
        uint64_t id = json_read_number(message, "id", 0);
        const JsonValue *error = json_read_object(message, "error");
        Pending *pending = find_pending(qmp, id);
        char words[WORDS_MAX], name[64];
        QmpError qmp_error = { name, words };

        if (id == 0 || id > qmp->last_id)
                return -EBADMSG;
        if (!pending)
                return 0;
        if (!error) {
                const JsonValue *value = json_read_object(message, "return");

                answer(pending, 0, value ?: json_read_array(message, "return"), NULL);
                return 0;
        }

        (void) snprintf(name, sizeof name, "%s", json_read_string(error, "class"));
        (void) snprintf(words, sizeof words, "%s", json_read_string(error, "desc"));
        (void) escape_in_place(name);
        (void) escape_in_place(words);
        answer(pending, -EREMOTEIO, NULL, &qmp_error);
        return 0;
}

static int on_message(void *userdata, const JsonValue *message) {
        Qmp *qmp = userdata;
        const char *event = json_read_string(message, "event");

        if (qmp->state == QMP_GREETING)
                return take_greeting(qmp, message);
        if (!*event)
                return take_answer(qmp, message);

        qmp->handler.on_event(qmp->handler.userdata, event, json_read_object(message, "data"));
        return 0;
}

static void on_lost(void *userdata, int error) {
        Qmp *qmp = userdata;

        lose(qmp, error, "%s: %s.", qmp->socket, stream_describe(error));
}

/* ---- connecting */

static void attempt(Qmp *qmp) {
        int r;

        r = stream_open(&qmp->stream, qmp->event, qmp->socket);
        if (r < 0) {
                lose(qmp, r, "%s: %s.", qmp->socket, strerror(-r));
                return;
        }

        qmp->state = QMP_GREETING;
        set_timer(qmp, QMP_GREETING_USEC);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Qmp *qmp = userdata;

        if (qmp->state == QMP_WAITING)
                attempt(qmp);
        else
                lose(qmp, -ETIMEDOUT,
                     "%s: no greeting; a monitor has one client at a time, and it may have one.",
                     qmp->socket);
        return 0;
}

int qmp_new(sd_event *event, const char *socket, size_t size_max, const QmpHandler *handler,
            Qmp **ret) {
        _cleanup_(qmp_freep) Qmp *qmp = NULL;
        int r;

        qmp = calloc(1, sizeof *qmp);
        if (!qmp)
                return -ENOMEM;
        *qmp = (Qmp){
                .event = sd_event_ref(event),
                .socket = strdup(socket),
                .handler = *handler,
                .stream = { on_message, on_lost, qmp, -EBADF, .frame.max = size_max },
                .retry_usec = QMP_RETRY_MIN_USEC,
        };
        TAILQ_INIT(&qmp->pending);
        if (!qmp->socket)
                return -ENOMEM;
        r = sd_event_add_time_relative(event, &qmp->timer, CLOCK_MONOTONIC, 0, ACCURACY_USEC,
                                       on_timer, qmp);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(qmp);
        return 0;
}

Qmp *qmp_free(Qmp *qmp) {
        if (!qmp)
                return NULL;

        while (!TAILQ_EMPTY(&qmp->pending))
                drop(TAILQ_FIRST(&qmp->pending));
        stream_close(&qmp->stream);
        (void) sd_event_source_disable_unref(qmp->timer);
        (void) sd_event_unref(qmp->event);
        free(qmp->socket);
        free(qmp);
        return NULL;
}

static int on_free(sd_event_source *source, void *userdata) {
        (void) qmp_free(userdata);
        return 0;
}

/* The timer is not needed any more: what ends it is the deferred source, which the loop owns. */
void qmp_free_later(Qmp *qmp) {
        if (!qmp)
                return;

        while (!TAILQ_EMPTY(&qmp->pending))
                drop(TAILQ_FIRST(&qmp->pending));
        stream_close(&qmp->stream);
        qmp->state = QMP_WAITING;
        qmp->timer = sd_event_source_disable_unref(qmp->timer);
        if (sd_event_add_defer(qmp->event, NULL, on_free, qmp) < 0)
                (void) qmp_free(qmp);
}

bool qmp_is_ready(const Qmp *qmp) {
        return qmp->state == QMP_READY;
}
