/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A list of lunwatch's that comes in pages: asked for until the last one. What is in a page is the
 * business of who asks.
 */

#include "cli/client.h"

#include <stdint.h>

typedef struct Pages {
        const char *interface;
        const char *method;
        bool has_generation; /* the reply ends with one */

        /* What stands before the cursor; NULL for an empty filter. */
        int (*append)(sd_bus_message *call, const void *question);
        const void *question;

        /* Reads the array of a page. Strings stay valid while the message is kept. */
        int (*read)(sd_bus_message *reply, void *userdata);
        /* Called when a page has been read; may be NULL. */
        int (*end_page)(uint64_t generation, void *userdata);
        void *userdata;
} Pages;

/* A negative errno with the error filled in, or what a callback returned that is below 0. */
int pages_query(Client *client, const Pages *pages, sd_bus_error *error);
