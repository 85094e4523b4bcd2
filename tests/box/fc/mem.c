/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

static void *mem_check(void *p) {
        if (!p)
                abort();

        return p;
}

void *mem_new(size_t size) {
        return mem_check(calloc(1, size));
}

char *mem_dup(const char *text) {
        return mem_check(strdup(text));
}

char *mem_printf(const char *format, ...) {
        char *text = NULL;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vasprintf(&text, format, ap);
        va_end(ap);

        return mem_check(n < 0 ? NULL : text);
}
