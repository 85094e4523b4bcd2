/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * vhba-port reload: brings to the running vport what can be changed while it runs, the symbolic
 * name. Everything else needs a restart of the unit.
 */

#include "common/message-ids.h"
#include "vhbad/port.h"
#include "vhbad/vport.h"

#include <string.h>

Cause port_reload(Port *port) {
        _cleanup_(definition_donep) Definition definition = { 0 };
        FcVport vport;
        Cause cause;
        int r;

        cause = port_load(port, &definition);
        if (cause != CAUSE_NONE)
                return cause;

        r = fc_vport_find(port->wwpn, &vport);
        if (r < 0)
                return port_fail(port, CAUSE_KERNEL, MESSAGE_VHBA_FAILED,
                                 "There is no vport to reload.");
        if (strcmp(vport.symbolic_name, definition.symbolic_name) == 0)
                return CAUSE_NONE;

        r = vport_set_symbolic_name(&vport, definition.symbolic_name);
        if (r < 0)
                return port_fail(port, CAUSE_KERNEL, MESSAGE_VHBA_FAILED,
                                 "Cannot set the symbolic name: %s.", strerror(-r));

        return port_succeed(port, MESSAGE_VHBA_STATE, "%s on %s; the symbolic name is now “%s”.",
                            vport.state, vport.parent, definition.symbolic_name);
}
