/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/findings.h"

#include "cli/quarantine.h"
#include "cli/string-list.h"
#include "cli/table.h"

#include <stdarg.h>
#include <string.h>

char *text(const char *format, ...) {
        char *s = NULL;
        va_list args;
        int n;

        va_start(args, format);
        n = vasprintf(&s, format, args);
        va_end(args);

        return n < 0 ? NULL : s;
}

static void finding_done(Finding *finding) {
        free(finding->kind);
        free(finding->object);
        free(finding->what);
        free(finding->next);
}

void findings_done(Findings *findings) {
        for (size_t i = 0; i < findings->n; i++)
                finding_done(findings->list + i);
        free(findings->list);
        *findings = (Findings){ 0 };
}

int findings_add(Findings *findings, const char *kind, const char *object, uint64_t since_usec,
                 char *next, char *what) {
        _cleanup_(finding_done) Finding finding = {
                .kind = strdup(kind),
                .object = strdup(object),
                .what = what,
                .next = next,
                .since_usec = since_usec,
        };
        Finding *list;

        if (!finding.kind || !finding.object || !what || !next)
                return -ENOMEM;
        list = grow(findings->list, findings->n, sizeof *list);
        if (!list)
                return -ENOMEM;

        findings->list = list;
        list[findings->n++] = finding;
        finding = (Finding){ 0 };
        return 0;
}

int findings_print(const Findings *findings) {
        _cleanup_(table_freep) Table *block = NULL;
        char since[FORMAT_SINCE_MAX];
        int r;

        r = table_new_block(&block);
        if (r < 0)
                return r;

        for (size_t i = 0; i < findings->n; i++) {
                const Finding *finding = findings->list + i;

                table_add_fact(block, finding->kind, TONE_BAD, "%s", finding->what);
                if (finding->since_usec > 0)
                        table_add_fact(block, "since", TONE_PLAIN, "%s",
                                       format_since(finding->since_usec, since));
                table_add_fact(block, "next", TONE_TITLE, "%s", finding->next);
        }

        return table_print(block);
}

Json *findings_to_json(const Findings *findings) {
        Json *array = json_new_array();

        for (size_t i = 0; i < findings->n; i++) {
                const Finding *finding = findings->list + i;
                Json *json = json_new_object();

                json_set_string(json, "kind", finding->kind);
                json_set_string(json, "object", finding->object);
                json_set_string(json, "what", finding->what);
                json_set_string(json, "next", finding->next);
                if (finding->since_usec > 0)
                        json_set_number(json, "since_usec", finding->since_usec);
                else
                        json_set(json, "since_usec", NULL);
                json_append(array, json);
        }

        return array;
}
