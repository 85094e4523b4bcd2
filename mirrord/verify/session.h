/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A verifier with the other side connected: who both are, what the one asks and the other answers,
 * until the verdict. Says what happened; what becomes of the verifier then is verify.c's.
 */

#include "mirrord/verify/verify.h"

/* Begins with QEMU's export. On any failure here words say why. */
int session_begin(Verify *verify);
void session_end(Verify *verify);

/* After poll(), with what it said of the export. > 0: both have said hello. */
int session_greet(Verify *verify, short export_revents);

/* > 0: it is over. On the target -ECONNRESET is how it ends. */
int session_run(Verify *verify, short export_revents, uint64_t now_usec);

/* Until it should be run again although nothing has come; UINT64_MAX: no need. */
uint64_t session_wait(Verify *verify, uint64_t now_usec);
