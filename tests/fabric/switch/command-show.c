/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "commands.h"
#include "report.h"

int command_ports(Request *request) {
        return report_ports(request->fabric, request->json, request->out);
}

int command_links(Request *request) {
        return report_links(request->fabric, request->json, request->out);
}

int command_zones(Request *request) {
        return report_zones(request->fabric, request->json, request->out);
}

int command_stats(Request *request) {
        return report_stats(request->fabric, request->json, request->out);
}

int command_config(Request *request) {
        return report_config(request->fabric, request->json, request->out);
}

int command_attempts(Request *request) {
        uint64_t port_name = 0;
        int r;

        if (request->n_words > 1) {
                r = command_word_wwn(request, 1, &port_name);
                if (r < 0)
                        return r;
        }
        return report_attempts(request->fabric, port_name, request->json, request->out);
}

static int command_print_number(Request *request, const char *name, uint64_t number) {
        fprintf(request->out, request->json ? "{\"%s\":%llu}\n" : "%.0s%llu\n", name,
                (unsigned long long) number);
        return 0;
}

int command_logged_in(Request *request) {
        uint64_t port_name;
        int r;

        r = command_word_wwn(request, 1, &port_name);
        if (r < 0)
                return r;
        return command_print_number(request, "logged-in",
                                    port_count_name(&request->fabric->ports, port_name));
}

int command_duplicates(Request *request) {
        const AttemptLog *attempts = &request->fabric->attempts;
        uint64_t port_name;
        int r;

        if (request->n_words == 1)
                return command_print_number(request, "duplicates", attempts->total_duplicates);
        r = command_word_wwn(request, 1, &port_name);
        if (r < 0)
                return r;
        return command_print_number(request, "duplicates",
                                    attempt_log_count_name(attempts, port_name, true));
}

int command_faults(Request *request) {
        return report_faults(request->fabric, request->json, request->out);
}
