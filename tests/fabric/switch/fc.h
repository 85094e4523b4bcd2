/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The numbers of Fibre Channel that a fabric needs, under the names the standards give them. Only
 * numbers: what is done with them is elsewhere. Sources: FC-FS-3 (frames), FC-LS-2 (ELS codes and
 * reject reasons), FC-GS-6 (CT and the name server), FC-BB-5 (FCoE and FIP).
 */

enum {
        /* An Ethernet frame that carries an FC frame (FC-BB-5, 7.7): ours have no VLAN tag. */
        ETHER_HEADER_SIZE = 14,
        FCOE_HEADER_SIZE = 14,
        FC_HEADER_SIZE = 24,
        FCOE_TRAILER_SIZE = 8,
        FC_OFFSET = ETHER_HEADER_SIZE + FCOE_HEADER_SIZE,
        FC_PAYLOAD_MAX = 2112,
        ETHER_FRAME_MIN = 60,
        ETHER_FRAME_MAX = 9216,

        ETHERTYPE_FCOE = 0x8906,
        ETHERTYPE_FIP = 0x8914,

        FC_SOF_I3 = 0x2e,
        FC_SOF_N3 = 0x36,
        FC_EOF_N = 0x41,
        FC_EOF_T = 0x42,
};

/* Offsets in the FC header. */
enum {
        FC_R_CTL = 0,
        FC_D_ID = 1,
        FC_S_ID = 5,
        FC_TYPE = 8,
        FC_F_CTL = 9,
        FC_SEQ_CNT = 14,
        FC_OX_ID = 16,
        FC_RX_ID = 18,
};

enum {
        R_CTL_UNSOLICITED_CONTROL = 0x02,
        R_CTL_SOLICITED_CONTROL = 0x03,
        R_CTL_ELS_REQUEST = 0x22,
        R_CTL_ELS_REPLY = 0x23,

        TYPE_ELS = 0x01,
        TYPE_FCP = 0x08,
        TYPE_CT = 0x20,

        /* F_CTL: exchange responder, last sequence, end of sequence, sequence initiative passed. */
        F_CTL_REPLY_MORE = 0x900000,
        F_CTL_REPLY_LAST = 0x990000,
        /* First sequence, end of sequence, sequence initiative passed. */
        F_CTL_REQUEST = 0x290000,
};

/* Well-known addresses (FC-FS-3, 11.2). */
enum {
        ID_MANAGEMENT_SERVER = 0xfffffa,
        ID_DIRECTORY_SERVER = 0xfffffc,
        ID_FABRIC_CONTROLLER = 0xfffffd,
        ID_F_PORT = 0xfffffe,
        ID_WELL_KNOWN_FIRST = 0xfffff0,
};

enum {
        ELS_LS_RJT = 0x01,
        ELS_LS_ACC = 0x02,
        ELS_PLOGI = 0x03,
        ELS_FLOGI = 0x04,
        ELS_LOGO = 0x05,
        ELS_RTV = 0x0e,
        ELS_RRQ = 0x12,
        ELS_FDISC = 0x51,
        ELS_ADISC = 0x52,
        ELS_RSCN = 0x61,
        ELS_SCR = 0x62,

        /* PLOGI, FLOGI, FDISC and their accepts: a command word and 112 bytes of parameters. */
        ELS_LOGIN_SIZE = 116,
        ELS_LS_RJT_SIZE = 8,
};

/* The fabric's time-outs, as it tells them in FLOGI, PLOGI and RTV. */
enum {
        R_A_TOV_MSEC = 10000,
        E_D_TOV_MSEC = 2000,
};

/* LS_RJT: reasons and explanations (FC-LS-2, tables 36 and 37). */
enum {
        REASON_LOGICAL_ERROR = 0x03,
        REASON_PROTOCOL_ERROR = 0x07,
        REASON_UNABLE = 0x09,
        REASON_UNSUPPORTED = 0x0b,

        EXPLANATION_NONE = 0x00,
        EXPLANATION_INVALID_PORT_NAME = 0x0d,
        EXPLANATION_LOGIN_REQUIRED = 0x1e,
        EXPLANATION_NO_RESOURCES = 0x29,
        EXPLANATION_NOT_SUPPORTED = 0x2c,
};

/* CT: FC-GS-6, 4.3; the name server's commands 5.2.5; its reject explanations table 12. */
enum {
        CT_HEADER_SIZE = 16,
        CT_TYPE_DIRECTORY = 0xfc,
        CT_SUBTYPE_NAME_SERVER = 0x02,
        CT_REJECT = 0x8001,
        CT_ACCEPT = 0x8002,

        CT_REASON_INVALID_COMMAND = 0x01,
        CT_REASON_INVALID_SIZE = 0x04,
        CT_REASON_UNABLE = 0x09,
        CT_REASON_UNSUPPORTED = 0x0b,

        CT_NO_PORT_ID = 0x01,
        CT_NO_PORT_NAME = 0x02,
        CT_NO_NODE_NAME = 0x03,
        CT_NO_FC4_TYPE = 0x07,
        CT_ACCESS_DENIED = 0x10,

        /* Port types: N_Port, and any Nx_Port. */
        PORT_TYPE_N = 0x01,
        PORT_TYPE_NX = 0x7f,
};

/* FIP: FC-BB-5, 7.7.6 (operations, descriptors, flags). */
enum {
        FIP_VERSION = 1,
        FIP_HEADER_SIZE = 10,

        FIP_OP_DISCOVERY = 1,
        FIP_OP_LINK_SERVICE = 2,
        FIP_OP_CONTROL = 3,
        FIP_OP_VLAN = 4,

        FIP_REQUEST = 1, /* solicitation; link service request; keep-alive; VLAN request */
        FIP_REPLY = 2,   /* advertisement; link service reply; clear virtual link; VLAN notice */

        FIP_DESC_PRIORITY = 1,
        FIP_DESC_MAC = 2,
        FIP_DESC_NAME = 4,
        FIP_DESC_FABRIC = 5,
        FIP_DESC_FLOGI = 7,
        FIP_DESC_FDISC = 8,
        FIP_DESC_LOGO = 9,
        FIP_DESC_VN_PORT = 11,
        FIP_DESC_FKA = 12,
        FIP_DESC_VLAN = 14,

        FIP_FLAG_FPMA = 0x8000,
        FIP_FLAG_FCF = 0x0020,
        FIP_FLAG_AVAILABLE = 0x0004,
        FIP_FLAG_SOLICITED = 0x0002,
        FIP_FLAG_F_PORT = 0x0001,

        /* FPMA: a VN_Port's MAC address is the FC-MAP followed by its 24-bit address. */
        FC_MAP = 0x0efc00,
};
