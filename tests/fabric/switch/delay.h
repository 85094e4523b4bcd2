/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Frames that a fault holds back. Frames to one link never overtake one another, as on a wire.
 */

#include "link.h"

#include <sys/queue.h>

typedef struct DelayedFrame {
        TAILQ_ENTRY(DelayedFrame) entry;
        uint64_t due_msec;
        Link *link;
        size_t size;
        uint8_t frame[];
} DelayedFrame;

typedef struct DelayQueue {
        TAILQ_HEAD(, DelayedFrame) frames; /* by due_msec */
        size_t bytes;
        uint64_t dropped; /* the queue was full */
} DelayQueue;

void delay_queue_init(DelayQueue *queue);
void delay_queue_done(DelayQueue *queue);

/* Sends the frame, now if it is due and nothing waits for its link, else later. */
void delay_queue_send(DelayQueue *queue, Link *link, const uint8_t *frame, size_t size,
                      uint64_t now_msec, unsigned delay_msec);
void delay_queue_forget_link(DelayQueue *queue, const Link *link);
/* Sends what is due. Returns when the next one is, or UINT64_MAX. */
uint64_t delay_queue_run(DelayQueue *queue, uint64_t now_msec);
