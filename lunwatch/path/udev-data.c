/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/udev-data.h"

#include "common/escape.h"

#include <string.h>

#define LINK_PREFIX "S:disk/"
#define LINK_PREFIX_LEN (sizeof LINK_PREFIX - 1)

/* Nothing in it that could surprise a reader of the bus, or lead out of /dev/disk. */
static bool link_is_sane(const char *link) {
        char copy[UDEV_LINK_LEN_MAX + 1];
        size_t length = strlen(link);

        if (length == 0 || length > UDEV_LINK_LEN_MAX || link[0] == '/')
                return false;
        for (const char *p = link; (p = strstr(p, "..")); p++)
                if ((p == link || p[-1] == '/') && (p[2] == '\0' || p[2] == '/'))
                        return false;

        memcpy(copy, link, length + 1);
        return strcmp(escape_in_place(copy), link) == 0;
}

static void parse_line(const char *line, UdevData *data) {
        if (strncmp(line, LINK_PREFIX, LINK_PREFIX_LEN) == 0) {
                const char *link = line + LINK_PREFIX_LEN;

                if (data->n_links < UDEV_LINKS_MAX && link_is_sane(link))
                        data->links[data->n_links++] = link;
        } else if (line[0] == 'I' && line[1] == ':') {
                data->is_initialized = true;
        }
}

void udev_data_parse(char *text, size_t size, UdevData *ret) {
        char *end = text + size;

        *ret = (UdevData){ 0 };
        *end = '\0';

        while (text < end) {
                char *newline = memchr(text, '\n', (size_t) (end - text));

                /* A NUL inside a line would make two of one. */
                if (!newline)
                        newline = end;
                *newline = '\0';
                if (strlen(text) == (size_t) (newline - text))
                        parse_line(text, ret);
                text = newline + 1;
        }
}
