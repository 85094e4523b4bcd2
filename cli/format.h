/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Numbers and states in the words and tones in which people read them.
 */

#include "cli/inventory.h"
#include "cli/json.h"
#include "cli/table.h"

#define FORMAT_SIZE_MAX 24

/* "20 GiB", "1.5 TiB", "512 B"; "-" for 0. Returns buf. */
const char *format_size(uint64_t bytes, char buf[static FORMAT_SIZE_MAX]);

/* Of a port, a vport, a unit or a SCSI device. */
Tone state_tone(const char *state);

/* One word for how a vHBA is: its unit's state, or "transient". */
const char *vhba_state(const Vhba *vhba);
Tone vhba_tone(const Vhba *vhba);

/* Everything that is known of one. hba is the one that it is on, or NULL. */
Json *vhba_to_json(const Vhba *vhba, const Hba *hba);
Json *hba_to_json(const Hba *hba);
