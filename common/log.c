/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/log.h"

#include "common/escape.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>

#define MESSAGE_MAX 2048
#define KMSG_MAX 960 /* the kernel refuses records over 1 KiB, its own prefix included */
#define KMSG_TEXT_MAX 896

typedef enum Sink {
        SINK_STDERR,
        SINK_JOURNAL,
        SINK_KMSG,
} Sink;

static struct {
        const char *name;
        Sink sink;
        int max_priority;
        int kmsg_fd;
} log_state = {
        .name = "npivot",
        .sink = SINK_STDERR,
        .max_priority = LOG_INFO,
        .kmsg_fd = -EBADF,
};

typedef struct Record {
        int priority;
        int error;
        const char *message_id;
        const char *wwpn;
        const char *cause;
        char text[MESSAGE_MAX];
} Record;

/* $JOURNAL_STREAM alone proves nothing: it is inherited by programs with another stderr. */
static bool stderr_is_journal(void) {
        const char *stream = getenv("JOURNAL_STREAM");
        unsigned long long device, inode;
        struct stat st;

        if (!stream || sscanf(stream, "%llu:%llu", &device, &inode) != 2)
                return false;
        if (fstat(STDERR_FILENO, &st) < 0)
                return false;

        return st.st_dev == device && st.st_ino == inode;
}

/* Run by a person or a test, a generator has no business in the kernel's log. */
static bool started_by_systemd(void) {
        const char *pid = getenv("SYSTEMD_EXEC_PID");

        return pid && strtol(pid, NULL, 10) == getpid();
}

static int level_from_string(const char *s) {
        static const char *const names[] = {
                "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
        };

        for (int i = 0; i < (int) ARRAY_LEN(names); i++)
                if (strcmp(s, names[i]) == 0 || (s[0] == '0' + i && s[1] == '\0'))
                        return i;

        return -EINVAL;
}

void log_open(const char *name, LogTarget target) {
        const char *level = secure_getenv("NPIVOT_LOG_LEVEL");

        log_state.name = name;
        log_state.sink = SINK_STDERR;

        if (target == LOG_TO_AUTO && stderr_is_journal())
                log_state.sink = SINK_JOURNAL;

        if (target == LOG_TO_KMSG && started_by_systemd()) {
                if (log_state.kmsg_fd < 0)
                        log_state.kmsg_fd = open("/dev/kmsg", O_WRONLY | O_NOCTTY | O_CLOEXEC);
                if (log_state.kmsg_fd >= 0)
                        log_state.sink = SINK_KMSG;
        }

        if (level && level_from_string(level) >= 0)
                log_state.max_priority = level_from_string(level);
}

void log_set_max_priority(int priority) {
        log_state.max_priority = priority;
}

/* One write, so that lines of several processes do not mix. */
static void write_stderr(const Record *record) {
        char line[MESSAGE_MAX + 64];
        int n;

        n = snprintf(line, sizeof line, "%.32s: %s\n", log_state.name, record->text);
        if (n > 0 && write(STDERR_FILENO, line, (size_t) n) < 0) {
                /* Nobody is left to be told. */
        }
}

static int write_kmsg(const Record *record) {
        char line[KMSG_MAX];
        int n;

        n = snprintf(line, sizeof line, "<%d>%.32s[%d]: %.*s\n", LOG_DAEMON | record->priority,
                     log_state.name, getpid(), KMSG_TEXT_MAX, record->text);

        return write(log_state.kmsg_fd, line, (size_t) n) < 0 ? -errno : 0;
}

/* One journal field for the iovec. */
typedef struct Field {
        char text[MESSAGE_MAX + 32];
} Field;

/* Without a value the field is left out; one that is too long is cut. */
static void add_field(struct iovec *fields, int *n, Field *field, const char *key,
                      const char *value) {
        if (!value)
                return;

        (void) snprintf(field->text, sizeof field->text, "%s=%s", key, value);
        fields[(*n)++] = (struct iovec){
                .iov_base = field->text,
                .iov_len = strlen(field->text),
        };
}

static int write_journal(const Record *record) {
        Field message, priority, identifier, error, message_id, wwpn, cause;
        struct iovec fields[7];
        char priority_digit[2] = { (char) ('0' + record->priority), '\0' };
        char error_digits[16];
        int n = 0;

        (void) snprintf(error_digits, sizeof error_digits, "%d", record->error);

        add_field(fields, &n, &message, "MESSAGE", record->text);
        add_field(fields, &n, &priority, "PRIORITY", priority_digit);
        add_field(fields, &n, &identifier, "SYSLOG_IDENTIFIER", log_state.name);
        add_field(fields, &n, &error, "ERRNO", record->error > 0 ? error_digits : NULL);
        add_field(fields, &n, &message_id, "MESSAGE_ID", record->message_id);
        add_field(fields, &n, &wwpn, "WWPN", record->wwpn);
        add_field(fields, &n, &cause, "CAUSE", record->cause);

        return sd_journal_sendv(fields, n);
}

/* Leaves errno as it was: callers log between a failed call and their use of errno. */
static void _printf_(2, 0) write_record(Record *record, const char *format, va_list ap) {
        int saved_errno = errno;
        int r = -EINVAL;

        if (record->priority > log_state.max_priority)
                return;

        errno = record->error; /* for %m */
        (void) vsnprintf(record->text, sizeof record->text, format, ap);
        (void) escape_in_place(record->text);

        if (log_state.sink == SINK_JOURNAL)
                r = write_journal(record);
        else if (log_state.sink == SINK_KMSG)
                r = write_kmsg(record);
        if (r < 0)
                write_stderr(record);

        errno = saved_errno;
}

void log_message(int priority, const char *format, ...) {
        Record record = { .priority = priority };
        va_list ap;

        va_start(ap, format);
        write_record(&record, format, ap);
        va_end(ap);
}

int log_message_errno(int priority, int error, const char *format, ...) {
        Record record = { .priority = priority, .error = abs(error) };
        va_list ap;

        va_start(ap, format);
        write_record(&record, format, ap);
        va_end(ap);

        return -abs(error);
}

void log_event(int priority, const char *message_id, const char *wwpn, const char *format, ...) {
        Record record = { .priority = priority, .message_id = message_id, .wwpn = wwpn };
        va_list ap;

        va_start(ap, format);
        write_record(&record, format, ap);
        va_end(ap);
}

void log_event_cause(int priority, const char *message_id, const char *wwpn, const char *cause,
                     const char *format, ...) {
        Record record = {
                .priority = priority,
                .message_id = message_id,
                .wwpn = wwpn,
                .cause = cause,
        };
        va_list ap;

        va_start(ap, format);
        write_record(&record, format, ap);
        va_end(ap);
}
