/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One request to mirror-storage, the only program that makes and removes disks for mirrord, without
 * waiting for the answer.
 */

#include "mirrord/storage/request.h"

#include <systemd/sd-event.h>

#define STORAGE_FIELDS_MAX 6

/* How long mirror-storage may take after its deadline to say so. */
#define STORAGE_GRACE_USEC (5 * 1000 * 1000ULL)

typedef struct StorageQuestion StorageQuestion;

/*
 * r: 0 and what "done" says, missing fields as ""; or a negative errno and words for people:
 * -ENOSPC, -EBUSY it is in use, -EINVAL it was refused, -ETIMEDOUT, -EAGAIN: it went without an
 * answer, and may be asked again; -EIO anything else. The question is over and freed by then.
 */
typedef void (*StorageFunc)(void *userdata, int r, const char *const *fields, const char *words);

/*
 * func is called later, if this succeeds. -ENOENT, -ECONNREFUSED: nobody listens; -EAGAIN: too many
 * ask at once.
 */
int storage_ask(sd_event *event, const StorageRequest *request, StorageFunc func, void *userdata,
                StorageQuestion **ret);

/* Nobody is called. A file that is being made is taken back by mirror-storage. */
StorageQuestion *storage_question_free(StorageQuestion *question);
DEFINE_CLEANUP(StorageQuestion *, storage_question_free);

/* For people: why storage_ask() failed. */
const char *storage_ask_words(int error);
