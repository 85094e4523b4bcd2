/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot(1): finds the verb that the command line names, checks that it takes what it is given, and
 * runs it.
 */

#include "cli/complain.h"
#include "cli/verb-table.h"
#include "common/escape.h"

#include <locale.h>
#include <string.h>

/* npivot help [NOUN [VERB]], and --help wherever it stands. */
static int help(const char *noun, const char *name) {
        const Verb *verb;

        if (!noun) {
                verb_help_all();
                return EXIT_SUCCESS;
        }
        if (!verb_noun_is_known(noun))
                return complain_usage("There is no noun %s; there are " VERB_NOUNS ".", noun);
        verb = verb_find(noun, name);
        if (!name && !verb_is_alone(verb)) {
                verb_help_noun(noun);
                return EXIT_SUCCESS;
        }
        if (!verb)
                return complain_usage("There is no verb %s %s.", noun, name);

        verb_help(verb);
        return EXIT_SUCCESS;
}

static int find_verb(const Options *options, const Verb **ret) {
        _cleanup_free_ char *names = NULL;
        const char *noun = options->words[0];
        const char *name = options->n_words > 1 ? options->words[1] : NULL;

        if (!verb_noun_is_known(noun))
                return complain_usage("There is no noun %s; there are " VERB_NOUNS ".", noun);

        *ret = verb_find(noun, name);
        if (*ret)
                return 0;

        names = verb_names(noun);
        return complain_usage("There is no verb %s %s; there are %s.", noun, name,
                              names ? names : "others");
}

static int check_verb(const Verb *verb, const Options *options, size_t n_args) {
        const char *alien;
        char what[64];

        (void) snprintf(what, sizeof what, "%s%s%s", verb->noun, verb_is_alone(verb) ? "" : " ",
                        verb->name);
        alien = options_find_alien(options, verb->options | OPTIONS_ALWAYS);
        if (alien)
                return complain_usage("%s does not take --%s.", what, alien);

        if (n_args < verb->min_args)
                return complain_usage("%s needs: %s", what, verb->synopsis);
        if (n_args > verb->max_args)
                return complain_usage("%s does not take %s.", what,
                                      options->words[options->n_words - n_args + verb->max_args]);

        return 0;
}

static int run_verb(const Verb *verb, const Options *options) {
        size_t n_skip = verb_is_alone(verb) || options->n_words == 1 ? 1 : 2;
        _cleanup_(client_done) Client client = {
                .options = options,
                .args = options->words + n_skip,
                .n_args = options->n_words - n_skip,
        };
        int r;

        r = check_verb(verb, options, client.n_args);
        if (r != 0)
                return r;

        r = verb->run(&client);
        if (r < 0)
                return complain("Cannot do %s %s: %s", verb->noun, verb->name, strerror(-r));

        return r;
}

/* The bus takes UTF-8 only, and no name of ours has a control character. */
static int check_text(char *const *argv) {
        for (char *const *word = argv; *word; word++) {
                _cleanup_free_ char *clean = strdup(*word);

                if (!clean)
                        return -ENOMEM;
                if (strcmp(escape_in_place(clean), *word) != 0)
                        return complain_usage("\"%s\" is not printable UTF-8.", *word);
        }

        return 0;
}

static int run(int argc, char *argv[]) {
        _cleanup_(options_done) Options options = { 0 };
        const Verb *verb;
        const char *word;
        bool helps;
        int r;

        r = check_text(argv);
        if (r == 0)
                r = options_parse(argc, argv, &options);
        if (r != 0)
                return r;

        if (options_have(&options, OPTION_VERSION)) {
                puts("npivot " NPIVOT_VERSION);
                return EXIT_SUCCESS;
        }

        word = options.n_words > 0 ? options.words[0] : NULL;
        helps = word && strcmp(word, "help") == 0;
        if (helps || options_have(&options, OPTION_HELP))
                return help(options.n_words > helps ? options.words[helps] : NULL,
                            options.n_words > 1u + helps ? options.words[1 + helps] : NULL);
        if (!word)
                return complain_usage("What shall be done? There are " VERB_NOUNS ".");

        r = find_verb(&options, &verb);
        if (r != 0)
                return r;

        return run_verb(verb, &options);
}

/* An answer that fills the buffer more than once may have failed in the middle, which has left only
 * a mark: why is told by trying again. */
static bool write_failed_before(void) {
        if (!ferror(stdout))
                return false;

        (void) putchar('\n');
        (void) fflush(stdout);
        return true;
}

int main(int argc, char *argv[]) {
        int r;

        /* Only what characters are: numbers look the same everywhere. */
        (void) setlocale(LC_CTYPE, "");

        r = run(argc, argv);
        if (r < 0)
                r = complain("%s.", strerror(-r));

        /* A script must not take half an answer for a whole one. */
        errno = 0;
        if ((fflush(stdout) != 0 || write_failed_before()) && r == 0)
                r = complain("Cannot write: %s", strerror(errno != 0 ? errno : EIO));

        return r;
}
