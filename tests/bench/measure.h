/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Time, and what a series of times comes to. Any failure ends the program.
 */

#include <stddef.h>

/* CLOCK_MONOTONIC, in microseconds. */
double measure_now_usec(void);

typedef struct Series {
        double *values;
        size_t n, n_allocated;
} Series;

/* Starts from Series series = { 0 }. */
void series_add(Series *series, double value);
double series_quantile(Series *series, unsigned percent);
double series_max(Series *series);
void series_done(Series *series);

/* What a process has used of the processors, in milliseconds, to the nanosecond. */
double measure_cpu_ms(int pid);
