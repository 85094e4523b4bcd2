/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A client of QEMU's monitor (docs/interop/qmp-spec.rst) on an event loop. Commands are sent
 * without waiting for each other, and each has a time-out. What is on the other end may be
 * anything: its messages are limited, and one that makes no sense ends the connection, with the
 * reason in words.
 *
 * A connection that is lost is made again, later and later. Nothing is sent again: events may have
 * been missed, and what a command did is not known, so who uses this asks for the state each time
 * it is ready. A monitor has one client at a time: a second one waits for its greeting.
 */

#include "common/json-read.h"
#include "common/qmp/arguments.h"

#include <sys/types.h>
#include <systemd/sd-event.h>

#define QMP_TIMEOUT_USEC (30 * 1000 * 1000ULL)
#define QMP_GREETING_USEC (10 * 1000 * 1000ULL)
#define QMP_RETRY_MIN_USEC (100 * 1000ULL)
#define QMP_RETRY_MAX_USEC (5 * 1000 * 1000ULL)

/* Commands that wait for their answers. */
#define QMP_PENDING_MAX 256

typedef struct Qmp Qmp;

typedef struct QmpVersion {
        uint32_t major, minor, micro; /* for people: features are probed, see schema.h */
        bool has_oob;                 /* exec-oob can be used */
        uid_t uid;                    /* whose process it is */
} QmpVersion;

typedef struct QmpHandler {
        /* The monitor takes commands: ask for the state. */
        void (*on_ready)(void *userdata, const QmpVersion *version);
        /* data may be NULL. Unknown names are nothing to worry about. */
        void (*on_event)(void *userdata, const char *name, const JsonValue *data);
        /*
         * After all that waited had their answer, -ECONNRESET. It is tried again by itself. error:
         * -ECONNREFUSED or -ENOENT when nobody listens there, so that QEMU is gone; -ETIMEDOUT when
         * it gives no greeting; others.
         */
        void (*on_lost)(void *userdata, int error, const char *words);
        void *userdata;
} QmpHandler;

typedef struct QmpError {
        const char *error_class; /* "GenericError", "CommandNotFound", "DeviceNotFound", … */
        const char *words;       /* QEMU's, made safe */
} QmpError;

/*
 * r: 0 and QEMU's value (NULL when it returned none that is an object or array); -EREMOTEIO and
 * QEMU's error; -ETIMEDOUT: what it did is not known; -ECONNRESET: neither is it.
 */
typedef void (*QmpFunc)(void *userdata, int r, const JsonValue *value, const QmpError *error);

/* Connects when the loop runs. size_max: bytes of one message, 0 for 16 MiB. */
int qmp_new(sd_event *event, const char *socket, size_t size_max, const QmpHandler *handler,
            Qmp **ret);

/* Nobody is called any more. Not from inside a callback of this client. */
Qmp *qmp_free(Qmp *qmp);
DEFINE_CLEANUP(Qmp *, qmp_free);

/* The same from inside a callback: nobody is called from now on, it is freed by the loop. */
void qmp_free_later(Qmp *qmp);

bool qmp_is_ready(const Qmp *qmp);

typedef struct QmpCall {
        const char *command;
        QmpArguments *arguments; /* taken over in any case; NULL: none */
        bool is_oob;             /* out of band: gets through when the others do not */
        uint64_t timeout_usec;   /* 0: QMP_TIMEOUT_USEC */
        QmpFunc func;            /* or NULL */
        void *userdata;
} QmpCall;

/*
 * -ENOTCONN: not ready. -EOPNOTSUPP: no out of band commands here. -ENOBUFS: too many wait already.
 * func is called later, or not at all if this fails.
 */
int qmp_execute(Qmp *qmp, const QmpCall *call);

/* Calls of this userdata are answered to nobody any more. */
void qmp_forget(Qmp *qmp, const void *userdata);
