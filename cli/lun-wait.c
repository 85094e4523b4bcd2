/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot lun wait, rescan: until LUNs are there, or gone. How a job runs is job.h's.
 */

#include "cli/argument.h"
#include "cli/complain.h"
#include "cli/format.h"
#include "cli/job.h"
#include "cli/lun-path.h"
#include "cli/verbs.h"

#include <inttypes.h>
#include <string.h>

#define SEC UINT64_C(1000000)
#define WAIT_USEC (60 * SEC)
#define RESCAN_USEC (30 * SEC)

#define PATHS_MAX 4096

typedef struct Wanted {
        const char *initiator;
        const char *target;
        const char *wwid;
        bool has_lun;
        uint64_t lun;
        uint32_t n_paths;
        bool with_map;
        bool is_gone;
} Wanted;

typedef struct Words {
        WwnString initiator, target;
        char text[512];
} Words;

static int read_wanted(Client *client, Wanted *wanted, Words *words) {
        const Options *options = client->options;
        LunChoice lun = { 0 };
        int r = 0;

        *wanted = (Wanted){
                .wwid = options->value[OPTION_WWID],
                .with_map = options_have(options, OPTION_MAP),
                .is_gone = options_have(options, OPTION_GONE),
        };
        if (client->n_args > 0)
                r = argument_port(client->args[0], "The initiator", words->initiator,
                                  &wanted->initiator);
        if (r == 0 && client->n_args > 1)
                r = argument_lun(client->args[1], &lun);
        if (r == 0)
                r = argument_port_option(client, OPTION_TARGET, words->target, &wanted->target);
        if (r == 0)
                r = argument_count_option(client, OPTION_PATHS, PATHS_MAX, &wanted->n_paths);
        if (r != 0)
                return r;

        wanted->has_lun = lun.has_number;
        wanted->lun = lun.number;
        if (lun.wwid && wanted->wwid)
                return complain_usage("The WWID is given twice.");
        if (lun.wwid)
                wanted->wwid = lun.wwid;
        return 0;
}

/* "LUN 0 behind 2101… at 500a…" */
static const char *words_for(const Wanted *wanted, const char *verb, Words *words) {
        _cleanup_free_ char *lun = NULL;

        if (wanted->wwid)
                lun = strdup(wanted->wwid);
        else if (!wanted->has_lun || asprintf(&lun, "LUN %" PRIu64, wanted->lun) < 0)
                lun = NULL;

        (void) snprintf(words->text, sizeof words->text, "%s %s%s%s%s%s", verb,
                        lun ? lun : "the LUNs", wanted->initiator ? " behind " : "",
                        wanted->initiator ? wanted->initiator : "", wanted->target ? " at " : "",
                        wanted->target ? wanted->target : "");
        return words->text;
}

static int append_wanted(sd_bus_message *call, const void *question, uint64_t timeout_usec) {
        const Wanted *wanted = question;
        int r;

        r = sd_bus_message_open_container(call, 'a', "{sv}");
        if (r >= 0 && wanted->initiator)
                r = sd_bus_message_append(call, "{sv}", "Initiator", "s", wanted->initiator);
        if (r >= 0 && wanted->target)
                r = sd_bus_message_append(call, "{sv}", "Target", "s", wanted->target);
        if (r >= 0 && wanted->wwid)
                r = sd_bus_message_append(call, "{sv}", "Wwid", "s", wanted->wwid);
        if (r >= 0 && wanted->has_lun)
                r = sd_bus_message_append(call, "{sv}", "Lun", "t", wanted->lun);
        if (r >= 0 && wanted->n_paths > 0)
                r = sd_bus_message_append(call, "{sv}", "Paths", "u", wanted->n_paths);
        if (r >= 0 && wanted->with_map)
                r = sd_bus_message_append(call, "{sv}", "Map", "b", 1);
        if (r >= 0 && wanted->is_gone)
                r = sd_bus_message_append(call, "{sv}", "Gone", "b", 1);
        if (r >= 0)
                r = sd_bus_message_close_container(call);
        if (r < 0)
                return r;

        return sd_bus_message_append(call, "t", timeout_usec);
}

static void print_path(const LunPath *path) {
        char size[FORMAT_SIZE_MAX];
        _cleanup_free_ char *line = NULL;

        if (asprintf(&line, "%s %s %s lun %" PRIu64 " %s %s %s",
                     *path->node != '\0' ? path->node : path->hctl, path->initiator, path->target,
                     path->lun, *path->wwid != '\0' ? path->wwid : "-",
                     format_size(path->size_bytes, size), lun_path_state(path)) < 0)
                line = NULL;
        else
                print_line(line);
}

static int print_paths(const Client *client, const Job *job) {
        _cleanup_(lun_path_list_done) LunPathList list = { 0 };
        _cleanup_(json_freep) Json *json = NULL;
        int r;

        r = job_enter_result(job, "Paths", "a(" LUN_PATH_TYPE ")");
        if (r > 0)
                r = lun_path_list_read(job->result, &list);
        if (r < 0)
                return r;

        if (options_have(client->options, OPTION_JSON)) {
                json = json_new_object();
                json_set(json, "paths", lun_path_list_to_json(&list));
                return json_print(json);
        }
        for (size_t i = 0; i < list.n_paths; i++)
                print_path(list.paths + i);

        return 0;
}

int verb_lun_wait(Client *client) {
        Wanted wanted;
        Words words;
        JobRequest request = {
                .method = "WaitFor",
                .append = append_wanted,
                .question = &wanted,
                .is_repeatable = true,
        };
        int r;

        r = read_wanted(client, &wanted, &words);
        if (r == 0)
                r = argument_timeout_option(client, WAIT_USEC, ARGUMENT_HOUR_USEC,
                                            &request.timeout_usec);
        if (r != 0)
                return r;
        if (!wanted.initiator && !wanted.target && !wanted.wwid)
                return complain_usage("Wait for what? Name an initiator, --target or --wwid.");
        if (wanted.is_gone && (wanted.with_map || wanted.n_paths > 0))
                return complain_usage("--gone goes with neither --paths nor --map.");

        request.what = words_for(&wanted, "wait for", &words);
        request.subject = request.what + strlen("wait for ");
        return job_run_and_print(client, &request, print_paths);
}

int verb_lun_rescan(Client *client) {
        Wanted wanted;
        Words words;
        JobRequest request = {
                .method = "Rescan",
                .append = append_wanted,
                .question = &wanted,
                .is_repeatable = true,
        };
        int r;

        r = read_wanted(client, &wanted, &words);
        if (r == 0)
                r = argument_timeout_option(client, RESCAN_USEC, ARGUMENT_HOUR_USEC,
                                            &request.timeout_usec);
        if (r != 0)
                return r;
        if (wanted.wwid)
                return complain_usage("A bus is scanned for a LUN's number, not for its WWID.");

        request.what = words_for(&wanted, "rescan", &words);
        request.subject = request.what + strlen("rescan ");
        return job_run_and_print(client, &request, print_paths);
}
