/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Scope-bound clean-up and the handful of expressions that C lacks. The only place in the project
 * where statement expressions are allowed; anything that can be a function belongs elsewhere.
 */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _printf_(a, b) __attribute__((format(printf, a, b)))
#define _unused_ __attribute__((unused))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Hands the pointer on and leaves NULL behind, so that the clean-up does not free it. */
/* sd-bus, sd-event and sd-device bring clean-up functions of their own (sd_bus_unrefp, …). */

#define TAKE_PTR(p) \
        __extension__({ \
                __typeof__(p) *_pp = &(p); \
                __typeof__(p) _p = *_pp; \
                *_pp = NULL; \
                _p; \
        })

/* The same for a file descriptor, which leaves -EBADF behind. */
#define TAKE_FD(fd) \
        __extension__({ \
                int *_fdp = &(fd); \
                int _fd = *_fdp; \
                *_fdp = -EBADF; \
                _fd; \
        })

#define DEFINE_CLEANUP(type, func) \
        static inline void func##p(type *p) { \
                if (*p) \
                        (void) func(*p); \
        } \
        struct func##_needs_a_semicolon

DEFINE_CLEANUP(FILE *, fclose);
DEFINE_CLEANUP(FILE *, pclose);
DEFINE_CLEANUP(DIR *, closedir);

static inline void freep(void *p) {
        free(*(void **) p);
}

static inline void closep(int *fd) {
        if (*fd >= 0)
                (void) close(*fd);
}

/* A copy in the place of what was there, which is freed. -ENOMEM: nothing is there. */
static inline int keep_text(char **text, const char *value) {
        free(*text);
        *text = strdup(value);

        return *text ? 0 : -ENOMEM;
}

#define _cleanup_free_ _cleanup_(freep)
#define _cleanup_close_ _cleanup_(closep)
