/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * frame_next(), what QEMU's monitor sends: the same messages come out in whatever pieces the bytes
 * come in, each within its limits; and no schema leads its reader astray.
 */

#include "common/qmp/frame.h"
#include "common/qmp/schema.h"
#include "tests/fuzz/fuzz.h"

#define SIZE_MAX_OF_MESSAGE 4096

typedef struct Outcome {
        unsigned n_messages, n_schemas;
        size_t n_bytes;
        int end;
} Outcome;

static bool look_up(const char *text, size_t size) {
        _cleanup_(json_read_freep) JsonValue *message = NULL;
        const JsonValue *schema;

        if (json_read(text, size, FRAME_DEPTH_MAX, &message) < 0)
                return false;
        schema = json_read_array(message, "return");
        (void) schema_has_argument(schema, "a", "b.c");
        return schema_has_value(schema, "a", "b", "v");
}

/* step: so many bytes at a time */
static Outcome feed(const uint8_t *data, size_t size, size_t step) {
        Frame frame = { .max = SIZE_MAX_OF_MESSAGE };
        Outcome outcome = { 0 };

        for (size_t i = 0; i < size && outcome.end == 0; i += step) {
                size_t n = size - i < step ? size - i : step, length;
                const char *text;
                char *buf;

                assert(frame_prepare(&frame, n, &buf) == 0);
                memcpy(buf, data + i, n);
                frame_add(&frame, n);
                while ((outcome.end = frame_next(&frame, &text, &length)) > 0) {
                        assert(length >= 2 && length <= SIZE_MAX_OF_MESSAGE && text[0] == '{');
                        outcome.n_messages++;
                        outcome.n_bytes += length;
                        outcome.n_schemas += look_up(text, length);
                        frame_drop(&frame, length);
                }
        }
        frame_done(&frame);
        return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        Outcome whole = feed(data, size, size + 1), bytes = feed(data, size, 1);

        assert(whole.n_messages == bytes.n_messages && whole.n_bytes == bytes.n_bytes &&
               whole.n_schemas == bytes.n_schemas && whole.end == bytes.end);

        fuzz_planted_fault(data, size, whole.n_messages == 5 && whole.end == 0);
        return 0;
}
