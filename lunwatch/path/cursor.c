/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/cursor.h"

#include "lunwatch/path/wwid.h"

#include <inttypes.h>
#include <string.h>

const char *cursor_format(const PathKey *key, Cursor ret) {
        (void) snprintf(ret, sizeof(Cursor),
                        "%016" PRIx64 "%016" PRIx64 "%016" PRIx64 "%08" PRIx32 "%08" PRIx32
                        "%08" PRIx32 "%x",
                        key->initiator, key->target, key->hctl.lun, key->hctl.host,
                        key->hctl.channel, key->hctl.target, key->transport);
        return ret;
}

static uint64_t take_hex(const char **s, size_t n_digits) {
        uint64_t number = 0;

        for (; n_digits > 0; n_digits--, (*s)++)
                number = number << 4 | (uint64_t) (**s <= '9' ? **s - '0' : **s - 'a' + 10);

        return number;
}

int cursor_parse(const char *s, PathKey *ret) {
        PathKey key;

        if (strlen(s) != CURSOR_LEN || strspn(s, "0123456789abcdef") != CURSOR_LEN)
                return -EINVAL;

        key.initiator = take_hex(&s, 16);
        key.target = take_hex(&s, 16);
        key.hctl.lun = take_hex(&s, 16);
        key.hctl.host = (uint32_t) take_hex(&s, 8);
        key.hctl.channel = (uint32_t) take_hex(&s, 8);
        key.hctl.target = (uint32_t) take_hex(&s, 8);
        key.transport = (PathTransport) take_hex(&s, 1);
        if (key.transport >= _PATH_TRANSPORT_MAX)
                return -EINVAL;

        *ret = key;
        return 0;
}

#define WWID_PREFIX "wwid:"

const char *cursor_format_lun(const LunCursor *cursor, LunCursorText ret) {
        bool is_named = wwid_is_known(cursor->wwid);
        Cursor key;

        (void) snprintf(ret, sizeof(LunCursorText), "%s%s", is_named ? WWID_PREFIX : "",
                        is_named ? cursor->wwid : cursor_format(&cursor->key, key));
        return ret;
}

int cursor_parse_lun(const char *s, LunCursor *ret) {
        LunCursor cursor = { .wwid = "" };
        int r;

        if (strncmp(s, WWID_PREFIX, strlen(WWID_PREFIX)) == 0) {
                cursor.wwid = s + strlen(WWID_PREFIX);
                if (!wwid_is_known(cursor.wwid))
                        return -EINVAL;
        } else {
                r = cursor_parse(s, &cursor.key);
                if (r < 0)
                        return r;
        }

        *ret = cursor;
        return 0;
}
