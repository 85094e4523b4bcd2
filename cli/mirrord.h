/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Calls of mirrord's objects by their ids, and what their refusals mean. What the objects hold is
 * in mirror.h and target.h.
 */

#include "cli/client.h"

typedef struct MirrordKind {
        const char *noun; /* "mirror" */
        const char *root; /* the path that an id follows; also the object manager */
        const char *interface;
        const char *command; /* "npivot mirror" */
} MirrordKind;

extern const MirrordKind mirrord_job, mirrord_target;

/* Letters, digits and "_", at most 31. 0, or EXIT_USAGE. */
int mirrord_check_id(const MirrordKind *kind, const char *id);

/* The path of an object; to be freed. 0, EXIT_USAGE or -ENOMEM. */
int mirrord_object(const MirrordKind *kind, const char *id, char **ret);

#define MIRRORD_HOST_MAX 300

/* " -H HOST", for commands that are suggested; "" for this host. */
const char *mirrord_host_words(const Client *client, char ret[static MIRRORD_HOST_MAX]);

/* Whether a mirrord that is being started anew says that: it may answer in a moment. */
bool mirrord_is_away(const sd_bus_error *error);

/* Whether the call that came to this may have been heard and done all the same. */
bool mirrord_reply_is_lost(const sd_bus_error *error, int r);

/* Like client_refused(), with the object in the sentence: "Cannot WHAT mirror ID: …". */
int mirrord_refused(const Client *client, const MirrordKind *kind, const sd_bus_error *error, int r,
                    const char *what, const char *id);

/*
 * A method that returns nothing; types are those of its arguments, or NULL. The client is
 * connected. next is the verb that comes next when the object is not ready for that, or NULL. 0, or
 * EXIT_FAILURE after a complaint.
 */
int mirrord_tell(Client *client, const MirrordKind *kind, const char *id, const char *method,
                 const char *what, const char *next, const char *types, ...);

/* The entries Tls, Certificates and PeerName of an open a{sv}; what is not said (NULL) is left out.
 */
int mirrord_append_tls(sd_bus_message *call, bool has_tls, const char *certificates,
                       const char *peer_name);
