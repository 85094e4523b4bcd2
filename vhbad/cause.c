/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/cause.h"

#include "common/cleanup.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct CauseEntry {
        Cause cause;
        bool is_transient;
        const char *name;
        const char *next_step;
} CauseEntry;

/* clang-format off */
static const CauseEntry entries[] = {
        { CAUSE_NONE, false, "",
          "" },
        { CAUSE_UNEXPECTED, true, "unexpected",
          "See the journal of the unit for the error." },
        { CAUSE_USAGE, false, "usage",
          "Name the unit vhba@WWPN.service, with 16 lower-case hex digits." },
        { CAUSE_BAD_DEFINITION, false, "bad-definition",
          "Write or correct the definition (npivot.vhba(5)), then start the unit again." },
        { CAUSE_WWPN_IS_VPORT, true, "wwpn-is-vport",
          "Delete the vport that has the WWPN, or define the vHBA with its WWNN and parent." },
        { CAUSE_WWPN_IS_HBA, false, "wwpn-is-hba",
          "Give the vHBA a WWPN of its own." },
        { CAUSE_NO_PARENT, true, "no-parent",
          "Compare Parent= with “npivot hba”; the unit starts when the HBA appears." },
        { CAUSE_PARENT_OFFLINE, true, "parent-offline",
          "Check the HBA's cable and switch port; “npivot hba” shows its state." },
        { CAUSE_PARENT_FULL, true, "parent-full",
          "Stop a vHBA on that HBA, or choose another Parent=." },
        { CAUSE_NO_NPIV, true, "no-npiv",
          "Enable NPIV on the switch port and in the HBA's driver, or choose another Parent=." },
        { CAUSE_WWPN_IN_USE, true, "wwpn-in-use",
          "Stop the vHBA on the host that has it; this one then comes up by itself." },
        { CAUSE_LOGIN_REFUSED, true, "login-refused",
          "Ask the switch whether the WWPN is logged in elsewhere or the port is out of logins." },
        { CAUSE_LINK_DOWN, true, "link-down",
          "Check the cable and the switch port of the HBA." },
        { CAUSE_LUN_MISSING, true, "lun-missing",
          "Check zoning and masking (“npivot vhba worksheet”), or correct [Expect]." },
        { CAUSE_LUN_DIFFERENT, true, "lun-different",
          "Check what the array maps to the LUN number, or correct wwid: in [Expect]." },
        { CAUSE_PATHS_MISSING, true, "paths-missing",
          "Check the zoning to every target port, or correct paths: in [Expect]." },
        { CAUSE_BUSY, true, "busy",
          "Release the LUNs and stop again, or use “npivot vhba stop --force”." },
        { CAUSE_LUNS_LEFT, true, "luns-left",
          "See with lsblk and fuser what keeps the block devices." },
        { CAUSE_KERNEL, true, "kernel",
          "See the driver's reason in the kernel's log (journalctl -k)." },
};
/* clang-format on */

static const CauseEntry *find(int cause) {
        for (size_t i = 0; i < ARRAY_LEN(entries); i++)
                if ((int) entries[i].cause == cause)
                        return &entries[i];

        return find(CAUSE_UNEXPECTED);
}

const char *cause_to_string(int cause) {
        return find(cause)->name;
}

const char *cause_next_step(int cause) {
        return find(cause)->next_step;
}

int cause_is_transient(int cause) {
        return find(cause)->is_transient;
}
