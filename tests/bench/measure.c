/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bench/measure.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

double measure_now_usec(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return (double) t.tv_sec * 1e6 + (double) t.tv_nsec / 1e3;
}

void series_add(Series *series, double value) {
        if (series->n == series->n_allocated) {
                series->n_allocated = 2 * series->n_allocated + 64;
                series->values =
                        reallocarray(series->values, series->n_allocated, sizeof *series->values);
                if (!series->values)
                        err(1, "realloc");
        }
        series->values[series->n++] = value;
}

static int compare(const void *a, const void *b) {
        double x = *(const double *) a, y = *(const double *) b;

        return (x > y) - (x < y);
}

double series_quantile(Series *series, unsigned percent) {
        if (series->n == 0)
                errx(1, "nothing was measured");
        qsort(series->values, series->n, sizeof *series->values, compare);
        return series->values[series->n * percent / 100];
}

double series_max(Series *series) {
        (void) series_quantile(series, 0);
        return series->values[series->n - 1];
}

void series_done(Series *series) {
        free(series->values);
        *series = (Series){ 0 };
}

double measure_cpu_ms(int pid) {
        unsigned long long nsec;
        char file[64];
        FILE *f;

        (void) snprintf(file, sizeof file, "/proc/%d/schedstat", pid);
        f = fopen(file, "re");
        if (!f || fscanf(f, "%llu", &nsec) != 1)
                err(1, "%s", file);
        (void) fclose(f);
        return (double) nsec / 1e6;
}
