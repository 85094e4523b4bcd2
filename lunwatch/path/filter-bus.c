/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/filter-bus.h"

#include "common/bus-error.h"

#include <string.h>

int filter_bus_refuse_wwn(sd_bus_error *error, const char *what, const char *given) {
        return sd_bus_error_setf(error, NPIVOT_ERROR_INVALID_WWN,
                                 "“%s” is not a %s: it has 16 hex digits, as in 2101001b32a90004.",
                                 given, what);
}

static int read_filter_wwn(sd_bus_message *call, Wwn *ret, sd_bus_error *error) {
        const char *text;
        int r;

        r = sd_bus_message_read(call, "v", "s", &text);
        if (r < 0)
                return r;

        return wwn_parse(text, ret) < 0 ? filter_bus_refuse_wwn(error, "port name", text) : 0;
}

static int read_filter_key(sd_bus_message *call, const char *key, Filter *filter,
                           sd_bus_error *error) {
        int vhba, r;

        if (strcmp(key, "Initiator") == 0)
                return read_filter_wwn(call, &filter->initiator, error);
        if (strcmp(key, "Target") == 0)
                return read_filter_wwn(call, &filter->target, error);
        if (strcmp(key, "Wwid") == 0)
                return sd_bus_message_read(call, "v", "s", &filter->wwid);
        if (strcmp(key, "Vhba") == 0) {
                r = sd_bus_message_read(call, "v", "b", &vhba);
                filter->has_vhba = true;
                filter->vhba = vhba;
                return r;
        }

        return sd_bus_error_setf(error, NPIVOT_ERROR_BAD_FILTER,
                                 "Paths cannot be filtered by “%s”: only by Initiator, Target, "
                                 "Wwid and Vhba.",
                                 key);
}

int filter_bus_read(sd_bus_message *call, Filter *ret, sd_bus_error *error) {
        Filter filter = { 0 };
        const char *key;
        int r;

        r = sd_bus_message_enter_container(call, 'a', "{sv}");
        if (r < 0)
                return r;

        while ((r = sd_bus_message_enter_container(call, 'e', "sv")) > 0) {
                r = sd_bus_message_read(call, "s", &key);
                if (r < 0)
                        return r;
                r = read_filter_key(call, key, &filter, error);
                if (r == -ENXIO)
                        return sd_bus_error_setf(error, NPIVOT_ERROR_BAD_FILTER,
                                                 "The filter “%s” has a value of another type.",
                                                 key);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(call);
                if (r < 0)
                        return r;
        }

        if (r < 0)
                return r;
        r = sd_bus_message_exit_container(call);
        if (r < 0)
                return r;

        *ret = filter;
        return 0;
}
