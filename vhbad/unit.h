/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What PID 1 last told of one vhba@WWPN.service, and what that means to a person. Speaks to nobody:
 * systemd.h asks and listens.
 */

#include "common/wwn.h"
#include "vhbad/cause.h"

#include <stdbool.h>
#include <systemd/sd-bus.h>

#define UNIT_NAME_LEN (sizeof("vhba@.service") - 1 + WWN_STRING_LEN)
typedef char UnitName[UNIT_NAME_LEN + 1];

typedef struct Unit {
        char active_state[24]; /* "inactive" until told otherwise: so is a unit nobody loaded */
        char sub_state[32];
        char file_state[24]; /* "" until asked for */
        char result[32];
        char job_result[16]; /* of the last job, when it ended before the unit could run */
        char *status_text;   /* what vhba-port said; may be NULL */
        int main_code;       /* CLD_EXITED, …, of the last start; 0 when there was none */
        int main_status;
        int stop_code; /* the same of ExecStop, which PID 1 counts as no main process */
        int stop_status;
        bool file_state_wanted; /* queued by systemd.c */
        bool properties_wanted;
} Unit;

void unit_init(Unit *unit);
void unit_done(Unit *unit);

const char *unit_name(Wwn wwpn, UnitName ret);
/* -EINVAL for every name that is not exactly what unit_name() prints. */
int unit_name_parse(const char *name, Wwn *ret);

/* The unit's object of PID 1; the same in both directions. */
int unit_path(Wwn wwpn, char **ret);
int unit_path_parse(const char *path, Wwn *ret);

/*
 * Takes what is of interest out of an a{sv} of PID 1, at which the message stands. > 0 when
 * something changed.
 */
int unit_read_properties(Unit *unit, sd_bus_message *message);

/* Takes the end of a job ("done", "dependency", …). > 0 when something changed. */
int unit_set_job_result(Unit *unit, const char *result);
/* The same for the state of the unit's file ("enabled", "masked", …). */
int unit_set_file_state(Unit *unit, const char *state);

/* A start or a stop is under way, or the vHBA is up. */
bool unit_is_running(const Unit *unit);
/* A stop of it would run ExecStop. */
bool unit_runs_stop(const Unit *unit);
bool unit_is_failed(const Unit *unit);
bool unit_is_enabled(const Unit *unit);

/* Whether ExecStop's status says why it failed; it is the one property that is not in signals. */
bool unit_needs_stop_status(const Unit *unit);

Cause unit_cause(const Unit *unit);
/* The same in words, or what a start waits for; "" when there is nothing to say. */
int unit_message(const Unit *unit, char **ret);
