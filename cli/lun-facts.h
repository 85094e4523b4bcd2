/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * LUNs by WWID, as lunwatch adds them up: paths, map, stable link. What they look like behind one
 * initiator is lun.h's.
 */

#include "cli/lun-path.h"

#define LUN_FACTS_FIELDS "stuusss"

/* The strings are those of the message that it was read from; none is NULL. */
typedef struct LunFacts {
        const char *wwid;
        uint64_t size_bytes;
        uint32_t n_paths;
        uint32_t n_usable;
        const char *map;  /* "": none */
        const char *link; /* the most stable one */
        const char *quarantine;
} LunFacts;

typedef struct LunFactsList {
        LunFacts *luns;
        size_t n_luns;
        sd_bus_message **messages;
        size_t n_messages;
} LunFactsList;

/* One struct; the message must outlive it. 0 at the end of an array, > 0, or a negative errno. */
int lun_facts_read(sd_bus_message *message, LunFacts *ret);

/* All that pass the filter. A negative errno with the error filled in. */
int lun_facts_list_query(Client *client, const LunPathFilter *filter, LunFactsList *ret,
                         sd_bus_error *error);
void lun_facts_list_done(LunFactsList *list);

/* For lun_facts_list_find(). */
void lun_facts_list_sort(LunFactsList *list);

/* NULL when there is none of exactly this WWID. */
const LunFacts *lun_facts_list_find(const LunFactsList *list, const char *wwid);

Json *lun_facts_to_json(const LunFacts *lun);
