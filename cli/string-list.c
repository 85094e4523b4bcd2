/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/string-list.h"

void *grow(void *array, size_t n, size_t size) {
        if ((n & (n - 1)) != 0)
                return array;
        return reallocarray(array, n > 0 ? n * 2 : 1, size);
}

int messages_keep(sd_bus_message ***messages, size_t *n_messages, sd_bus_message *message) {
        sd_bus_message **longer;

        longer = grow(*messages, *n_messages, sizeof *longer);
        if (!longer)
                return -ENOMEM;

        *messages = longer;
        longer[(*n_messages)++] = sd_bus_message_ref(message);
        return 0;
}

/* Most have no more than fit here, and then there is one allocation. */
#define FEW 8

static int read_next(sd_bus_message *message, const char ***list, size_t n) {
        const char **longer, *s;
        int r;

        r = sd_bus_message_read_basic(message, 's', &s);
        if (r <= 0)
                return r;

        /* One more than there are, for the end. */
        if (n % FEW == 0) {
                longer = reallocarray(*list, n + FEW + 1, sizeof *longer);
                if (!longer)
                        return -ENOMEM;
                *list = longer;
        }
        (*list)[n] = s;
        (*list)[n + 1] = NULL;
        return 1;
}

int string_list_read(sd_bus_message *message, const char ***ret) {
        _cleanup_free_ const char **list = NULL;
        size_t n = 0;
        int r;

        r = sd_bus_message_enter_container(message, 'a', "s");
        if (r < 0)
                return r;
        while ((r = read_next(message, &list, n)) > 0)
                n++;
        if (r >= 0)
                r = sd_bus_message_exit_container(message);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}

Json *string_list_to_json(const char **list) {
        Json *array = json_new_array();

        for (; list && *list; list++)
                json_append_string(array, *list);

        return array;
}
