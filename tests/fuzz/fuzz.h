/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What every target needs: inputs as a caller would hold them, and the planted fault.
 */

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer's entry point. Assertions are findings. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input as a string in a block of exactly its size. It ends at the first NUL, as any does. */
static inline char *fuzz_string(const uint8_t *data, size_t size) {
        size_t length = strnlen((const char *) data, size);
        char *s = malloc(length + 1);

        assert(s);
        if (length > 0)
                memcpy(s, data, length);
        s[length] = '\0';

        return s;
}

/*
 * In the planted build, reads one byte too far once an input of a certain shape was accepted: deep
 * enough that only a fuzzer which gets past the first checks sees it. No seed may have that shape.
 */
static inline void fuzz_planted_fault(const uint8_t *data, size_t size, bool shape) {
#ifdef PLANTED_FAULT
        static volatile uint8_t byte;

        if (shape)
                byte = data[size];
        (void) byte;
#endif
}
