/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who may log in: the decision on a FLOGI or FDISC, the answer to it, and the line in the book of
 * logins. How the request came and how the answer goes is fip.c's.
 */

#include "fabric.h"
#include "fc.h"

/* The answer, an LS_ACC or an LS_RJT, and the port if there is one now. */
typedef struct LoginAnswer {
        uint8_t payload[ELS_LOGIN_SIZE];
        size_t size;
        const Port *port;
} LoginAnswer;

/* request: ELS_LOGIN_SIZE bytes of FLOGI or FDISC. */
void login_handle(Fabric *fabric, Link *link, const uint8_t enode_mac[6],
                  const uint8_t request[static ELS_LOGIN_SIZE], bool is_fdisc, LoginAnswer *ret);

/* An LS_ACC with service parameters, as FLOGI, FDISC and PLOGI have. */
void login_put_parameters(uint8_t payload[static ELS_LOGIN_SIZE], uint64_t port_name,
                          uint64_t node_name, uint16_t features, uint16_t payload_max,
                          bool is_fabric);
uint64_t login_port_name(const uint8_t request[static ELS_LOGIN_SIZE]);
uint16_t login_payload_max(const uint8_t request[static ELS_LOGIN_SIZE]);
void login_put_reject(uint8_t payload[static ELS_LS_RJT_SIZE], uint8_t reason, uint8_t explanation);
