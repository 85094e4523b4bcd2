/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Why a vHBA could not be brought up or taken down: one list for the exit status of vhba-port, the
 * Cause property of org.npivot.vhba1.Vhba, the man page vhba@.service(5) and the tests.
 */

typedef enum Cause {
        CAUSE_NONE = 0,
        CAUSE_UNEXPECTED = 1, /* an errno that nobody foresaw; see the journal */
        CAUSE_USAGE = 64,     /* EX_USAGE */
        CAUSE_BAD_DEFINITION = 78 /* EX_CONFIG: file missing, or with a mistake */,
        CAUSE_WWPN_IS_VPORT = 100, /* already a vport of this host, with another WWNN or parent */
        CAUSE_WWPN_IS_HBA,         /* it is the port name of a physical HBA of this host */
        CAUSE_NO_PARENT,           /* no HBA here is the one that Parent= names */
        CAUSE_PARENT_OFFLINE,      /* it is there, but not logged in to a fabric */
        CAUSE_PARENT_FULL,         /* no room for another vport */
        CAUSE_NO_NPIV,             /* the HBA, its driver or the fabric cannot do NPIV */
        CAUSE_WWPN_IN_USE,         /* logged in elsewhere on the fabric */
        CAUSE_LOGIN_REFUSED,       /* the fabric refuses, or does not answer, the login */
        CAUSE_LINK_DOWN,           /* the link went down while it was being brought up */
        CAUSE_LUN_MISSING,         /* a LUN of [Expect] is not there */
        CAUSE_LUN_DIFFERENT,       /* it is there with another WWID */
        CAUSE_PATHS_MISSING,       /* it is there over fewer paths */
        CAUSE_BUSY,                /* a LUN behind it is in use; holders are named */
        CAUSE_LUNS_LEFT,           /* the vport is gone, some of its LUNs are not */
        CAUSE_KERNEL,              /* the kernel refused vport_create or vport_delete */
        _CAUSE_MAX,
} Cause;

/* "wwpn-in-use"; "" for CAUSE_NONE, "unexpected" for numbers that are no cause. */
const char *cause_to_string(int cause);

/* What the reader can do about it, one sentence. */
const char *cause_next_step(int cause);

/* Whether trying again later can help without anybody editing the definition. */
int cause_is_transient(int cause);
