/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/act/users.h"

#include "common/cleanup.h"
#include "lunwatch/act/domain.h"
#include "lunwatch/act/reply.h"

#include <string.h>

bool users_is_process(const Holder *holder) {
        return strcmp(holder->kind, "process") == 0;
}

/* The words go to first if that is empty. */
static void tell(int root_fd, const Holder *holder, char *first, size_t size) {
        char domain[DOMAIN_NAME_MAX], words[DOMAIN_NAME_MAX + 128];
        const char *said = holder->words;

        if (users_is_process(holder) && domain_of_process(root_fd, holder->object, domain) >= 0) {
                (void) snprintf(words, sizeof words, "domain %s (PID %.16s) has %s open", domain,
                                holder->object, holder->device);
                reply_use("domain", domain, holder->device, words);
                said = words;
        } else
                reply_use(holder->kind, holder->object, holder->device, holder->words);

        if (!*first)
                (void) snprintf(first, size, "%s", said);
}

int users_tell(int root_fd, const Holders *holders, bool (*counts)(const Holder *holder),
               char *first, size_t size) {
        int n = 0;

        *first = '\0';
        for (size_t i = 0; i < holders->n; i++)
                if (counts(holders->items + i)) {
                        tell(root_fd, holders->items + i, first, size);
                        n++;
                }

        return n;
}
