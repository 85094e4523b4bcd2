/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * request_parse(), what lun-act is asked for: nothing in an accepted request leads out of the
 * directories that it becomes part of, and no more devices are in it than there is room for.
 */

#include "common/cleanup.h"
#include "lunwatch/act/request.h"
#include "tests/fuzz/fuzz.h"

static void check_component(const char *s, size_t max) {
        assert(*s && strlen(s) <= max && !strpbrk(s, "/\t\n "));
        assert(strcmp(s, ".") != 0 && strcmp(s, "..") != 0);
}

static void check_number(const char *s) {
        assert(*s && strlen(s) <= 20);
        assert(strcmp(s, "-") == 0 || strspn(s, "0123456789") == strlen(s));
}

static void check(const Request *request) {
        assert(request->msec >= 1 && request->msec <= REQUEST_MSEC_MAX);
        assert(request->n <= REQUEST_DEVICES_MAX);
        switch (request->verb) {
        case REQUEST_INSPECT:
                for (size_t i = 0; i < request->n; i++)
                        check_component(request->names[i], 31);
                break;
        case REQUEST_RESCAN:
                for (size_t i = 0; i < 3; i++)
                        check_number(request->scan[i]);
                break;
        case REQUEST_REMOVE:
        case REQUEST_REMOVE_OPEN:
                assert(strlen(request->wwid) <= 255 && !strchr(request->wwid, '\n'));
                if (*request->map)
                        check_component(request->map, 127);
                break;
        default:
                break;
        }
        assert(request->verb == REQUEST_RESCAN || request->n > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *line = malloc(size + 1);
        static Request request;
        const char *words = NULL;
        int r;

        assert(line);
        if (size > 0)
                memcpy(line, data, size);
        line[size] = '\0';

        r = request_parse(line, &request, &words);
        assert(r == 0 || r == -EINVAL || r == -E2BIG);
        if (r >= 0)
                check(&request);
        else
                assert(words && *words);

        fuzz_planted_fault(data, size, r >= 0 && request.verb == REQUEST_REMOVE && request.n == 3);
        return 0;
}
