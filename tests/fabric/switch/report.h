/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the switch tells about itself. Only reads.
 */

#include "fabric.h"

/* All return 0 or -ENOMEM. */
int report_ports(const Fabric *fabric, bool json, FILE *out);
int report_links(const Fabric *fabric, bool json, FILE *out);
int report_zones(const Fabric *fabric, bool json, FILE *out);
int report_faults(const Fabric *fabric, bool json, FILE *out);
int report_stats(const Fabric *fabric, bool json, FILE *out);
int report_config(const Fabric *fabric, bool json, FILE *out);
/* port_name 0: of all. */
int report_attempts(const Fabric *fabric, uint64_t port_name, bool json, FILE *out);

const char *duplicate_policy_name(DuplicatePolicy policy);
