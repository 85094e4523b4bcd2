/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "hba.h"
#include "holder.h"
#include "list.h"
#include "mem.h"

#define WORDS_MAX 64

typedef struct Words {
        char *word[WORDS_MAX];
        size_t n;
} Words;

typedef int (*CommandRun)(char *const *words, size_t n, FILE *out);

static int bad(FILE *out, int error, const char *what, const char *value) {
        fprintf(out, "%s: %s\n", what, value);
        return error;
}

/* "16 hex digits", and LUN numbers: what most commands begin with. */
static int parse_path(char *const *words, FILE *out, Wwpn *initiator, Wwpn *target, uint64_t *lun) {
        char *end;

        for (size_t i = 0; i < 2; i++)
                if (strlen(words[i]) != 16 || wwpn_parse(words[i], i ? target : initiator) < 0)
                        return bad(out, -EINVAL, "Not a WWPN of 16 hex digits", words[i]);

        *lun = strtoull(words[2], &end, 10);
        return *end ? bad(out, -EINVAL, "Not a LUN number", words[2]) : 0;
}

static int parse_size(const char *text, uint64_t *ret) {
        static const char suffixes[] = "KMGT";
        const char *suffix;
        char *end;
        uint64_t size = strtoull(text, &end, 10);

        if (end == text)
                return -EINVAL;
        if (*end) {
                suffix = strchr(suffixes, *end);
                if (!suffix || end[1])
                        return -EINVAL;
                size <<= 10 * (suffix - suffixes + 1);
        }

        *ret = size;
        return 0;
}

static int parse_errno(const char *text) {
        for (int i = 1; i < 134; i++) {
                const char *name = strerrorname_np(i);

                if (name && strcmp(name, text) == 0)
                        return i;
        }

        return atoi(text);
}

static int run_hba_add(char *const *words, size_t n, FILE *out) {
        Hba *hba;
        int r;

        r = hba_new(words, n, &hba);
        if (r < 0)
                return bad(out, r, "Cannot add the HBA",
                           r == -EEXIST ? "name or address taken" : "bad KEY=VALUE");

        fprintf(out, "host%u %016" PRIx64 "\n", port_number(hba->port), hba->spec.port_name);
        return 0;
}

static int run_hba_remove(char *const *words, size_t n, FILE *out) {
        Hba *hba = hba_find(words[0]);

        if (!hba)
                return bad(out, -ENODEV, "No such HBA", words[0]);

        (void) hba_free(hba);
        return 0;
}

static int run_hba_state(char *const *words, size_t n, FILE *out) {
        Hba *hba = hba_find(words[0]);

        if (!hba)
                return bad(out, -ENODEV, "No such HBA", words[0]);

        hba_set_state(hba, words[1]);
        return 0;
}

static int run_npiv_max(char *const *words, size_t n, FILE *out) {
        Hba *hba = hba_find(words[0]);

        if (!hba)
                return bad(out, -ENODEV, "No such HBA", words[0]);

        hba_set_max(hba, (unsigned) strtoul(words[1], NULL, 10));
        return 0;
}

static int run_lun_map(char *const *words, size_t n, FILE *out) {
        uint64_t lun, size_bytes;
        Wwpn initiator, target;
        int r;

        r = parse_path(words, out, &initiator, &target, &lun);
        if (r < 0)
                return r;
        if (parse_size(words[4], &size_bytes) < 0)
                return bad(out, -EINVAL, "Not a size", words[4]);

        r = san_map(initiator, target, lun, words[3], size_bytes);
        if (r < 0)
                return bad(out, r, "That LUN number is taken", words[2]);

        for (Port *port = port_next(NULL); port; port = port_next(port))
                port_map(port, san_find(initiator, target, lun));
        return 0;
}

static int find_mapping(char *const *words, FILE *out, Mapping **ret) {
        Wwpn initiator, target;
        uint64_t lun;
        int r;

        r = parse_path(words, out, &initiator, &target, &lun);
        if (r < 0)
                return r;

        *ret = san_find(initiator, target, lun);
        return *ret ? 0 : bad(out, -ENOENT, "No such mapping for", words[0]);
}

static int run_lun_unmap(char *const *words, size_t n, FILE *out) {
        Mapping *mapping;
        int r;

        r = find_mapping(words, out, &mapping);
        if (r < 0)
                return r;

        for (Port *port = port_next(NULL); port; port = port_next(port))
                port_unmap(port, mapping);
        san_unmap(mapping);
        return 0;
}

static int run_lun_wwid(char *const *words, size_t n, FILE *out) {
        Mapping *mapping;
        int r;

        r = find_mapping(words, out, &mapping);
        if (r < 0)
                return r;

        san_set_wwid(mapping, words[3]);
        for (Port *port = port_next(NULL); port; port = port_next(port))
                port_identify(port, mapping);
        return 0;
}

static int run_lun_resize(char *const *words, size_t n, FILE *out) {
        Mapping *mapping;
        int r;

        r = find_mapping(words, out, &mapping);
        if (r < 0)
                return r;
        if (parse_size(words[3], &mapping->size_bytes) < 0)
                return bad(out, -EINVAL, "Not a size", words[3]);

        for (Port *port = port_next(NULL); port; port = port_next(port))
                port_resize(port, mapping);
        return 0;
}

static int run_vport_state(char *const *words, size_t n, FILE *out) {
        VportState state;
        Vport *vport;
        Wwpn port_name;

        if (wwpn_parse(words[0], &port_name) < 0 || !(vport = vport_find(port_name)))
                return bad(out, -ENODEV, "No such vport", words[0]);
        if (vport_state_parse(words[1], &state) < 0)
                return bad(out, -EINVAL, "Not a vport_state of the kernel", words[1]);

        vport_set_state(vport, state);
        return 0;
}

static int run_policy(char *const *words, size_t n, FILE *out) {
        const char *what = words[1], *value = n > 2 ? words[2] : NULL;
        Policy *policy;
        Wwpn port_name;

        if (strlen(words[0]) != 16 || wwpn_parse(words[0], &port_name) < 0)
                return bad(out, -EINVAL, "Not a WWPN of 16 hex digits", words[0]);

        policy = san_policy(port_name);
        if (strcmp(what, "active") == 0)
                san_policy_reset(policy);
        else if (strcmp(what, "stuck") == 0)
                policy->state = VPORT_INITIALIZING;
        else if (strcmp(what, "reject") == 0)
                policy->state = VPORT_FABRIC_REJECTED_WWN;
        else if (!value)
                return bad(out, -EINVAL, "No such policy, or its value is missing", what);
        else if (strcmp(what, "state") == 0)
                return vport_state_parse(value, &policy->state) < 0
                               ? bad(out, -EINVAL, "Not a vport_state of the kernel", value)
                               : 0;
        else if (strcmp(what, "delay") == 0)
                policy->delay_ms = (unsigned) strtoul(value, NULL, 10);
        else if (strcmp(what, "lun-delay") == 0)
                policy->lun_delay_ms = (unsigned) strtoul(value, NULL, 10);
        else if (strcmp(what, "fail-errno") == 0)
                policy->create_errno = parse_errno(value);
        else if (strcmp(what, "delete-errno") == 0)
                policy->delete_errno = parse_errno(value);
        else
                return bad(out, -EINVAL, "No such policy", what);

        return 0;
}

static int run_hold(char *const *words, size_t n, FILE *out) {
        int r;

        r = holder_add(words[0], words[1], words[2], words + 3, n - 3);
        return r < 0 ? bad(out, r, "Cannot hold with", words[0]) : 0;
}

static int run_release(char *const *words, size_t n, FILE *out) {
        int r;

        r = holder_remove(words[0]);
        return r < 0 ? bad(out, r, "No such holder", words[0]) : 0;
}

static int run_reset(char *const *words, size_t n, FILE *out) {
        for (Hba *hba = hba_next(NULL); hba; hba = hba_next(hba)) {
                hba_drop_vports(hba);
                hba_set_state(hba, "Online");
        }
        for (Port *port = port_next(NULL); port; port = port_next(port))
                port_forget(port);
        holder_remove_all();
        san_reset();
        return 0;
}

static int run_list(char *const *words, size_t n, FILE *out) {
        list_print(out);
        return 0;
}

static int run_help(char *const *words, size_t n, FILE *out) {
        command_help(out);
        return 0;
}

static int run_save(char *const *words, size_t n, FILE *out) {
        hba_save(out);
        san_save(out);
        return 0;
}

/* clang-format off */
static const struct {
        const char *first, *second;
        size_t min, max;
        CommandRun run;
        const char *usage;
} commands[] = {
        { "hba", "add",      0, 16, run_hba_add,     "[port_name=WWPN] [node_name=WWNN] [fabric_name=WWN] [pci=ADDRESS|none] [driver=lpfc|qla2xxx|fcoe] [model=NAME] [speed=SPEED] [state=STATE] [max=N]" },
        { "hba", "remove",   1,  1, run_hba_remove,  "HBA" },
        { "hba", "state",    2,  2, run_hba_state,   "HBA Online|Linkdown|Offline" },
        { "help", NULL,      0,  0, run_help,        "" },
        { "hold", NULL,      4, 60, run_hold,        "HOLDER DM-NAME DM-UUID DISK…" },
        { "list", NULL,      0,  0, run_list,        "" },
        { "lun", "map",      5,  5, run_lun_map,     "INITIATOR TARGET LUN WWID SIZE[KMGT]" },
        { "lun", "resize",   4,  4, run_lun_resize,  "INITIATOR TARGET LUN SIZE[KMGT]" },
        { "lun", "unmap",    3,  3, run_lun_unmap,   "INITIATOR TARGET LUN" },
        { "lun", "wwid",     4,  4, run_lun_wwid,    "INITIATOR TARGET LUN WWID" },
        { "npiv-max", NULL,  2,  2, run_npiv_max,    "HBA N" },
        { "policy", NULL,    2,  3, run_policy,      "WWPN active|stuck|reject|state STATE|delay MS|lun-delay MS|fail-errno E|delete-errno E" },
        { "release", NULL,   1,  1, run_release,     "HOLDER" },
        { "reset", NULL,     0,  0, run_reset,       "" },
        { "save", NULL,      0,  0, run_save,        "" },
        { "vport-state", NULL, 2, 2, run_vport_state, "WWPN STATE" },
};
/* clang-format on */

void command_help(FILE *out) {
        for (size_t i = 0; i < ARRAY_LEN(commands); i++)
                fprintf(out, "  %s %s%s%s\n", commands[i].first, commands[i].second ?: "",
                        commands[i].second ? " " : "", commands[i].usage);
}

/* Words are parted by spaces; quotation marks keep some together. */
static void split(char *line, Words *ret) {
        char *to = line;
        bool in_word = false, in_quotes = false;

        for (const char *from = line; *from && ret->n < WORDS_MAX; from++) {
                if (!in_quotes && (*from == ' ' || *from == '\n')) {
                        if (in_word)
                                *to++ = '\0';
                        in_word = false;
                        continue;
                }
                if (!in_word)
                        ret->word[ret->n++] = to;
                in_word = true;
                if (*from == '"')
                        in_quotes = !in_quotes;
                else
                        *to++ = *from;
        }

        *to = '\0';
}

int command_run(char *line, FILE *out) {
        Words words = { 0 };

        split(line, &words);
        if (words.n == 0)
                return bad(out, -EINVAL, "No command", "try help");

        for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
                size_t skip = commands[i].second ? 2 : 1;

                if (strcmp(words.word[0], commands[i].first) != 0 ||
                    (skip == 2 && (words.n < 2 || strcmp(words.word[1], commands[i].second) != 0)))
                        continue;
                if (words.n - skip < commands[i].min || words.n - skip > commands[i].max)
                        return bad(out, -EINVAL, "Usage", commands[i].usage);

                return commands[i].run(words.word + skip, words.n - skip, out);
        }

        return bad(out, -EINVAL, "No such command", words.word[0]);
}
