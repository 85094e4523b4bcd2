/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * mirror-verify(8): compares one disk with its mirror on another host. Run by
 * mirror-verify@.service, one for each disk; lives on when mirrord does not.
 */

#include "common/log.h"
#include "mirrord/relay/program.h"
#include "mirrord/verify/verdict.h"
#include "mirrord/verify/verify.h"

#include <inttypes.h>
#include <systemd/sd-daemon.h>

static const char help[] =
        "Usage: mirror-verify FILE CONTROL-SOCKET\n"
        "\n"
        "Compares one disk with its mirror on another host while the guest goes on,\n"
        "as FILE says. Started by mirrord, as mirror-verify@.service.\n"
        "\n"
        "  -h --help     Show this\n"
        "     --version  Show the version\n"
        "\n"
        "See mirror-verify(8).\n";

static void log_ranges(Ranges *ranges, uint64_t size, int priority, const char *what) {
        Range some[VERDICT_RANGES_MAX];
        size_t n = ranges_join(ranges, size, some, VERDICT_RANGES_MAX);

        for (size_t i = 0; i < n && i < VERDICT_RANGES_MAX; i++)
                log_message(priority, "%s at bytes %" PRIu64 "-%" PRIu64 ".", what, some[i].first,
                            some[i].last);
        if (n > VERDICT_RANGES_MAX)
                log_message(priority, "%s at %zu more ranges.", what, n - VERDICT_RANGES_MAX);
}

static void log_state(Verify *verify) {
        Compare *compare = &verify->compare;

        switch (verify->state) {
        case VERIFY_FAILED:
                log_error("Cannot verify: %s.", verify->words);
                break;
        case VERIFY_LISTENING:
                if (*verify->words)
                        log_warning("Turned somebody away: %s.", verify->words);
                else
                        log_debug("listening");
                break;
        case VERIFY_SAME:
                log_info("The target is the same as the source: %s.", verify->words);
                break;
        case VERIFY_DIFFERENT:
        case VERIFY_UNSETTLED:
                if (verify->state == VERIFY_UNSETTLED)
                        log_warning("Not all of the target could be compared: %s.", verify->words);
                else
                        log_error("The target is not the same as the source: %s.", verify->words);
                log_ranges(&compare->different, compare->sample.size, LOG_ERR, "Differs");
                log_ranges(&compare->untold, compare->sample.size, LOG_WARNING,
                           "Differs, but the mirror was not up to date,");
                log_ranges(&compare->hot, compare->sample.size, LOG_WARNING,
                           "Written to at every look");
                break;
        default:
                log_debug("%s", verify_state_text(verify->state));
        }
}

/* No data, no key, no name of a disk: what is told is what everybody may read in the journal. */
static void on_state(void *userdata, Verify *verify) {
        bool is_up = verify->state == VERIFY_LISTENING || verify->state == VERIFY_RUNNING;

        (void) sd_notifyf(0, "%sSTATUS=%s %u%s%s", is_up ? "READY=1\n" : "",
                          verify_state_text(verify->state), verify->port, *verify->words ? " " : "",
                          verify->words);
        log_state(verify);
}

static int run(const char *file, const char *control, const volatile sig_atomic_t *has_signal) {
        _cleanup_(verify_settings_done) VerifySettings settings = { 0 };
        _cleanup_(verify_done) Verify verify = {
                .settings = &settings,
                .on_state = on_state,
                .has_signal = has_signal,
                .listen_fd = -EBADF,
                .link.channel.fd = -EBADF,
        };
        char words[RELAY_WORDS_MAX];
        int r;

        control_init(&verify.control);
        r = verify_settings_read(file, &settings, words);
        if (r < 0) {
                log_error("%s.", words);
                return r;
        }
        r = verify_open(&verify, control);

        return r < 0 ? r : verify_run(&verify);
}

int main(int argc, char *argv[]) {
        return program_main("mirror-verify", help, run, argc, argv);
}
