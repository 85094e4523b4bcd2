/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/bus-error.h"

#include "common/escape.h"

#include <errno.h>
#include <stdio.h>

#define WORDS_MAX 1024

static const sd_bus_error_map errors[] = {
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_INVALID_WWN, EINVAL),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_INVALID_DEFINITION, EBADMSG),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_NO_SUCH_VHBA, ENOENT),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_NO_SUCH_HBA, ENODEV),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_ALREADY_DEFINED, EEXIST),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_NOT_DEFINED, ENOENT),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_STILL_ACTIVE, EBUSY),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_BUSY, EBUSY),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_PAIR_CONFLICT, EADDRINUSE),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_UNKNOWN_OUTCOME, EINPROGRESS),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_NO_SUCH_PATH, ENXIO),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_NO_LUN, ENOMEDIUM),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_AMBIGUOUS_LUN, ENOTUNIQ),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_QUARANTINED, EKEYREJECTED),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_NOT_QUARANTINED, EALREADY),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_NO_SUCH_MAP, ENXIO),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_NO_SUCH_OBJECT, ENXIO),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_UNKNOWN_DIRECTORY, EINVAL),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_BAD_CURSOR, ESTALE),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_BAD_FILTER, EINVAL),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_INVALID_ARGUMENT, EINVAL),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_ALREADY_MIRRORED, EEXIST),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_NOT_READY, EAGAIN),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_NO_MONITOR, EHOSTDOWN),
        SD_BUS_ERROR_MAP(NPIVOT_ERROR_LIMIT, E2BIG),
        SD_BUS_ERROR_MAP_END,
};

int bus_error_refusev(sd_bus_error *error, const char *name, const char *format, va_list ap) {
        char words[WORDS_MAX];

        (void) vsnprintf(words, sizeof words, format, ap);
        return sd_bus_error_set(error, name, escape_in_place(words));
}

int bus_error_refuse(sd_bus_error *error, const char *name, const char *format, ...) {
        va_list ap;
        int r;

        va_start(ap, format);
        r = bus_error_refusev(error, name, format, ap);
        va_end(ap);

        return r;
}

int bus_error_register(void) {
        int r;

        r = sd_bus_error_add_map(errors);
        return r < 0 ? r : 0;
}
