/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "delay.h"

#include <stdlib.h>
#include <string.h>

#define DELAYED_BYTES_MAX (64u * 1024 * 1024)

void delay_queue_init(DelayQueue *queue) {
        *queue = (DelayQueue){ 0 };
        TAILQ_INIT(&queue->frames);
}

static void delay_queue_drop(DelayQueue *queue, DelayedFrame *delayed) {
        TAILQ_REMOVE(&queue->frames, delayed, entry);
        queue->bytes -= delayed->size;
        free(delayed);
}

void delay_queue_done(DelayQueue *queue) {
        DelayedFrame *delayed;

        while ((delayed = TAILQ_FIRST(&queue->frames)))
                delay_queue_drop(queue, delayed);
}

void delay_queue_forget_link(DelayQueue *queue, const Link *link) {
        DelayedFrame *delayed, *next;

        for (delayed = TAILQ_FIRST(&queue->frames); delayed; delayed = next) {
                next = TAILQ_NEXT(delayed, entry);
                if (delayed->link == link)
                        delay_queue_drop(queue, delayed);
        }
}

static const DelayedFrame *delay_queue_last(const DelayQueue *queue, const Link *link) {
        const DelayedFrame *delayed, *last = NULL;

        TAILQ_FOREACH(delayed, &queue->frames, entry)
                if (delayed->link == link)
                        last = delayed;
        return last;
}

static void delay_queue_insert(DelayQueue *queue, DelayedFrame *delayed) {
        DelayedFrame *before;

        TAILQ_FOREACH(before, &queue->frames, entry)
                if (before->due_msec > delayed->due_msec) {
                        TAILQ_INSERT_BEFORE(before, delayed, entry);
                        return;
                }
        TAILQ_INSERT_TAIL(&queue->frames, delayed, entry);
}

void delay_queue_send(DelayQueue *queue, Link *link, const uint8_t *frame, size_t size,
                      uint64_t now_msec, unsigned delay_msec) {
        const DelayedFrame *last;
        DelayedFrame *delayed;

        if (delay_msec == 0 && TAILQ_EMPTY(&queue->frames)) {
                link_send(link, frame, size);
                return;
        }
        last = delay_queue_last(queue, link);
        if (delay_msec == 0 && !last) {
                link_send(link, frame, size);
                return;
        }

        if (queue->bytes + size > DELAYED_BYTES_MAX ||
            !(delayed = malloc(sizeof *delayed + size))) {
                queue->dropped++;
                return;
        }
        delayed->due_msec = now_msec + delay_msec;
        if (last && last->due_msec > delayed->due_msec)
                delayed->due_msec = last->due_msec;
        delayed->link = link;
        delayed->size = size;
        memcpy(delayed->frame, frame, size);
        queue->bytes += size;
        delay_queue_insert(queue, delayed);
}

uint64_t delay_queue_run(DelayQueue *queue, uint64_t now_msec) {
        DelayedFrame *delayed;

        while ((delayed = TAILQ_FIRST(&queue->frames))) {
                if (delayed->due_msec > now_msec)
                        return delayed->due_msec;
                link_send(delayed->link, delayed->frame, delayed->size);
                delay_queue_drop(queue, delayed);
        }
        return UINT64_MAX;
}
