/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The words of a command line as values. What makes no sense is complained about here, before
 * anybody is asked on the bus.
 */

#include "cli/client.h"
#include "common/wwn.h"

/* A WWN in any spelling, in the one that npivot prints. 0, or EXIT_USAGE. what is "the WWPN", … */
int argument_wwn(const char *word, const char *what, WwnString ret);

/* The value of an option that names a port; *ret is NULL when it was not given. */
int argument_wwn_option(const Client *client, Option option, WwnString buf, const char **ret);

/*
 * A port in any spelling: a WWN, in the one that npivot prints (in buf), or the name of an iSCSI
 * initiator or target, as it is. 0, or EXIT_USAGE.
 */
int argument_port(const char *word, const char *what, WwnString buf, const char **ret);
int argument_port_option(const Client *client, Option option, WwnString buf, const char **ret);

/* What a LUN is named by, as in npivot lun lookup INITIATOR LUN. */
typedef struct LunChoice {
        bool has_number;
        uint64_t number;
        const char *wwid; /* NULL: by its number, or any */
} LunChoice;

/* "0", "wwid:6001…", "naa.6001…", "eui.…", "t10.…". 0, or EXIT_USAGE. */
int argument_lun(const char *word, LunChoice *ret);

/* "fc", "iscsi" or NULL. 0, or EXIT_USAGE. */
int argument_transport(const char *word);

/* "yes" or "no". 0, or EXIT_USAGE. */
int argument_yes_option(const Client *client, Option option, bool otherwise, bool *ret);

/* A number from 1 to max, *ret is left alone when the option was not given. 0, or EXIT_USAGE. */
int argument_count_option(const Client *client, Option option, uint32_t max, uint32_t *ret);

#define ARGUMENT_HOUR_USEC (UINT64_C(3600) * 1000000)

/* Disks are as large as they like, and are written as fast as a link allows. */
#define ARGUMENT_DISKS_USEC_MAX (7 * 24 * ARGUMENT_HOUR_USEC)

/* --timeout in microseconds: above 0, and max at most, which is in whole hours. 0, or EXIT_USAGE.
 */
int argument_timeout_option(const Client *client, uint64_t otherwise_usec, uint64_t max_usec,
                            uint64_t *ret_usec);

/*
 * For verbs that take several vHBAs: checks all of the words, connects, and does each, also after
 * one has failed. 0, or what the first failure returned.
 */
int argument_each_wwpn(Client *client, int (*act)(Client *client, const char *wwpn));
