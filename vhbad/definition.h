/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a vHBA is meant to be: the contents of one /etc/npivot/vhba/WWPN.conf (npivot.vhba(5)), to
 * and from text. Knows neither directories (store.h) nor the kernel (fc.h).
 */

#include "common/conf.h"
#include "common/wwn.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPECT_MAX 1024      /* Lun= lines in one definition */
#define SYMBOLIC_NAME_MAX 63 /* FC_VPORT_SYMBOLIC_NAMELEN, of which the kernel needs one */
#define TIMEOUT_USEC_DEFAULT (60 * UINT64_C(1000000))
#define TIMEOUT_USEC_MIN (1 * UINT64_C(1000000))
#define TIMEOUT_USEC_MAX (3600 * UINT64_C(1000000))
#define WWID_MAX 128

typedef enum ParentKind {
        PARENT_AUTO,   /* most free vports on any fabric */
        PARENT_WWPN,   /* wwpn:<port name of the HBA> */
        PARENT_PCI,    /* pci:<domain:bus:slot.function> */
        PARENT_FABRIC, /* fabric:<fabric name>: most free vports there */
        PARENT_HOST,   /* host:<hostN>, which moves from boot to boot */
} ParentKind;

typedef struct Parent {
        ParentKind kind;
        Wwn wwn;       /* PARENT_WWPN, PARENT_FABRIC */
        char name[32]; /* PARENT_PCI "0000:05:00.0", PARENT_HOST "host5" */
} Parent;

typedef enum Role {
        ROLE_NONE,
        ROLE_PRIMARY,
        ROLE_SECONDARY,
} Role;

/* One "Lun=NUMBER [wwid:WWID] [paths:COUNT]" of [Expect]. */
typedef struct Expect {
        uint64_t lun;
        char wwid[WWID_MAX]; /* lower case, without "naa." or "eui."; "" for any */
        unsigned paths;      /* at least this many; 1 unless given */
} Expect;

typedef struct Definition {
        Wwn wwpn;
        Wwn wwnn;
        Parent parent;
        Wwn peer; /* 0 for none; then role is ROLE_NONE, and the other way round */
        Role role;
        char symbolic_name[SYMBOLIC_NAME_MAX + 1];
        Expect *expect;
        size_t n_expect;
        uint64_t timeout_usec;
} Definition;

/* Frees what the definition holds, not the struct itself. Sets it to zeroes. */
void definition_done(Definition *definition);

/* -EBADMSG with the error filled in; *ret is untouched then. */
int definition_parse(const char *text, size_t size, Definition *ret, ConfError *error);

/* The whole as a file's text, in a fixed order; what definition_parse() reads back as equal. */
int definition_format(const Definition *definition, char **ret);

int definition_copy(const Definition *definition, Definition *ret);
bool definition_equal(const Definition *a, const Definition *b);

/* Single values, as in the file; used by the bus as well. -EBADMSG with the error filled in. */
int parent_parse(const char *s, Parent *ret, ConfError *error);
int parent_format(const Parent *parent, char **ret);
int role_parse(const char *s, Role *ret, ConfError *error);
const char *role_to_string(Role role); /* "" for ROLE_NONE */
int expect_parse(const char *s, Expect *ret, ConfError *error);
int expect_format(const Expect *expect, char **ret);
int symbolic_name_check(const char *s, ConfError *error);

/*
 * A WWID in the one form that is compared: lower case, without "naa." or "eui." and without the
 * type digit that multipath(8) and scsi_id(8) put first.
 */
int wwid_parse(const char *s, char ret[static WWID_MAX], ConfError *error);

static inline void definition_donep(Definition *definition) {
        definition_done(definition);
}
