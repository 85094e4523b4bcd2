/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/relay/tls.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/*
 * AES-GCM with 128 bits: what processors are fast at. A key that is exchanged anew besides the one
 * that both have keeps what was sent secret even when that becomes known.
 */
#define PRIORITY "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM:+CHACHA20-POLY1305"
#define PRIORITY_PSK PRIORITY ":-KX-ALL:+ECDHE-PSK:+DHE-PSK"

#define PSK_NAME "npivot-relay"

#define RECORD_HEADER_SIZE 5

struct Tls {
        bool is_server;
        RelayTls kind;
        char *peer_name;
        gnutls_datum_t key;
        gnutls_certificate_credentials_t certificates;
        gnutls_psk_client_credentials_t psk_client;
        gnutls_psk_server_credentials_t psk_server;
        gnutls_session_t session;
        int fd;
        bool has_more; /* what is sent is not the last of it */
        char ahead[RECORD_HEADER_SIZE];
        size_t n_ahead;
};

Tls *tls_free(Tls *tls) {
        if (!tls)
                return NULL;

        if (tls->session)
                gnutls_deinit(tls->session);
        if (tls->certificates)
                gnutls_certificate_free_credentials(tls->certificates);
        if (tls->psk_client)
                gnutls_psk_free_client_credentials(tls->psk_client);
        if (tls->psk_server)
                gnutls_psk_free_server_credentials(tls->psk_server);
        if (tls->key.data) {
                gnutls_memset(tls->key.data, 0, tls->key.size);
                free(tls->key.data);
        }
        free(tls->peer_name);
        free(tls);
        return NULL;
}

static int refuse(char words[static RELAY_WORDS_MAX], const char *what, int error) {
        (void) snprintf(words, RELAY_WORDS_MAX, "%s: %s", what, gnutls_strerror(error));
        return -EINVAL;
}

/* One name is all there is: the key says who it is. */
static int on_psk_asked(gnutls_session_t session, const char *name, gnutls_datum_t *ret) {
        const Tls *tls = gnutls_session_get_ptr(session);

        if (strcmp(name, PSK_NAME) != 0)
                return -1;
        ret->data = gnutls_malloc(tls->key.size);
        if (!ret->data)
                return -1;
        memcpy(ret->data, tls->key.data, tls->key.size);
        ret->size = tls->key.size;
        return 0;
}

static int load_psk(Tls *tls, const Settings *settings, char words[static RELAY_WORDS_MAX]) {
        int r;

        tls->key.data = malloc(settings->key_size);
        if (!tls->key.data)
                return -ENOMEM;
        memcpy(tls->key.data, settings->key, settings->key_size);
        tls->key.size = (unsigned) settings->key_size;

        if (tls->is_server) {
                r = gnutls_psk_allocate_server_credentials(&tls->psk_server);
                if (r >= 0)
                        gnutls_psk_set_server_credentials_function(tls->psk_server, on_psk_asked);
        } else {
                r = gnutls_psk_allocate_client_credentials(&tls->psk_client);
                if (r >= 0)
                        r = gnutls_psk_set_client_credentials(tls->psk_client, PSK_NAME, &tls->key,
                                                              GNUTLS_PSK_KEY_RAW);
        }

        return r < 0 ? refuse(words, "the key cannot be used", r) : 0;
}

static int load_certificates(Tls *tls, const Settings *settings,
                             char words[static RELAY_WORDS_MAX]) {
        int r;

        tls->peer_name = strdup(settings->peer_name);
        if (!tls->peer_name)
                return -ENOMEM;
        r = gnutls_certificate_allocate_credentials(&tls->certificates);
        if (r < 0)
                return refuse(words, "certificates", r);
        r = gnutls_certificate_set_x509_trust_file(tls->certificates, settings->ca_file,
                                                   GNUTLS_X509_FMT_PEM);
        if (r <= 0)
                return refuse(words, settings->ca_file, r < 0 ? r : GNUTLS_E_NO_CERTIFICATE_FOUND);
        r = gnutls_certificate_set_x509_key_file(tls->certificates, settings->certificate_file,
                                                 settings->private_key_file, GNUTLS_X509_FMT_PEM);

        return r < 0 ? refuse(words, settings->certificate_file, r) : 0;
}

int tls_new(const Settings *settings, Tls **ret, char words[static RELAY_WORDS_MAX]) {
        _cleanup_(tls_freep) Tls *tls = NULL;
        int r;

        tls = calloc(1, sizeof *tls);
        if (!tls)
                return -ENOMEM;
        tls->is_server = settings->side == RELAY_TARGET;
        tls->kind = settings->tls;
        r = tls->kind == RELAY_PSK ? load_psk(tls, settings, words)
                                   : load_certificates(tls, settings, words);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(tls);
        return 0;
}

static int set_credentials(Tls *tls) {
        if (tls->kind == RELAY_X509)
                return gnutls_credentials_set(tls->session, GNUTLS_CRD_CERTIFICATE,
                                              tls->certificates);

        return gnutls_credentials_set(tls->session, GNUTLS_CRD_PSK,
                                      tls->is_server ? (void *) tls->psk_server
                                                     : (void *) tls->psk_client);
}

/* Both sides show a certificate, from this authority and with the name that is expected. */
static void require_certificate(Tls *tls) {
        gnutls_certificate_server_set_request(tls->session, GNUTLS_CERT_REQUIRE);
        gnutls_session_set_verify_cert(tls->session, tls->peer_name, 0);
}

/* Records are put together to packets of the size that the network likes. */
static ssize_t on_push(gnutls_transport_ptr_t userdata, const giovec_t *parts, int n_parts) {
        Tls *tls = userdata;
        struct msghdr message = { .msg_iov = (struct iovec *) parts,
                                  .msg_iovlen = (size_t) n_parts };

        return sendmsg(tls->fd, &message,
                       MSG_DONTWAIT | MSG_NOSIGNAL | (tls->has_more ? MSG_MORE : 0));
}

/*
 * GnuTLS reads a record's header, and then the rest of it: the next header comes with that, which
 * halves the system calls. None is kept when there is nothing to read: GnuTLS asks until then.
 */
static ssize_t on_pull(gnutls_transport_ptr_t userdata, void *buf, size_t size) {
        Tls *tls = userdata;
        struct iovec parts[] = { { buf, size }, { tls->ahead, sizeof tls->ahead } };
        struct msghdr message = { .msg_iov = parts, .msg_iovlen = ARRAY_LEN(parts) };
        size_t n_given = tls->n_ahead < size ? tls->n_ahead : size;
        ssize_t n;

        if (n_given > 0) {
                memcpy(buf, tls->ahead, n_given);
                tls->n_ahead -= n_given;
                memmove(tls->ahead, tls->ahead + n_given, tls->n_ahead);
                return (ssize_t) n_given;
        }

        n = recvmsg(tls->fd, &message, MSG_DONTWAIT);
        if (n <= (ssize_t) size)
                return n;
        tls->n_ahead = (size_t) n - size;
        return (ssize_t) size;
}

int tls_begin(Tls *tls, int fd) {
        int r;

        if (tls->session)
                gnutls_deinit(TAKE_PTR(tls->session));
        tls->fd = fd;
        tls->n_ahead = 0;
        tls->has_more = false;
        r = gnutls_init(&tls->session, (tls->is_server ? GNUTLS_SERVER : GNUTLS_CLIENT) |
                                               GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL |
                                               GNUTLS_NO_TICKETS);
        if (r < 0)
                return -ENOMEM;
        gnutls_session_set_ptr(tls->session, tls);
        r = gnutls_priority_set_direct(tls->session,
                                       tls->kind == RELAY_X509 ? PRIORITY : PRIORITY_PSK, NULL);
        if (r >= 0)
                r = set_credentials(tls);
        if (r < 0)
                return -EINVAL;

        if (tls->kind == RELAY_X509)
                require_certificate(tls);
        gnutls_transport_set_ptr(tls->session, tls);
        gnutls_transport_set_vec_push_function(tls->session, on_push);
        gnutls_transport_set_pull_function(tls->session, on_pull);
        return 0;
}

static void describe_failure(const Tls *tls, int error, char words[static RELAY_WORDS_MAX]) {
        gnutls_datum_t text = { 0 };

        if (error == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR &&
            gnutls_certificate_verification_status_print(
                    gnutls_session_get_verify_cert_status(tls->session), GNUTLS_CRT_X509, &text,
                    0) >= 0) {
                (void) snprintf(words, RELAY_WORDS_MAX, "%s", (const char *) text.data);
                gnutls_free(text.data);
        } else if (error == GNUTLS_E_FATAL_ALERT_RECEIVED)
                (void) snprintf(words, RELAY_WORDS_MAX, "the other side refuses: %s",
                                gnutls_alert_get_name(gnutls_alert_get(tls->session)));
        else
                (void) snprintf(words, RELAY_WORDS_MAX, "%s", gnutls_strerror(error));
}

int tls_handshake(Tls *tls, char words[static RELAY_WORDS_MAX]) {
        int r;

        do
                r = gnutls_handshake(tls->session);
        while (r < 0 && r != GNUTLS_E_AGAIN && gnutls_error_is_fatal(r) == 0);
        if (r == GNUTLS_E_AGAIN)
                return -EAGAIN;
        if (r >= 0)
                return 0;

        describe_failure(tls, r, words);
        (void) gnutls_alert_send_appropriate(tls->session, r);
        return -EACCES;
}

short tls_events(const Tls *tls) {
        return gnutls_record_get_direction(tls->session) == 0 ? POLLIN : POLLOUT;
}

static ssize_t result(ssize_t r) {
        if (r == GNUTLS_E_AGAIN || r == GNUTLS_E_INTERRUPTED)
                return -EAGAIN;

        return r < 0 ? -EIO : r;
}

ssize_t tls_read(Tls *tls, void *buf, size_t size) {
        size_t done = 0;
        ssize_t r = 1;

        while (r > 0 && done < size) {
                r = gnutls_record_recv(tls->session, (char *) buf + done, size - done);
                done += r > 0 ? (size_t) r : 0;
        }
        if (done > 0)
                return (ssize_t) done;

        /* TLS 1.3: new keys, from time to time. */
        return r < 0 && gnutls_error_is_fatal((int) r) == 0 ? -EAGAIN : result(r);
}

ssize_t tls_write(Tls *tls, const void *buf, size_t size) {
        size_t most = gnutls_record_get_max_size(tls->session), done = 0;
        ssize_t r = 1;

        while (r > 0 && done < size) {
                tls->has_more = size - done > most;
                r = gnutls_record_send(tls->session, (const char *) buf + done, size - done);
                done += r > 0 ? (size_t) r : 0;
        }

        return done > 0 ? (ssize_t) done : result(r);
}

int tls_end(Tls *tls) {
        return gnutls_bye(tls->session, GNUTLS_SHUT_WR) == GNUTLS_E_AGAIN ? -EAGAIN : 0;
}
