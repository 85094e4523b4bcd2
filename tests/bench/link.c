/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * link NAMESPACE NAMESPACE MBIT MSEC QUEUE-MSEC: a full-duplex wire between two network namespaces
 * of ip(8), so fast and with such a delay in each direction. Before it waits what it takes so long
 * to send; more is dropped. Each side is a device "link0", to be given an address and set up once
 * "up" is printed; the wire is there until it is killed.
 *
 * What netem does in kernels that have it. Packets are as large as the kernel makes them (TSO), and
 * cost on the wire what their segments would cost on Ethernet.
 */

#include "tests/bench/measure.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/queue.h>
#include <unistd.h>

#define PACKET_MAX (sizeof(struct virtio_net_hdr) + 65536)

/* Preamble, header, checksum and gap: of each frame. */
#define ETHERNET_OVERHEAD 38

typedef struct Packet {
        STAILQ_ENTRY(Packet) entry;
        double due_usec;
        size_t size;
        char data[];
} Packet;

typedef struct Wire {
        int from, to;
        double bytes_per_usec, delay_usec, queue_usec;
        double free_usec; /* when the last bit of what waits has left */
        STAILQ_HEAD(, Packet) packets;
} Wire;

static int open_device(const char *namespace) {
        struct ifreq request = { .ifr_name = "link0",
                                 .ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR };
        char path[256];
        int fd, tun;

        (void) snprintf(path, sizeof path, "/run/netns/%s", namespace);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
                err(1, "%s", path);
        (void) close(fd);
        tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
        if (tun < 0 || ioctl(tun, TUNSETIFF, &request) < 0 ||
            ioctl(tun, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4) < 0)
                err(1, "link0 in %s", namespace);

        return tun;
}

/* What the packet is on Ethernet: a kernel's large one is many, each with headers. */
static double wire_size(const char *data, size_t size) {
        const struct virtio_net_hdr *hdr = (const void *) data;
        const struct iphdr *ip = (const void *) (data + sizeof *hdr);
        const struct tcphdr *tcp = (const void *) ((const char *) ip + ip->ihl * 4);
        size_t headers, n = 1;

        size -= sizeof *hdr;
        if (hdr->gso_type == VIRTIO_NET_HDR_GSO_NONE || hdr->gso_size == 0)
                return (double) size + ETHERNET_OVERHEAD;

        headers = ip->ihl * 4U + tcp->doff * 4U;
        n = (size - headers + hdr->gso_size - 1) / hdr->gso_size;
        return (double) (size + (n - 1) * headers + n * ETHERNET_OVERHEAD);
}

/* Waits for its turn, or is dropped: the queue is full. */
static void enqueue(Wire *wire, const char *data, size_t size, double now_usec) {
        Packet *packet;

        if (wire->free_usec < now_usec)
                wire->free_usec = now_usec;
        if (wire->free_usec - now_usec > wire->queue_usec)
                return;

        packet = malloc(sizeof *packet + size);
        if (!packet)
                err(1, "malloc");
        wire->free_usec += wire_size(data, size) / wire->bytes_per_usec;
        packet->due_usec = wire->free_usec + wire->delay_usec;
        packet->size = size;
        memcpy(packet->data, data, size);
        STAILQ_INSERT_TAIL(&wire->packets, packet, entry);
}

static void take(Wire *wire) {
        static char buf[PACKET_MAX];
        ssize_t n;

        while ((n = read(wire->from, buf, sizeof buf)) > 0)
                enqueue(wire, buf, (size_t) n, measure_now_usec());
        if (n < 0 && errno != EAGAIN && errno != EIO) /* EIO: not up yet */
                err(1, "read");
}

/* Until then; at once when that is over. */
static struct timespec time_until(double usec) {
        double left = usec - measure_now_usec();
        time_t sec;

        if (left <= 0)
                return (struct timespec){ 0 };
        sec = (time_t) (left / 1e6);
        return (struct timespec){ sec, (long) ((left - (double) sec * 1e6) * 1e3) };
}

/* As a wire it does not mind whether anybody takes it. */
static void give(Wire *wire) {
        double now = measure_now_usec();
        Packet *packet;

        while ((packet = STAILQ_FIRST(&wire->packets)) && packet->due_usec <= now) {
                STAILQ_REMOVE_HEAD(&wire->packets, entry);
                (void) !write(wire->to, packet->data, packet->size);
                free(packet);
        }
}

static void carry(Wire wires[static 2]) {
        for (;;) {
                struct pollfd polls[] = { { wires[0].from, POLLIN, 0 },
                                          { wires[1].from, POLLIN, 0 } };
                double due = measure_now_usec() + 1e6;
                struct timespec time;

                for (unsigned i = 0; i < 2; i++)
                        if (!STAILQ_EMPTY(&wires[i].packets) &&
                            STAILQ_FIRST(&wires[i].packets)->due_usec < due)
                                due = STAILQ_FIRST(&wires[i].packets)->due_usec;
                time = time_until(due);
                if (ppoll(polls, 2, &time, NULL) < 0 && errno != EINTR)
                        err(1, "poll");
                for (unsigned i = 0; i < 2; i++) {
                        give(wires + i);
                        if (polls[i].revents)
                                take(wires + i);
                }
        }
}

/* A wire is not late because others are busy. */
static void be_punctual(void) {
        const struct sched_param param = { .sched_priority = 1 };

        if (sched_setscheduler(0, SCHED_FIFO, &param) < 0)
                warn("Cannot run before others");
}

int main(int argc, char *argv[]) {
        Wire wires[2] = { 0 };

        if (argc != 6)
                errx(1, "usage: link NAMESPACE NAMESPACE MBIT MSEC QUEUE-MSEC");
        for (unsigned i = 0; i < 2; i++) {
                wires[i].bytes_per_usec = atof(argv[3]) / 8;
                wires[i].delay_usec = atof(argv[4]) * 1000;
                wires[i].queue_usec = atof(argv[5]) * 1000;
                STAILQ_INIT(&wires[i].packets);
                wires[i].from = wires[1 - i].to = open_device(argv[1 + i]);
        }
        be_punctual();
        (void) puts("up");
        (void) fflush(stdout);
        carry(wires);
}
