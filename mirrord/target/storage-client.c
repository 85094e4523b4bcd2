/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/target/storage-client.h"

#include "common/escape.h"
#include "mirrord/question.h"

#include <string.h>

_Static_assert(QUESTION_ANSWER_MAX == STORAGE_PACKET_MAX, "an answer of mirror-storage fits");

struct StorageQuestion {
        Question *question;
        StorageFunc func;
        void *userdata;
};

StorageQuestion *storage_question_free(StorageQuestion *question) {
        if (!question)
                return NULL;

        (void) question_free(question->question);
        free(question);
        return NULL;
}

static void answer(StorageQuestion *question, int r, const char *const *fields, const char *words) {
        StorageFunc func = question->func;
        void *userdata = question->userdata;

        (void) storage_question_free(question);
        func(userdata, r, fields, words);
}

static int errno_of(const char *cause) {
        if (strcmp(cause, "no-space") == 0)
                return -ENOSPC;
        if (strcmp(cause, "in-use") == 0)
                return -EBUSY;
        if (strcmp(cause, "refused") == 0)
                return -EINVAL;

        return strcmp(cause, "timeout") == 0 ? -ETIMEDOUT : -EIO;
}

/* "done" and fields, or "error", a cause and words. */
static void take(StorageQuestion *question, char *text) {
        const char *fields[1 + STORAGE_FIELDS_MAX] = { "", "", "", "", "", "", "" };
        size_t n = 0;
        char *field;

        while (n < ARRAY_LEN(fields) && (field = strsep(&text, "\t"))) {
                (void) escape_in_place(field);
                fields[n++] = field;
        }
        if (strcmp(fields[0], "done") == 0)
                answer(question, 0, fields + 1, NULL);
        else if (strcmp(fields[0], "error") == 0 && *fields[2])
                answer(question, errno_of(fields[1]), NULL, fields[2]);
        else
                answer(question, -EIO, NULL,
                       "mirror-storage gave an answer that is none; is it of another version?");
}

static void on_answer(void *userdata, int r, const char *text) {
        StorageQuestion *question = userdata;
        char copy[STORAGE_PACKET_MAX];

        question->question = NULL;
        if (text)
                take(question, strcpy(copy, text));
        else if (r == -ETIMEDOUT)
                answer(question, r, NULL,
                       "mirror-storage does not answer in time: “journalctl -u 'mirror-storage@*'” "
                       "says why.");
        else
                answer(question, -EAGAIN, NULL,
                       "mirror-storage went without a word: “journalctl -u 'mirror-storage@*'” says "
                       "why.");
}

int storage_ask(sd_event *event, const StorageRequest *request, StorageFunc func, void *userdata,
                StorageQuestion **ret) {
        _cleanup_(storage_question_freep) StorageQuestion *question = NULL;
        char text[STORAGE_PACKET_MAX];
        int r;

        question = calloc(1, sizeof *question);
        if (!question)
                return -ENOMEM;
        *question = (StorageQuestion){ .func = func, .userdata = userdata };
        storage_request_format(request, text);
        r = question_ask(event, STORAGE_SOCKET, text, request->msec * 1000ULL + STORAGE_GRACE_USEC,
                         on_answer, question, &question->question);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(question);
        return 0;
}

const char *storage_ask_words(int error) {
        switch (error) {
        case -ENOENT:
        case -ECONNREFUSED:
                return "Nobody listens at " STORAGE_SOCKET
                       ": “systemctl start mirror-storage.socket”.";
        case -EAGAIN:
                return "mirror-storage has too much to do already: try again later.";
        default:
                return strerror(-error);
        }
}
