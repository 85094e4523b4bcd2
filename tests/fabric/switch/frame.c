/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "frame.h"

#include "els.h"
#include "fip.h"
#include "name-server.h"

#include <string.h>

int frame_parse(const uint8_t *data, size_t size, FcFrame *ret) {
        if (size < FC_HEADER_SIZE)
                return -EBADMSG;
        *ret = (FcFrame){
                .header = data,
                .payload = data + FC_HEADER_SIZE,
                .payload_size = size - FC_HEADER_SIZE,
                .d_id = get24(data + FC_D_ID),
                .s_id = get24(data + FC_S_ID),
                .r_ctl = data[FC_R_CTL],
                .type = data[FC_TYPE],
        };
        return 0;
}

/* The CRC of Ethernet and of FC (FC-FS-3, 9.4.3), stored lowest byte first. */
static uint32_t crc32(const uint8_t *data, size_t size) {
        uint32_t crc = UINT32_MAX;

        for (size_t i = 0; i < size; i++) {
                crc ^= data[i];
                for (int bit = 0; bit < 8; bit++)
                        crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
        }
        return ~crc;
}

void frame_put_header(uint8_t header[static FC_HEADER_SIZE], uint8_t r_ctl, uint32_t d_id,
                      uint32_t s_id, uint8_t type, uint32_t f_ctl, uint16_t ox_id, uint16_t rx_id) {
        memset(header, 0, FC_HEADER_SIZE);
        header[FC_R_CTL] = r_ctl;
        put24(header + FC_D_ID, d_id);
        put24(header + FC_S_ID, s_id);
        header[FC_TYPE] = type;
        put24(header + FC_F_CTL, f_ctl);
        put16(header + FC_OX_ID, ox_id);
        put16(header + FC_RX_ID, rx_id);
}

static bool frame_vanishes(Fabric *fabric, Port *port) {
        FaultScope scope = { port->port_name, port->link };

        if (fault_hits(&fabric->faults, FAULT_MUTE, scope) ||
            fault_hits(&fabric->faults, FAULT_FREEZE, scope)) {
                port->frames_dropped++;
                return true;
        }
        return false;
}

/* header: the FC header of this frame. libfcoe drops what does not come from the FCF's MAC. */
static void frame_send(Fabric *fabric, Port *to, const uint8_t header[static FC_HEADER_SIZE],
                       const uint8_t *payload, size_t size, uint8_t sof, uint8_t eof) {
        uint8_t frame[FC_OFFSET + FC_HEADER_SIZE + FC_PAYLOAD_MAX + 4 + FCOE_TRAILER_SIZE] = { 0 };
        size_t padded_size = (size + 3) & ~(size_t) 3;
        size_t fc_size = FC_HEADER_SIZE + padded_size;
        uint8_t *trailer = frame + FC_OFFSET + fc_size;
        uint32_t crc;

        if (frame_vanishes(fabric, to))
                return;

        memcpy(frame, to->mac, 6);
        memcpy(frame + 6, fabric->mac, 6);
        put16(frame + 12, ETHERTYPE_FCOE);
        frame[FC_OFFSET - 1] = sof;
        memcpy(frame + FC_OFFSET, header, FC_HEADER_SIZE);
        memcpy(frame + FC_OFFSET + FC_HEADER_SIZE, payload, size);
        crc = crc32(frame + FC_OFFSET, fc_size);
        for (int i = 0; i < 4; i++)
                trailer[i] = (uint8_t) (crc >> 8 * i);
        trailer[4] = eof;
        to->frames_to++;
        link_send(to->link, frame, FC_OFFSET + fc_size + FCOE_TRAILER_SIZE);
}

void frame_send_els(Fabric *fabric, Port *to, uint32_t s_id, const uint8_t *payload, size_t size) {
        uint8_t header[FC_HEADER_SIZE];

        frame_put_header(header, R_CTL_ELS_REQUEST, to->id, s_id, TYPE_ELS, F_CTL_REQUEST,
                         fabric_next_exchange(fabric), UINT16_MAX);
        frame_send(fabric, to, header, payload, size, FC_SOF_I3, FC_EOF_T);
}

void frame_reply(Fabric *fabric, Port *to, const FcFrame *request, uint8_t r_ctl,
                 const uint8_t *payload, size_t size) {
        size_t chunk_max = to->payload_max & ~(size_t) 3;
        uint16_t ox_id = get16(request->header + FC_OX_ID);
        uint16_t rx_id = fabric_next_exchange(fabric);
        uint16_t seq_cnt = 0;
        size_t done = 0;

        do {
                size_t chunk = size - done < chunk_max ? size - done : chunk_max;
                bool is_last = done + chunk == size;
                uint8_t header[FC_HEADER_SIZE];

                frame_put_header(header, r_ctl, request->s_id, request->d_id, request->type,
                                 is_last ? F_CTL_REPLY_LAST : F_CTL_REPLY_MORE, ox_id, rx_id);
                put16(header + FC_SEQ_CNT, seq_cnt);
                frame_send(fabric, to, header, payload + done, chunk,
                           seq_cnt == 0 ? FC_SOF_I3 : FC_SOF_N3, is_last ? FC_EOF_T : FC_EOF_N);
                done += chunk;
                seq_cnt++;
        } while (done < size);
}

/* From one port to another: what the switch does with each frame of a SCSI command. */
static void frame_forward(Fabric *fabric, Port *from, uint32_t d_id, uint8_t *frame, size_t size) {
        Port *to = port_find_id(&fabric->ports, d_id);
        FaultScope from_scope = { from->port_name, from->link }, to_scope;
        unsigned delay_msec, to_delay_msec;

        if (!to) {
                fabric->frames_unroutable++;
                return;
        }
        to_scope = (FaultScope){ to->port_name, to->link };
        if (!zoning_permits(&fabric->zoning, from->port_name, to->port_name) ||
            frame_vanishes(fabric, to) || fault_hits(&fabric->faults, FAULT_DROP, from_scope) ||
            fault_hits(&fabric->faults, FAULT_DROP, to_scope)) {
                from->frames_dropped++;
                return;
        }

        delay_msec = fault_delay_msec(&fabric->faults, from_scope);
        to_delay_msec = fault_delay_msec(&fabric->faults, to_scope);
        memcpy(frame, to->mac, 6);
        memcpy(frame + 6, fabric->mac, 6);
        to->frames_to++;
        delay_queue_send(&fabric->delayed, to->link, frame, size, fabric->now_msec(),
                         delay_msec > to_delay_msec ? delay_msec : to_delay_msec);
}

static void frame_handle_fcoe(Fabric *fabric, Link *link, uint8_t *frame, size_t size) {
        FcFrame fc;
        Port *from;

        if (size < FC_OFFSET + FC_HEADER_SIZE + FCOE_TRAILER_SIZE ||
            frame_parse(frame + FC_OFFSET, size - FC_OFFSET - FCOE_TRAILER_SIZE, &fc) < 0) {
                fabric->frames_malformed++;
                return;
        }
        from = port_find_id(&fabric->ports, fc.s_id);
        if (!from || from->link != link) {
                fabric->frames_unroutable++;
                return;
        }
        from->frames_from++;
        if (frame_vanishes(fabric, from))
                return;

        if (fc.d_id < ID_WELL_KNOWN_FIRST)
                frame_forward(fabric, from, fc.d_id, frame, size);
        else if (fc.r_ctl == R_CTL_ELS_REQUEST && fc.type == TYPE_ELS)
                els_handle(fabric, from, &fc);
        else if (fc.r_ctl == R_CTL_UNSOLICITED_CONTROL && fc.type == TYPE_CT)
                name_server_handle(fabric, from, &fc);
}

void frame_handle(Fabric *fabric, Link *link, uint8_t *frame, size_t size) {
        uint16_t ethertype;

        if (size < ETHER_HEADER_SIZE) {
                fabric->frames_malformed++;
                return;
        }
        if (fault_hits(&fabric->faults, FAULT_FREEZE, (FaultScope){ 0, link }))
                return;

        ethertype = get16(frame + 12);
        if (ethertype == ETHERTYPE_FIP)
                fip_handle(fabric, link, frame, size);
        else if (ethertype == ETHERTYPE_FCOE)
                frame_handle_fcoe(fabric, link, frame, size);
}
