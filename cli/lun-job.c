/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot lun remove, inspect: what lunwatch has a helper do. How a job runs is job.h's.
 */

#include "cli/complain.h"
#include "cli/job.h"
#include "cli/string-list.h"
#include "cli/use.h"
#include "cli/verbs.h"

/* lunwatch has a limit of its own; this is what is waited for its answer. */
#define CHANGE_USEC (UINT64_C(120) * 1000000)

typedef struct Named {
        const char *name;
        bool force;
} Named;

static int append_remove(sd_bus_message *call, const void *question, uint64_t timeout_usec) {
        const Named *named = question;

        return sd_bus_message_append(call, "sa{sv}", named->name, 1, "Force", "b", named->force);
}

static int append_inspect(sd_bus_message *call, const void *question, uint64_t timeout_usec) {
        const Named *named = question;

        return sd_bus_message_append(call, "s", named->name);
}

static int print_removed(const Client *client, const Job *job) {
        _cleanup_(json_freep) Json *json = NULL;
        _cleanup_free_ const char **devices = NULL;
        int r;

        r = job_enter_result(job, "Devices", "as");
        if (r > 0)
                r = string_list_read(job->result, &devices);
        if (r < 0)
                return r;

        if (options_have(client->options, OPTION_JSON)) {
                json = json_new_object();
                json_set(json, "removed", string_list_to_json(devices));
                return json_print(json);
        }
        for (const char **device = devices; device && *device; device++) {
                _cleanup_free_ char *line = NULL;

                if (asprintf(&line, "%s is removed.", *device) < 0)
                        return -ENOMEM;
                print_line(line);
        }

        return 0;
}

int verb_lun_remove(Client *client) {
        const Named named = {
                .name = client->args[0],
                .force = options_have(client->options, OPTION_FORCE),
        };
        char what[512];
        JobRequest request = {
                .method = "Remove",
                .what = what,
                .subject = named.name,
                .append = append_remove,
                .question = &named,
                .timeout_usec = CHANGE_USEC,
        };

        (void) snprintf(what, sizeof what, "remove %s", named.name);
        return job_run_and_print(client, &request, print_removed);
}

static int print_uses(const Client *client, const Job *job) {
        _cleanup_(use_list_done) UseList list = { 0 };
        _cleanup_(json_freep) Json *json = NULL;
        bool heads = !options_have(client->options, OPTION_NO_LEGEND);
        int r;

        r = job_enter_result(job, "Uses", "a(" USE_FIELDS ")");
        if (r > 0)
                r = use_list_read(job->result, &list);
        if (r < 0)
                return r;

        if (options_have(client->options, OPTION_JSON)) {
                json = json_new_object();
                json_set(json, "uses", use_list_to_json(&list));
                return json_print(json);
        }
        if (list.n_uses == 0 && heads)
                remark("Nothing uses %s, and there is no signature on it.", client->args[0]);

        return use_list_print(&list, heads);
}

int verb_lun_inspect(Client *client) {
        const Named named = { .name = client->args[0] };
        char what[512];
        JobRequest request = {
                .method = "Inspect",
                .what = what,
                .subject = named.name,
                .append = append_inspect,
                .question = &named,
                .timeout_usec = CHANGE_USEC,
                .is_repeatable = true,
        };

        (void) snprintf(what, sizeof what, "inspect %s", named.name);
        return job_run_and_print(client, &request, print_uses);
}
