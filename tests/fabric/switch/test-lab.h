/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A fabric inside a test: hosts on the far end of socket pairs, frames made by hand, and a clock
 * that stands still until it is told otherwise. The fabric does not know the difference.
 */

#include "fabric.h"
#include "fc.h"

#define HOST_A 0x2100001b32a10001
#define HOST_B 0x2100001b32a10002
#define VPORT 0x2100001b32a1c0de
#define VPORT2 0x2100001b32a1c0df

typedef struct TestHost {
        Fabric *fabric;
        Link *link;
        int fd;
        uint8_t mac[6];
} TestHost;

/* One frame as a host got it. */
typedef struct TestFrame {
        uint8_t data[4096];
        size_t size;
        uint16_t ethertype;
        const uint8_t *fc;  /* FC header: in FCoE, or in the first descriptor of a FIP ELS */
        const uint8_t *els; /* the payload behind it */
        size_t els_size;
} TestFrame;

extern uint64_t test_now_msec;

void test_fabric_init(Fabric *fabric);
void test_host_init(TestHost *host, Fabric *fabric, uint8_t number);
void test_host_done(TestHost *host);
/* The host sends; the fabric handles it before this returns. */
void test_host_send(TestHost *host, const uint8_t *frame, size_t size);
/* The next frame for the host; false: there is none. */
bool test_host_receive(TestHost *host, TestFrame *ret);
/* Throws away what is there; returns how many frames that was. */
unsigned test_host_drain(TestHost *host);

/* FLOGI or FDISC in FIP; false: refused, with *ret_reason reason << 8 | explanation. */
bool test_login(TestHost *host, uint64_t port_name, bool is_fdisc, uint32_t *ret_id,
                unsigned *ret_reason);
void test_logout(TestHost *host, uint32_t id);
void test_keep_alive(TestHost *host);
void test_send_fc(TestHost *host, uint8_t r_ctl, uint8_t type, uint32_t d_id, uint32_t s_id,
                  const uint8_t *payload, size_t size);
/* An ELS or CT request to the fabric and its answer, which must come. */
void test_els(TestHost *host, uint32_t d_id, uint32_t s_id, const uint8_t *payload, size_t size,
              TestFrame *ret);
/* CT to the name server; returns the response code, CT_ACCEPT or CT_REJECT. */
uint16_t test_query(TestHost *host, uint32_t s_id, uint16_t code, const uint8_t *args, size_t size,
                    TestFrame *ret);
/* GID_PN; 0: the name server does not know it. */
uint32_t test_gid_pn(TestHost *host, uint32_t s_id, uint64_t port_name);
/* What libfc does after a login: SCR, RFT_ID and RFF_ID as FCP initiator. */
void test_register(TestHost *host, uint32_t id);
/* An RSCN about this address is among the next frames; drains them. */
bool test_got_rscn(TestHost *host, uint32_t about);
