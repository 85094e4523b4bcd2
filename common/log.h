/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Structured logging: to the journal where it is, to stderr for programs run by hand, to
 * /dev/kmsg for generators. Exactly one function logs a failure (conventions, section 4).
 */

#include "common/cleanup.h"

#include <syslog.h>

typedef enum LogTarget {
        LOG_TO_AUTO, /* the journal if stderr is connected to it ($JOURNAL_STREAM), else stderr */
        LOG_TO_STDERR,
        LOG_TO_KMSG, /* generators: no bus, no journal; falls back to stderr */
} LogTarget;

/* name is a string literal; it prefixes lines on stderr and kmsg. */
void log_open(const char *name, LogTarget target);

/* Messages above this priority are dropped; LOG_INFO unless $NPIVOT_LOG_LEVEL says otherwise. */
void log_set_max_priority(int priority);

void log_message(int priority, const char *format, ...) _printf_(2, 3);

/* As above with the text of the (negative or positive) errno for %m; returns it negative. */
int log_message_errno(int priority, int error, const char *format, ...) _printf_(3, 4);

/*
 * With MESSAGE_ID= (128-bit hex literal of common/message-ids.h, explained in the catalog) and
 * WWPN= (may be NULL) as journal fields.
 */
void log_event(int priority, const char *message_id, const char *wwpn, const char *format, ...)
        _printf_(4, 5);

/* The same with CAUSE=, a word to select by. */
void log_event_cause(int priority, const char *message_id, const char *wwpn, const char *cause,
                     const char *format, ...) _printf_(5, 6);

#define log_debug(...) log_message(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_message(LOG_INFO, __VA_ARGS__)
#define log_warning(...) log_message(LOG_WARNING, __VA_ARGS__)
#define log_error(...) log_message(LOG_ERR, __VA_ARGS__)
#define log_warning_errno(e, ...) log_message_errno(LOG_WARNING, (e), __VA_ARGS__)
#define log_error_errno(e, ...) log_message_errno(LOG_ERR, (e), __VA_ARGS__)
