/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * storage_request_parse(), what mirror-storage is asked for: an accepted request has a path that
 * leads nowhere else and marks that are part of a name, and is written again as one that reads the
 * same.
 */

#include "mirrord/storage/request.h"
#include "tests/fuzz/fuzz.h"

static void check_again(const StorageRequest *request) {
        char text[STORAGE_PACKET_MAX], again[STORAGE_PACKET_MAX];
        StorageRequest read;
        const char *words;

        storage_request_format(request, text);
        (void) strcpy(again, text);
        assert(storage_request_parse(again, &read, &words) == 0);
        storage_request_format(&read, again);
        assert(strcmp(text, again) == 0);
}

static void check(const StorageRequest *request) {
        assert(request->msec >= 1 && request->msec <= STORAGE_MSEC_MAX);
        assert(request->verb < _STORAGE_VERB_MAX && request->kind < _STORAGE_KIND_MAX);
        assert(request->size_bytes % 512 == 0 && request->size_bytes <= INT64_MAX);
        assert(storage_path_is_valid(request->path) && !strstr(request->path, "/../"));
        assert(!strpbrk(request->token, "/\t\n ") && *request->token);
        assert(!strpbrk(request->place, "/\t\n ") && !strpbrk(request->identity, "/\t\n "));
        assert(!strpbrk(request->owner, "/\t\n :"));
        check_again(request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = malloc(size + 1);
        StorageRequest request;
        const char *words = NULL;
        int r;

        assert(text);
        if (size > 0)
                memcpy(text, data, size);
        text[size] = '\0';

        r = storage_request_parse(text, &request, &words);
        assert(r == 0 || (r == -EINVAL && words && *words));
        if (r == 0)
                check(&request);

        fuzz_planted_fault(data, size, r == 0 && request.verb == STORAGE_PLACE);
        return 0;
}
