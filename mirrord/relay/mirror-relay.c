/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * mirror-relay(8): carries one disk's NBD between this host and another one. Run by
 * mirror-relay@.service, one for each disk; lives on when mirrord does not.
 */

#include "common/log.h"
#include "mirrord/relay/program.h"
#include "mirrord/relay/relay.h"

#include <inttypes.h>
#include <systemd/sd-daemon.h>

static const char help[] = "Usage: mirror-relay FILE CONTROL-SOCKET\n"
                           "\n"
                           "Carries one disk between QEMU's NBD socket and another host, as FILE\n"
                           "says. Started by mirrord, as mirror-relay@.service.\n"
                           "\n"
                           "  -h --help     Show this\n"
                           "     --version  Show the version\n"
                           "\n"
                           "See mirror-relay(8).\n";

/* No data, no key, no name of a disk: what is told is what everybody may read in the journal. */
static void on_state(void *userdata, const Relay *relay) {
        bool is_up = relay->state == RELAY_LISTENING || relay->state == RELAY_WAITING;

        (void) sd_notifyf(0, "%sSTATUS=%s %u %" PRIu64 " %" PRIu64 "%s%s", is_up ? "READY=1\n" : "",
                          relay_state_text(relay->state), relay->port, relay->to_target.n_bytes,
                          relay->from_target.n_bytes, *relay->words ? " " : "", relay->words);
        if (relay->state == RELAY_FAILED)
                log_error("Cannot relay: %s.", relay->words);
        else if (relay->state == RELAY_ENDED && relay->is_hung_up)
                log_info("Ended: %s.", relay->words);
        else if (relay->state == RELAY_LISTENING && *relay->words)
                log_warning("Turned somebody away: %s.", relay->words);
        else
                log_debug("%s", relay_state_text(relay->state));
}

static int run(const char *file, const char *control, const volatile sig_atomic_t *has_signal) {
        _cleanup_(settings_done) Settings settings = { 0 };
        _cleanup_(relay_done) Relay relay = {
                .settings = &settings,
                .on_state = on_state,
                .has_signal = has_signal,
                .listen_fd = -EBADF,
                .peer.fd = -EBADF,
                .qemu.fd = -EBADF,
        };
        char words[RELAY_WORDS_MAX];
        int r;

        control_init(&relay.control);
        r = settings_read(file, &settings, words);
        if (r < 0) {
                log_error("%s.", words);
                return r;
        }
        r = relay_open(&relay, control);
        if (r >= 0)
                r = relay_run(&relay);
        if (r >= 0)
                log_info("Carried %" PRIu64 " bytes to the target and %" PRIu64 " back.",
                         relay.to_target.n_bytes, relay.from_target.n_bytes);

        return r;
}

int main(int argc, char *argv[]) {
        return program_main("mirror-relay", help, run, argc, argv);
}
