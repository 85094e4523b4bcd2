/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The names of every refusal that a caller can expect on the bus, and the errno each one maps to
 * in sd-bus clients. A name here is an interface: add, never rename.
 */

#include "common/cleanup.h"

#include <stdarg.h>
#include <systemd/sd-bus.h>

#define NPIVOT_ERROR "org.npivot.Error."

#define NPIVOT_ERROR_INVALID_WWN NPIVOT_ERROR "InvalidWwn" /* not a WWN, or a bad NAA */
#define NPIVOT_ERROR_INVALID_DEFINITION NPIVOT_ERROR "InvalidDefinition" /* a key or its value */
#define NPIVOT_ERROR_NO_SUCH_VHBA NPIVOT_ERROR "NoSuchVhba"
#define NPIVOT_ERROR_NO_SUCH_HBA NPIVOT_ERROR "NoSuchHba"
#define NPIVOT_ERROR_ALREADY_DEFINED NPIVOT_ERROR "AlreadyDefined" /* with other contents */
#define NPIVOT_ERROR_NOT_DEFINED NPIVOT_ERROR "NotDefined"         /* transient: adopt it first */
#define NPIVOT_ERROR_STILL_ACTIVE NPIVOT_ERROR "StillActive"       /* stop it first */
#define NPIVOT_ERROR_BUSY NPIVOT_ERROR "Busy"                      /* LUNs in use; holders named */
#define NPIVOT_ERROR_PAIR_CONFLICT NPIVOT_ERROR "PairConflict"     /* the peer has another peer */
#define NPIVOT_ERROR_UNKNOWN_OUTCOME NPIVOT_ERROR "UnknownOutcome" /* written, sync failed */
#define NPIVOT_ERROR_NO_SUCH_PATH NPIVOT_ERROR "NoSuchPath"
#define NPIVOT_ERROR_NO_LUN NPIVOT_ERROR "NoLun"               /* nothing behind the initiator */
#define NPIVOT_ERROR_AMBIGUOUS_LUN NPIVOT_ERROR "AmbiguousLun" /* several, listed: say which */
#define NPIVOT_ERROR_QUARANTINED \
        NPIVOT_ERROR "Quarantined" /* not what it was: release it first \
                                    */
#define NPIVOT_ERROR_NOT_QUARANTINED NPIVOT_ERROR "NotQuarantined"
#define NPIVOT_ERROR_NO_SUCH_MAP NPIVOT_ERROR "NoSuchMap"
#define NPIVOT_ERROR_NO_SUCH_OBJECT NPIVOT_ERROR "NoSuchObject" /* no path, LUN, map, port, … */
#define NPIVOT_ERROR_UNKNOWN_DIRECTORY NPIVOT_ERROR "UnknownDirectory"
#define NPIVOT_ERROR_BAD_CURSOR NPIVOT_ERROR "BadCursor"
#define NPIVOT_ERROR_BAD_FILTER NPIVOT_ERROR "BadFilter"
#define NPIVOT_ERROR_INVALID_ARGUMENT NPIVOT_ERROR "InvalidArgument"
#define NPIVOT_ERROR_ALREADY_MIRRORED NPIVOT_ERROR "AlreadyMirrored" /* by another job */
#define NPIVOT_ERROR_NOT_READY NPIVOT_ERROR "NotReady"               /* wait for its state */
#define NPIVOT_ERROR_NO_MONITOR \
        NPIVOT_ERROR "NoMonitor"                       /* no QEMU answers, or not to this client */
#define NPIVOT_ERROR_LIMIT NPIVOT_ERROR "LimitReached" /* a client asks for too much at once */

/*
 * As sd_bus_error_setf(), for words that have something of the caller's in them: cut to a length it
 * may end within a letter, and what is not UTF-8 must not get onto the bus, which would end the
 * connection.
 */
int bus_error_refuse(sd_bus_error *error, const char *name, const char *format, ...) _printf_(3, 4);
int bus_error_refusev(sd_bus_error *error, const char *name, const char *format, va_list ap)
        _printf_(3, 0);

/* Registers the map with sd-bus, for clients that look at errno. Once a process. */
int bus_error_register(void);
