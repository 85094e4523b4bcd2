/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "command.h"

#include "argument.h"
#include "commands.h"
#include "common/wwn.h"

#include <stdarg.h>
#include <string.h>

int command_fail(Request *request, int error, const char *format, ...) {
        va_list args;

        va_start(args, format);
        (void) vsnprintf(request->error, sizeof request->error, format, args);
        va_end(args);
        return error;
}

int command_word_wwn(Request *request, size_t i, uint64_t *ret) {
        if (wwn_parse(request->words[i], ret) < 0)
                return command_fail(request, -EINVAL,
                                    "\"%s\" is not a port name: give 16 hex digits.",
                                    request->words[i]);
        return 0;
}

int command_word_number(Request *request, size_t i, uint64_t min, uint64_t max, uint64_t *ret) {
        if (argument_parse_number(request->words[i], min, max, ret) < 0)
                return command_fail(
                        request, -EINVAL, "\"%s\" is not a number between %llu and %llu.",
                        request->words[i], (unsigned long long) min, (unsigned long long) max);
        return 0;
}

int command_word_link(Request *request, size_t i, Link **ret) {
        int r = argument_find_link(request->fabric, request->words[i], ret);

        if (r == -ENOTUNIQ)
                return command_fail(
                        request, r,
                        "\"%s\" stands for several links: give a number from \"links\".",
                        request->words[i]);
        if (r < 0)
                return command_fail(request, r, "No link \"%s\": \"links\" lists what there is.",
                                    request->words[i]);
        return 0;
}

int command_done(Request *request) {
        if (request->json)
                fputs("{}\n", request->out);
        return 0;
}

static int command_help(Request *request);

static const struct {
        const char *name;
        size_t words_min;
        size_t words_max;
        int (*run)(Request *request);
        const char *usage;
} commands[] = {
        { "ports", 1, 1, command_ports, "" },
        { "links", 1, 1, command_links, "" },
        { "zones", 1, 1, command_zones, "" },
        { "faults", 1, 1, command_faults, "" },
        { "stats", 1, 1, command_stats, "" },
        { "config", 1, 1, command_config, "" },
        { "attempts", 1, 2, command_attempts, "[WWPN]" },
        { "duplicates", 1, 2, command_duplicates, "[WWPN]" },
        { "logged-in", 2, 2, command_logged_in, "WWPN" },
        { "wait", 4, 6, command_wait,
          "port WWPN present|absent|registered|on LINK [MSEC], or attempts|duplicates WWPN N [MSEC]" },
        { "link", 3, 3, command_link, "LINK down|up" },
        { "cvl", 2, 3, command_cvl, "WWPN | link LINK" },
        { "rscn", 2, 2, command_rscn, "WWPN" },
        { "npiv", 2, 2, command_npiv, "on|off" },
        { "max-vports", 2, 3, command_max_vports, "N [LINK]" },
        { "duplicate-policy", 2, 2, command_duplicate_policy, "reject|takeover|allow" },
        { "ns-zoning", 2, 2, command_ns_zoning, "on|off" },
        { "keep-alive", 2, 2, command_keep_alive, "MSEC" },
        { "zone", 2, ARGUMENTS_MAX, command_zone,
          "add ZONE WWPN... | remove ZONE [WWPN...] | default permit|deny | clear | activate" },
        { "fault", 2, 8, command_fault,
          "reject flogi|fdisc|any SCOPE [REASON [EXPLANATION]] [times N] | mute SCOPE | "
          "mute advertisements [SCOPE] | freeze SCOPE | slow MSEC SCOPE | drop N SCOPE | clear [FAULT]" },
        { "help", 1, 1, command_help, "" },
};

static int command_help(Request *request) {
        for (size_t i = 0; i < ARRAY_LEN(commands); i++)
                fprintf(request->out, "%s %s\n", commands[i].name, commands[i].usage);
        fputs("LINK: number, interface, MAC or WWPN on it. SCOPE: WWPN, \"link LINK\" or \"all\".\n",
              request->out);
        return 0;
}

int command_run(Request *request, char *line) {
        char *words[ARGUMENTS_MAX];
        int r;

        r = argument_split(line, words, &request->n_words);
        if (r < 0)
                return command_fail(request, r, "The command has more than %d words.",
                                    ARGUMENTS_MAX);
        request->words = words;
        if (request->n_words > 0 && strcmp(words[0], "json") == 0) {
                request->json = true;
                request->words++;
                request->n_words--;
        }
        if (request->n_words == 0)
                return command_fail(request, -EINVAL, "No command given: try \"help\".");

        for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
                if (strcmp(request->words[0], commands[i].name) != 0)
                        continue;
                if (request->n_words < commands[i].words_min ||
                    request->n_words > commands[i].words_max)
                        return command_fail(request, -EINVAL, "Use: %s %s", commands[i].name,
                                            commands[i].usage);
                r = commands[i].run(request);
                if (r < 0 && !*request->error)
                        return command_fail(request, r, "%s: %s.", commands[i].name, strerror(-r));
                return r;
        }
        return command_fail(request, -EINVAL, "No command \"%s\": try \"help\".",
                            request->words[0]);
}
