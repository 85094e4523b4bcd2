/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A sequence of frames into a fabric with two hosts logged in. The input is two bytes of length
 * and a frame, again and again; odd lengths come from the second host. fuzz-seeds/ has frames that
 * hosts really send. Links with switch_dep.
 */

#include "fabric.h"
#include "frame.h"
#include "tests/fuzz/fuzz.h"

static uint64_t clock_of_fuzzer(void) {
        return 1000000;
}

static void add_port(Fabric *fabric, Link *link, uint64_t port_name) {
        Port *port;

        if (port_list_add(&fabric->ports, link, fabric->config.domain, false, &port) < 0)
                abort();
        port->port_name = port_name;
        port->node_name = port_name + 1;
        port->payload_max = FC_PAYLOAD_MAX;
        port->keep_alive_msec = clock_of_fuzzer();
        port->wants_rscn = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const uint8_t *next = data;
        size_t left = size;
        Link *links[2];
        Fabric fabric;

        if (fabric_init(&fabric, &fabric_config_default, clock_of_fuzzer) < 0)
                abort();
        for (unsigned i = 0; i < 2; i++) {
                if (link_new(-1, LINK_STREAM, "fuzz", &links[i]) < 0 ||
                    fabric_add_link(&fabric, links[i]) < 0)
                        abort();
                add_port(&fabric, links[i], 0x2100001b32a10001 + i);
        }

        while (left >= 2) {
                size_t length = get16(next);
                unsigned host = length & 1;
                uint8_t *frame;

                next += 2;
                left -= 2;
                if (length > left)
                        length = left;
                /* A buffer of its own, so that a read past the frame's end is seen. */
                frame = malloc(length > 0 ? length : 1);
                if (!frame)
                        abort();
                memcpy(frame, next, length);
                frame_handle(&fabric, links[host], frame, length);
                free(frame);
                next += length;
                left -= length;
        }
        fuzz_planted_fault(data, size,
                           fabric.attempts.total_by_result[ATTEMPT_REJECTED_NO_PHYSICAL] > 0);

        fabric_done(&fabric);
        return 0;
}
