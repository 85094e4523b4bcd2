/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What one relay is for: a file that mirrord writes, KEY=VALUE in a section [Relay]. Reads nothing
 * but that file.
 *
 *   Side=source|target
 *   Socket=PATH          source: made and listened on, for QEMU's NBD client;
 *                        target: QEMU's NBD export
 *   Name=EXPORT          target: what the disk is called there; warm.h's, when it is said
 *   Owner=UID            source: who may connect to it, QEMU's user; root when it is not said
 *   Address=IP           source: of the other host; target: the one address that is listened on
 *   Ports=FIRST[-LAST]   source: one; target: the first that is free
 *   Tls=psk|x509|no
 *   Key=HEX              psk: 16 to 64 bytes, for this relay alone
 *   CaFile= CertificateFile= PrivateKeyFile=   x509: PEM
 *   PeerName=NAME        x509: what must be in the other's certificate
 *   Limit=BYTES          a second, towards the target; 0: none
 *   Stall=MSEC           source: for how long the target may owe an answer; 0: none
 */

#include "common/conf.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

typedef enum RelaySide {
        RELAY_SOURCE,
        RELAY_TARGET,
} RelaySide;

typedef enum RelayTls {
        RELAY_PLAIN,
        RELAY_PSK,
        RELAY_X509,
} RelayTls;

#define RELAY_STALL_MIN_MSEC 100
#define RELAY_STALL_MAX_MSEC 600000
#define RELAY_KEY_MIN 16
#define RELAY_KEY_MAX 64
#define RELAY_WORDS_MAX 256
#define RELAY_NAME_MAX 255

typedef struct Settings {
        RelaySide side;
        struct sockaddr_un socket;
        char name[RELAY_NAME_MAX + 1];
        uid_t owner;
        bool has_owner;                  /* it was said */
        struct sockaddr_storage address; /* the port is 0 */
        socklen_t address_size;
        uint16_t first_port, last_port;
        RelayTls tls;
        uint8_t key[RELAY_KEY_MAX];
        size_t key_size;
        char *ca_file, *certificate_file, *private_key_file, *peer_name;
        uint64_t limit;
        uint32_t stall_msec;
} Settings;

void settings_done(Settings *settings);

/* 0, or a time that makes sense; -EINVAL for others. */
int settings_parse_stall(const char *value, uint32_t *ret_msec);

/* While a file is read: what the parsers of its keys are given, or what that begins with. */
typedef struct SettingsParsed {
        Settings settings;
        const char *section;    /* of the file */
        const char *socket_key; /* what the socket is called there */
        bool has_side, has_socket, has_address, has_ports;
} SettingsParsed;

/*
 * For a file of another program that talks to its own kind on another host: the keys above but
 * Owner and Stall, and more. parsed: section, socket_key and what is the default are set. On
 * failure nothing in it is to be freed.
 */
int settings_read_section(const char *path, const ConfKey *more, size_t n_more,
                          SettingsParsed *parsed, char words[static RELAY_WORDS_MAX]);

/* -EINVAL: words say which key, what is wrong with it and what it must be. */
int settings_read(const char *path, Settings *ret, char words[static RELAY_WORDS_MAX]);
