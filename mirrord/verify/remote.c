/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/verify/remote.h"

#include <string.h>

int remote_begin(void *userdata, Read *read) {
        Remote *remote = userdata;
        WireFrame frame = {
                .kind = WIRE_READ,
                .id = remote->last_id + 1,
                .offset = read->offset,
                .n_blocks = (uint16_t) block_count(read->size),
                .is_fresh = read->is_fresh,
        };
        int r;

        for (size_t i = 0; i < READS_MAX; i++) {
                if (remote->slots[i].read)
                        continue;
                r = link_send(remote->link, &frame);
                if (r < 0)
                        return r;
                remote->slots[i].read = read;
                remote->slots[i].id = remote->last_id = frame.id;
                return 0;
        }

        return -EBUSY;
}

int remote_take(Remote *remote, const WireFrame *frame) {
        for (size_t i = 0; i < READS_MAX; i++) {
                Read *read = remote->slots[i].read;

                if (!read || remote->slots[i].id != frame->id)
                        continue;
                if (block_count(read->size) != frame->n_blocks)
                        return -EPROTO;
                memcpy(read->digests, frame->digests, frame->n_blocks * sizeof(Digest));
                read->is_done = true;
                remote->slots[i].read = NULL;
                return 0;
        }

        return -EPROTO;
}
