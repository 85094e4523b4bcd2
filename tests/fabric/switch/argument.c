/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "argument.h"

#include "common/wwn.h"
#include "report.h"

#include <string.h>

int argument_split(char *line, char *ret_words[static ARGUMENTS_MAX], size_t *ret_n) {
        static const char blanks[] = " \t\r\n";
        char *save = NULL;
        size_t n = 0;

        for (char *word = strtok_r(line, blanks, &save); word;
             word = strtok_r(NULL, blanks, &save)) {
                if (n == ARGUMENTS_MAX)
                        return -E2BIG;
                ret_words[n++] = word;
        }
        *ret_n = n;
        return 0;
}

int argument_parse_number(const char *word, uint64_t min, uint64_t max, uint64_t *ret) {
        unsigned long long number;
        char *end;

        if (*word < '0' || *word > '9')
                return -EINVAL;
        errno = 0;
        number = strtoull(word, &end, strncmp(word, "0x", 2) == 0 ? 16 : 10);
        if (*end)
                return -EINVAL;
        if (errno != 0 || number < min || number > max)
                return -ERANGE;
        *ret = number;
        return 0;
}

int argument_parse_switch(const char *word, bool *ret) {
        if (strcmp(word, "on") == 0)
                *ret = true;
        else if (strcmp(word, "off") == 0)
                *ret = false;
        else
                return -EINVAL;
        return 0;
}

int argument_parse_policy(const char *word, DuplicatePolicy *ret) {
        for (DuplicatePolicy policy = DUPLICATE_REJECT; policy <= DUPLICATE_ALLOW; policy++)
                if (strcmp(word, duplicate_policy_name(policy)) == 0) {
                        *ret = policy;
                        return 0;
                }
        return -EINVAL;
}

static bool link_has_mac(const Link *link, const char *word) {
        char mac[18];

        (void) snprintf(mac, sizeof mac, "%02x:%02x:%02x:%02x:%02x:%02x", link->mac[0],
                        link->mac[1], link->mac[2], link->mac[3], link->mac[4], link->mac[5]);
        return strcasecmp(mac, word) == 0;
}

int argument_find_link(const Fabric *fabric, const char *word, Link **ret) {
        Link *found = NULL;
        uint64_t number;
        const Port *port;
        Wwn wwn;

        if (argument_parse_number(word, 0, FABRIC_LINKS_MAX - 1, &number) == 0) {
                found = fabric->links[number];
        } else if (wwn_parse(word, &wwn) == 0) {
                port = port_find_name(&fabric->ports, wwn);
                found = port ? port->link : NULL;
        } else {
                for (unsigned i = 0; i < FABRIC_LINKS_MAX; i++) {
                        Link *link = fabric->links[i];

                        if (!link || (strcmp(link->name, word) != 0 && !link_has_mac(link, word)))
                                continue;
                        if (found)
                                return -ENOTUNIQ;
                        found = link;
                }
        }
        if (!found)
                return -ENOENT;
        *ret = found;
        return 0;
}
