/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * vhba-fabric: answers one question about the fabric's name server (fabric.h) on the socket that is
 * its standard input and output, and ends. Run by vhba-fabric@.service, once a connection.
 *
 * The question goes through the HBA's bsg device as a CT request (FC-GS): GID_PN, "get the port id
 * for a port name". Structures: the kernel's include/uapi/scsi/scsi_bsg_fc.h, which not every
 * distribution installs.
 */

#include "common/cleanup.h"
#include "common/log.h"
#include "vhbad/fabric.h"

#include <arpa/inet.h>
#include <endian.h>
#include <fcntl.h>
#include <linux/bsg.h>
#include <scsi/sg.h>
#include <string.h>
#include <sys/ioctl.h>

#define FC_BSG_HST_CT 0x80000004u
#define TIMEOUT_MSEC 3000

#define CT_REVISION 0x01
#define CT_DIRECTORY_SERVICE 0xfc
#define CT_NAME_SERVER 0x02
#define CT_GID_PN 0x0121
#define GID_PN_REPLY_WORDS 4
#define CT_REJECT 0x8001
#define CT_ACCEPT 0x8002
#define CT_REASON_CANNOT_PERFORM 0x09 /* "unable to perform": nobody has the name */

#define NAME_SERVER_ID 0xfffffc

typedef struct CtHeader {
        uint8_t revision;
        uint8_t in_id[3];
        uint8_t type;
        uint8_t subtype;
        uint8_t options;
        uint8_t reserved;
        uint16_t command; /* big endian, as all of it */
        uint16_t max_size;
        uint8_t fragment;
        uint8_t reason;
        uint8_t explanation;
        uint8_t vendor;
} __attribute__((packed)) CtHeader;

typedef struct GidPnRequest {
        CtHeader header;
        uint64_t port_name;
} __attribute__((packed)) GidPnRequest;

typedef struct GidPnReply {
        CtHeader header;
        uint32_t port_id;
        uint8_t padding[64];
} __attribute__((packed)) GidPnReply;

/* fc_bsg_request with its fc_bsg_host_ct; the union is as large as its largest member. */
typedef struct BsgRequest {
        uint32_t code;
        uint8_t reserved;
        uint8_t port_id[3];
        uint32_t preamble[3];
        uint8_t padding[16];
} __attribute__((packed)) BsgRequest;

/* fc_bsg_reply with its fc_bsg_ctels_reply. */
typedef struct BsgReply {
        uint32_t result;
        uint32_t payload_size;
        uint32_t status;
        uint8_t reject[4];
        uint8_t padding[16];
} __attribute__((packed)) BsgReply;

static int send_request(int fd, const GidPnRequest *request, GidPnReply *ret) {
        BsgRequest bsg = {
                .code = FC_BSG_HST_CT,
                .port_id = { NAME_SERVER_ID >> 16, NAME_SERVER_ID >> 8 & 0xff,
                             NAME_SERVER_ID & 0xff },
        };
        BsgReply reply = { 0 };
        struct sg_io_v4 io = {
                .guard = 'Q',
                .protocol = BSG_PROTOCOL_SCSI,
                .subprotocol = BSG_SUB_PROTOCOL_SCSI_TRANSPORT,
                .request = (uintptr_t) &bsg,
                .request_len = sizeof bsg,
                .response = (uintptr_t) &reply,
                .max_response_len = sizeof reply,
                .dout_xferp = (uintptr_t) request,
                .dout_xfer_len = sizeof *request,
                .din_xferp = (uintptr_t) ret,
                .din_xfer_len = sizeof *ret,
                .timeout = TIMEOUT_MSEC,
        };

        memcpy(bsg.preamble, &request->header, sizeof bsg.preamble);
        if (ioctl(fd, SG_IO, &io) < 0)
                return -errno;
        if (io.device_status != 0 || io.transport_status != 0)
                return -EIO;

        return 0;
}

static int ask(const char *host, Wwn wwpn, uint32_t *ret_port_id) {
        GidPnRequest request = {
                .header = {
                        .revision = CT_REVISION,
                        .type = CT_DIRECTORY_SERVICE,
                        .subtype = CT_NAME_SERVER,
                        .command = htons(CT_GID_PN),
                        .max_size = htons(GID_PN_REPLY_WORDS),
                },
                .port_name = htobe64(wwpn),
        };
        GidPnReply reply = { 0 };
        _cleanup_close_ int fd = -EBADF;
        char path[64];
        int r;

        (void) snprintf(path, sizeof path, "/dev/bsg/fc_%.31s", host);
        fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        r = send_request(fd, &request, &reply);
        if (r < 0)
                return r;

        switch (ntohs(reply.header.command)) {
        case CT_ACCEPT:
                *ret_port_id = ntohl(reply.port_id) & 0xffffff;
                return 0;
        case CT_REJECT:
                return reply.header.reason == CT_REASON_CANNOT_PERFORM ? -ENOENT : -EREMOTEIO;
        default:
                return -EPROTO;
        }
}

static int parse_question(char *line, const char **ret_host, Wwn *ret_wwpn) {
        char *blank = strchr(line, ' ');

        if (!blank)
                return -EINVAL;
        *blank = '\0';
        blank[1 + strcspn(blank + 1, "\n")] = '\0';

        /* It becomes part of a path. */
        if (strncmp(line, "host", 4) != 0 || line[4] == '\0' || strlen(line) > 16 ||
            line[4 + strspn(line + 4, "0123456789")] != '\0')
                return -EINVAL;

        *ret_host = line;
        return wwn_parse(blank + 1, ret_wwpn);
}

static int run(void) {
        char line[FABRIC_LINE_MAX];
        const char *host = "";
        uint32_t port_id = 0;
        Wwn wwpn;
        int r;

        if (!fgets(line, sizeof line, stdin))
                return EXIT_FAILURE;

        r = parse_question(line, &host, &wwpn);
        if (r >= 0)
                r = ask(host, wwpn, &port_id);
        if (r >= 0)
                (void) printf("port %06x\n", port_id);
        else if (r == -ENOENT)
                (void) printf("none\n");
        else {
                (void) log_warning_errno(r, "Cannot ask the fabric through %s: %m", host);
                (void) printf("error %d\n", -r);
        }

        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(void) {
        log_open("vhba-fabric", LOG_TO_AUTO);
        return run();
}
