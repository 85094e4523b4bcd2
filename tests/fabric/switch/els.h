/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Extended link services that a port asks of the fabric at its well-known addresses (FC-LS-2):
 * PLOGI, LOGO, SCR, RTV, ADISC, RRQ. Logins to the fabric itself come by FIP and are not here.
 */

#include "frame.h"

void els_handle(Fabric *fabric, Port *from, const FcFrame *request);
