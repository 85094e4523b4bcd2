/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/relay/program.h"

#include "common/log.h"

#include <string.h>

static volatile sig_atomic_t has_signal;

static void on_signal(int number) {
        has_signal = 1;
}

static void handle_signals(void) {
        const struct sigaction action = { .sa_handler = on_signal };
        sigset_t signals;

        (void) sigemptyset(&signals);
        (void) sigaddset(&signals, SIGTERM);
        (void) sigaddset(&signals, SIGINT);
        (void) sigprocmask(SIG_BLOCK, &signals, NULL);
        (void) sigaction(SIGTERM, &action, NULL);
        (void) sigaction(SIGINT, &action, NULL);
        (void) signal(SIGPIPE, SIG_IGN);
}

int program_main(const char *name, const char *help, ProgramFunc run, int argc, char *argv[]) {
        log_open(name, LOG_TO_AUTO);
        if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
                (void) fputs(help, stdout);
                return EXIT_SUCCESS;
        }
        if (argc == 2 && strcmp(argv[1], "--version") == 0) {
                (void) puts(NPIVOT_VERSION);
                return EXIT_SUCCESS;
        }
        if (argc != 3) {
                (void) fputs(help, stderr);
                return EXIT_FAILURE;
        }

        handle_signals();
        return run(argv[1], argv[2], &has_signal) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
