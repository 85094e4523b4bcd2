/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/job-report.h"

#include "cli/complain.h"

#include <string.h>

bool job_has_ended(const Job *job) {
        return job->state && strcmp(job->state, "running") != 0;
}

static void suggest_for(const char *cause) {
        static const struct {
                const char *cause, *text;
        } steps[] = {
                { "timeout", "npivot doctor shows what is missing; npivot lun rescan INITIATOR "
                             "looks for it." },
                { "busy", "end what uses it; npivot lun inspect NAME names processes, too." },
                { "no-such-object", "npivot lun list shows what is here." },
                { "quarantined", "npivot doctor shows what it was and what it is; npivot lun "
                                 "release NAME lets it be used again." },
                { "helper-failed", "journalctl -u 'lun-act@*' says why." },
                { "still-there", "npivot lun inspect NAME names who has it open." },
                { "nothing-found", "npivot vhba worksheet WWPN prints what the SAN admin needs." },
        };

        if (strcmp(cause, "access-denied") == 0)
                suggest("be root, or have polkit allow you %s.", LUNWATCH_ACTION);
        for (size_t i = 0; i < ARRAY_LEN(steps); i++)
                if (strcmp(cause, steps[i].cause) == 0)
                        suggest("%s", steps[i].text);
}

int job_report(const JobRequest *request, const Job *job, bool is_cancelled) {
        if (job_has_ended(job) && strcmp(job->state, "done") == 0)
                return 0;
        if (is_cancelled)
                return complain("Cancelled: %s.", request->what);
        if (!job_has_ended(job))
                return complain("Cannot tell how to %s ends: lunwatch does not say.",
                                request->what);

        (void) complain("Cannot %s (%s): %s", request->what, job->cause ? job->cause : "failed",
                        job->message ? job->message : "");
        suggest_for(job->cause ? job->cause : "");
        return EXIT_FAILURE;
}
