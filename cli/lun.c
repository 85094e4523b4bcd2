/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/lun.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

static int compare_luns(const void *a, const void *b) {
        const Lun *x = a, *y = b;

        if (x->number != y->number)
                return x->number < y->number ? -1 : 1;
        return strcmp(x->wwid, y->wwid);
}

static Lun lun_of(const LunPath *path) {
        return (Lun){
                .number = path->lun,
                .wwid = path->wwid,
                .size_bytes = path->size_bytes,
                .n_paths = 1,
                .n_usable = lun_path_is_usable(path),
                .node = path->node,
        };
}

static void merge(Lun *lun, const Lun *path) {
        lun->n_paths += path->n_paths;
        lun->n_usable += path->n_usable;
        if (*lun->node == '\0')
                lun->node = path->node;
}

int lun_group(const LunPathList *list, const char *initiator, Lun **ret) {
        _cleanup_free_ Lun *luns = NULL;
        size_t n = 0, n_luns = 0;

        luns = calloc(list->n_paths + 1, sizeof *luns);
        if (!luns)
                return -ENOMEM;

        for (size_t i = 0; i < list->n_paths; i++)
                if (strcmp(list->paths[i].initiator, initiator) == 0)
                        luns[n++] = lun_of(list->paths + i);
        qsort(luns, n, sizeof *luns, compare_luns);

        for (size_t i = 0; i < n; i++)
                if (n_luns > 0 && compare_luns(luns + n_luns - 1, luns + i) == 0)
                        merge(luns + n_luns - 1, luns + i);
                else
                        luns[n_luns++] = luns[i];

        *ret = TAKE_PTR(luns);
        return (int) n_luns;
}

static const char *skip_authority(const char *wwid) {
        return strncasecmp(wwid, "naa.", 4) == 0 || strncasecmp(wwid, "eui.", 4) == 0 ? wwid + 4
                                                                                      : wwid;
}

bool wwid_equal(const char *a, const char *b) {
        return strcasecmp(skip_authority(a), skip_authority(b)) == 0;
}

Json *lun_to_json(const Lun *lun) {
        Json *json = json_new_object();

        json_set_number(json, "lun", lun->number);
        json_set_string(json, "wwid", lun->wwid);
        json_set_number(json, "size_bytes", lun->size_bytes);
        json_set_number(json, "paths", lun->n_paths);
        json_set_number(json, "usable_paths", lun->n_usable);
        json_set_string(json, "device", lun->node);

        return json;
}

static int parse_number(const char *s, uint64_t *ret) {
        uint64_t value;
        char *end;

        if (!isdigit((unsigned char) *s))
                return -EINVAL;
        errno = 0;
        value = strtoull(s, &end, 10);
        if (errno != 0 || *end != '\0')
                return -EINVAL;

        *ret = value;
        return 0;
}

static int parse_word(const char *word, Expectation *expectation) {
        if (strncmp(word, "paths:", strlen("paths:")) == 0)
                return parse_number(word + strlen("paths:"), &expectation->n_paths);

        if (strncmp(word, "wwid:", strlen("wwid:")) != 0)
                return -EINVAL;
        word += strlen("wwid:");
        if (*word == '\0' || strlen(word) >= sizeof expectation->wwid)
                return -EINVAL;
        strcpy(expectation->wwid, word);
        return 0;
}

int expectation_parse(const char *s, Expectation *ret) {
        Expectation expectation = { .n_paths = 1 };
        _cleanup_free_ char *copy = NULL;
        char *rest, *word;
        int r;

        copy = strdup(s);
        if (!copy)
                return -ENOMEM;

        word = strtok_r(copy, " \t", &rest);
        if (!word)
                return -EINVAL;
        r = parse_number(word, &expectation.number);
        while (r >= 0 && (word = strtok_r(NULL, " \t", &rest)))
                r = parse_word(word, &expectation);
        if (r < 0)
                return r;

        *ret = expectation;
        return 0;
}

const char *expectation_check(const Expectation *expectation, const Lun *luns, size_t n_luns,
                              char *buf, size_t size, bool *ret_met) {
        const char *answer = "missing";

        *ret_met = false;
        for (size_t i = 0; i < n_luns; i++) {
                if (luns[i].number != expectation->number)
                        continue;

                answer = "other WWID";
                if (*expectation->wwid != '\0' && !wwid_equal(expectation->wwid, luns[i].wwid))
                        continue;

                *ret_met = luns[i].n_usable >= expectation->n_paths;
                (void) snprintf(buf, size, "%zu of %" PRIu64 " usable paths", luns[i].n_usable,
                                expectation->n_paths);
                return *ret_met ? "ok" : buf;
        }

        return answer;
}

Json *expectation_to_json(const char *text) {
        Expectation expectation;
        Json *json = json_new_object();

        json_set_string(json, "text", text);
        if (expectation_parse(text, &expectation) < 0)
                return json;

        json_set_number(json, "lun", expectation.number);
        json_set_string(json, "wwid", expectation.wwid);
        json_set_number(json, "paths", expectation.n_paths);
        return json;
}

Json *expectations_to_json(char *const *expect) {
        Json *array = json_new_array();

        for (; expect && *expect; expect++)
                json_append(array, expectation_to_json(*expect));

        return array;
}
