/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * FC frames in and out of FCoE: reads what comes from a link and gives it to FIP, to a service of
 * the fabric, or to the port it is for; wraps what the services send. The services are in fip.c,
 * els.c and name-server.c.
 */

#include "fabric.h"
#include "fc.h"

/* An FC frame inside another buffer; header has FC_HEADER_SIZE bytes, payload payload_size. */
typedef struct FcFrame {
        const uint8_t *header;
        const uint8_t *payload;
        size_t payload_size;
        uint32_t d_id;
        uint32_t s_id;
        uint8_t r_ctl;
        uint8_t type;
} FcFrame;

/* data starts at the FC header. -EBADMSG: too short. */
int frame_parse(const uint8_t *data, size_t size, FcFrame *ret);

/* Any Ethernet frame from a link, however malformed. May change the frame. */
void frame_handle(Fabric *fabric, Link *link, uint8_t *frame, size_t size);

void frame_put_header(uint8_t header[static FC_HEADER_SIZE], uint8_t r_ctl, uint32_t d_id,
                      uint32_t s_id, uint8_t type, uint32_t f_ctl, uint16_t ox_id, uint16_t rx_id);
/* An ELS request of the fabric's own to a port; the answer is not waited for. */
void frame_send_els(Fabric *fabric, Port *to, uint32_t s_id, const uint8_t *payload, size_t size);
/* Answers a request of this port, in as many frames as it takes. */
void frame_reply(Fabric *fabric, Port *to, const FcFrame *request, uint8_t r_ctl,
                 const uint8_t *payload, size_t size);
