/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is on disks and which processes have them open. Each disk is read in a child of its own: one
 * that does not answer hides nothing of the others.
 */

#include "lunwatch/act/request.h"

/* 0, or what reply_error() returns. */
int inspect(int root_fd, const Request *request);
