/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The name server at FFFFFC (FC-GS-6, 5.2): what ports register about themselves, and what others
 * may ask. All answers obey zoning, but GID_PN does so only with ns-zoning on: without it, a host
 * can learn whether a port name is logged in anywhere on the fabric.
 */

#include "frame.h"

void name_server_handle(Fabric *fabric, Port *asker, const FcFrame *request);
