/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/port.h"

#include "common/escape.h"
#include "common/log.h"
#include "common/message-ids.h"
#include "vhbad/force.h"
#include "vhbad/store.h"

#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <time.h>

static void print(char *buf, size_t size, const char *format, va_list ap) _printf_(3, 0);

static void print(char *buf, size_t size, const char *format, va_list ap) {
        (void) vsnprintf(buf, size, format, ap);
        (void) escape_in_place(buf);
}

static void tell_systemd(Port *port, const char *text) {
        if (strcmp(port->said, text) == 0)
                return;

        (void) snprintf(port->said, sizeof port->said, "%s", text);
        (void) sd_notifyf(0, "STATUS=%s", text);
}

void port_status(Port *port, const char *format, ...) {
        char text[sizeof port->said];
        va_list ap;

        va_start(ap, format);
        print(text, sizeof text, format, ap);
        va_end(ap);
        tell_systemd(port, text);
}

Cause port_succeed(Port *port, const char *message_id, const char *format, ...) {
        char text[sizeof port->said];
        va_list ap;

        va_start(ap, format);
        print(text, sizeof text, format, ap);
        va_end(ap);
        tell_systemd(port, text);
        log_event(LOG_INFO, message_id, port->name, "vHBA %s: %s", port->name, text);

        return CAUSE_NONE;
}

Cause port_fail(Port *port, Cause cause, const char *message_id, const char *format, ...) {
        char what[sizeof port->said], text[sizeof port->said];
        va_list ap;

        va_start(ap, format);
        print(what, sizeof what, format, ap);
        va_end(ap);

        (void) snprintf(text, sizeof text, "%.340s %.160s", what, cause_next_step(cause));
        tell_systemd(port, escape_in_place(text));
        log_event_cause(LOG_ERR, message_id, port->wwpn != 0 ? port->name : NULL,
                        cause_to_string(cause), "vHBA %s: %s %s (%s)", port->name, what,
                        cause_next_step(cause), cause_to_string(cause));

        return cause;
}

Cause port_load(Port *port, Definition *ret) {
        _cleanup_(store_donep) Store store = { .fd = -EBADF };
        _cleanup_free_ char *path = NULL;
        ConfError error = { 0 };
        int r;

        r = store_open(&store);
        if (r < 0)
                return port_fail(port, CAUSE_BAD_DEFINITION, MESSAGE_VHBA_FAILED,
                                 "Cannot open the directory of definitions: %s.", strerror(-r));

        r = store_load(&store, port->wwpn, ret, &path, &error);
        if (r == -ENOENT)
                return port_fail(port, CAUSE_BAD_DEFINITION, MESSAGE_VHBA_FAILED,
                                 "There is no definition %s/%s.conf.", store.path, port->name);
        if (r == -EBADMSG && error.line > 0)
                return port_fail(port, CAUSE_BAD_DEFINITION, MESSAGE_VHBA_FAILED, "%s:%u: %s", path,
                                 error.line, error.what);
        if (r == -EBADMSG)
                return port_fail(port, CAUSE_BAD_DEFINITION, MESSAGE_VHBA_FAILED, "%s: %s", path,
                                 error.what);
        if (r < 0)
                return port_fail(port, CAUSE_UNEXPECTED, MESSAGE_VHBA_FAILED,
                                 "Cannot read %s/%s.conf: %s.", store.path, port->name,
                                 strerror(-r));

        return CAUSE_NONE;
}

bool port_take_force(const Port *port) {
        char path[sizeof PORT_RUN_DIR + WWN_STRING_LEN + 16];
        struct stat st = { 0 };
        bool is_asked;
        time_t age;

        (void) snprintf(path, sizeof path, PORT_RUN_DIR "/%s.force", port->name);
        is_asked = lstat(path, &st) >= 0 && S_ISREG(st.st_mode) && st.st_uid == 0;
        /* If it cannot be taken away it would force the next stop as well: then not this one. */
        if (is_asked && unlink(path) < 0)
                return false;

        /* One that is old, or of another clock, was for a stop that never ran. */
        age = time(NULL) - st.st_mtime;
        return is_asked && age >= 0 && age < FORCE_SEC;
}
