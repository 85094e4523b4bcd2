/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/wwid.h"

#include <string.h>
#include <strings.h>

static const char *skip(const char *s, const char *prefix) {
        size_t length = strlen(prefix);

        return strncasecmp(s, prefix, length) == 0 ? s + length : s;
}

const char *wwid_bare(const char *s) {
        const char *bare = skip(skip(s, "wwid:"), "naa.");
        size_t length = strlen(bare);

        /* An NAA identifier has 16 or 32 digits: an odd one in front is scsi_id's type. */
        if (bare[0] == '3' && (length == 17 || length == 33) &&
            strspn(bare, "0123456789abcdefABCDEF") == length)
                bare++;

        return bare;
}

bool wwid_is_known(const char *s) {
        return *wwid_bare(s) != '\0';
}

int wwid_compare(const char *a, const char *b) {
        return strcasecmp(wwid_bare(a), wwid_bare(b));
}

bool wwid_equals(const char *a, const char *b) {
        return wwid_compare(a, b) == 0;
}
