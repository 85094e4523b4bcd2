/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/record.h"

#include "common/conf.h"
#include "common/file.h"

#include <string.h>

#define SUFFIX ".conf"
#define MESSAGE "Message="

typedef char RecordName[RECORD_ID_MAX + sizeof SUFFIX];

static const char *name_file(const char *id, RecordName ret) {
        (void) snprintf(ret, sizeof(RecordName), "%.*s" SUFFIX, RECORD_ID_MAX, id);
        return ret;
}

int record_write(int dir_fd, const char *id, void (*print)(FILE *f, const void *object),
                 const void *object) {
        _cleanup_free_ char *text = NULL;
        RecordName name;
        size_t size;
        FILE *f;
        int r;

        f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        print(f, object);
        if (fclose(f) != 0)
                return -ENOMEM;

        r = file_write_atomic(dir_fd, name_file(id, name), text, size, 0600);
        explicit_bzero(text, size);
        return r;
}

int record_remove(int dir_fd, const char *id) {
        RecordName name;

        return file_unlink_durable(dir_fd, name_file(id, name));
}

int record_parse_name(const char *name, char ret_id[static RECORD_ID_MAX + 1]) {
        size_t length = strlen(name), suffix = strlen(SUFFIX);

        if (length <= suffix || length > RECORD_ID_MAX + suffix ||
            strcmp(name + length - suffix, SUFFIX) != 0)
                return -EBADMSG;

        memcpy(ret_id, name, length - suffix);
        ret_id[length - suffix] = '\0';
        return 0;
}

void record_print_text(FILE *f, const char *key, const char *value) {
        if (value)
                (void) fprintf(f, "%s=%s\n", key, value);
}

/* Whole characters of what fits into a line: a longer one would make the file unreadable. */
static size_t measure_message(const char *message) {
        size_t max = CONF_LINE_MAX - strlen(MESSAGE), length = strlen(message);

        if (length <= max)
                return length;
        while (max > 0 && ((unsigned char) message[max] & 0xc0) == 0x80)
                max--;

        return max;
}

/* A ';' or '#' behind a blank would begin a comment. */
void record_print_message(FILE *f, const char *message) {
        if (!message)
                return;
        (void) fputs(MESSAGE, f);
        for (const char *p = message, *end = p + measure_message(message); p < end; p++)
                (void) fputc(*p == ';' ? ',' : *p == '#' ? '+' : *p, f);
        (void) fputc('\n', f);
}
