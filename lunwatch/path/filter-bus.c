/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/filter-bus.h"

#include "common/bus-error.h"
#include "common/bus-object.h"

#include <string.h>

int filter_bus_refuse_wwn(sd_bus_error *error, const char *what, const char *given) {
        return sd_bus_error_setf(error, NPIVOT_ERROR_INVALID_WWN,
                                 "“%s” is not a %s: it has 16 hex digits, as in 2101001b32a90004.",
                                 given, what);
}

int filter_bus_refuse_port(sd_bus_error *error, const char *given) {
        return sd_bus_error_setf(
                error, NPIVOT_ERROR_INVALID_WWN,
                "“%s” is not the name of a port: neither 16 hex digits, as in "
                "2101001b32a90004, nor an iSCSI name, as in iqn.1993-08.org.debian:01.",
                given);
}

int filter_bus_parse_port(const char *text, Port *ret, sd_bus_error *error) {
        return port_parse(text, ret) < 0 ? filter_bus_refuse_port(error, text) : 0;
}

static int read_filter_transport(sd_bus_message *call, Filter *filter, sd_bus_error *error) {
        const char *text;
        int r;

        r = sd_bus_message_read(call, "v", "s", &text);
        if (r < 0)
                return r;

        filter->has_transport = true;
        for (filter->transport = 0; filter->transport < _PATH_TRANSPORT_MAX; filter->transport++)
                if (strcmp(text, path_transport_text(filter->transport)) == 0)
                        return 0;

        return sd_bus_error_setf(error, NPIVOT_ERROR_BAD_FILTER,
                                 "There is no transport “%s”: only fc and iscsi.", text);
}

static int read_filter_bool(sd_bus_message *call, bool *ret_has, bool *ret) {
        int value, r;

        r = sd_bus_message_read(call, "v", "b", &value);
        if (r < 0)
                return r;

        *ret_has = true;
        *ret = value;
        return 0;
}

static int read_filter_port(sd_bus_message *call, Port *ret, sd_bus_error *error) {
        const char *text;
        int r;

        r = sd_bus_message_read(call, "v", "s", &text);
        if (r < 0)
                return r;

        return filter_bus_parse_port(text, ret, error);
}

static int read_filter_key(sd_bus_message *call, const char *key, void *userdata,
                           sd_bus_error *error) {
        Filter *filter = userdata;

        if (strcmp(key, "Initiator") == 0)
                return read_filter_port(call, &filter->initiator, error);
        if (strcmp(key, "Target") == 0)
                return read_filter_port(call, &filter->target, error);
        if (strcmp(key, "Wwid") == 0)
                return sd_bus_message_read(call, "v", "s", &filter->wwid);
        if (strcmp(key, "Vhba") == 0)
                return read_filter_bool(call, &filter->has_vhba, &filter->vhba);
        if (strcmp(key, "Quarantined") == 0)
                return read_filter_bool(call, &filter->has_quarantined, &filter->quarantined);
        if (strcmp(key, "Transport") == 0)
                return read_filter_transport(call, filter, error);

        return sd_bus_error_setf(error, NPIVOT_ERROR_BAD_FILTER,
                                 "Paths cannot be filtered by “%s”: only by Initiator, Target, "
                                 "Wwid, Vhba, Transport and Quarantined.",
                                 key);
}

int filter_bus_read(sd_bus_message *call, Filter *ret, sd_bus_error *error) {
        Filter filter = { 0 };
        const char *key;
        int r;

        r = bus_read_entries(call, read_filter_key, &filter, &key, error);
        if (r == -ENXIO && key)
                return sd_bus_error_setf(error, NPIVOT_ERROR_BAD_FILTER,
                                         "The filter “%s” has a value of another type.", key);
        if (r < 0)
                return r;

        *ret = filter;
        return 0;
}
