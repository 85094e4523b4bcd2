/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/pair.h"
#include "common/cleanup.h"

#include <string.h>

Role pair_other_role(Role role) {
        switch (role) {
        case ROLE_PRIMARY:
                return ROLE_SECONDARY;
        case ROLE_SECONDARY:
                return ROLE_PRIMARY;
        default:
                return ROLE_NONE;
        }
}

static int print(char **ret, const char *text, Wwn wwpn, const char *rest) {
        char *words = NULL;

        if (asprintf(&words, "%s%s%s", text, wwpn ? WWN_STR(wwpn) : "", rest) < 0)
                return -ENOMEM;
        *ret = words;
        return 0;
}

int pair_describe(const PairSide *side, char **ret) {
        const Definition *own = side->own, *peer = side->peer;

        if (!own || (own->peer == 0 && side->claimed_by == 0))
                return print(ret, "none", 0, "");
        if (own->peer == 0)
                return print(ret, "", side->claimed_by, " names this one as its peer, unanswered");
        if (side->peer_is_bad)
                return print(ret, "the definition of ", own->peer, " cannot be read");
        if (!peer)
                return print(ret, "", own->peer, " is not defined");
        if (peer->peer == 0)
                return print(ret, "", own->peer, " names no peer");
        if (peer->peer != own->wwpn)
                return print(ret, "the peer names another one, ", peer->peer, "");
        if (peer->role != pair_other_role(own->role))
                return print(ret, "both are ", 0, role_to_string(own->role));
        return print(ret, "agreed", 0, "");
}
