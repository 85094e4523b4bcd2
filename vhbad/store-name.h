/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What things are called inside the directory of definitions: shared by the two halves of the
 * store, and by nobody else.
 */

#include "common/wwn.h"

#include <stdbool.h>

#define STORE_SUFFIX ".conf"
#define STORE_FILE_NAME_LEN (WWN_STRING_LEN + sizeof STORE_SUFFIX - 1)
typedef char StoreFileName[STORE_FILE_NAME_LEN + 1];

#define STORE_PAIR ".pair"
#define STORE_PAIR_DRAFT ".pair.tmp"

const char *store_file_name(Wwn wwpn, StoreFileName ret);

/* Exactly what store_file_name() prints for some WWPN. */
bool store_is_file_name(const char *name);
