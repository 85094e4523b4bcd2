/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/options.h"

#include "cli/complain.h"
#include "common/cleanup.h"

#include <ctype.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>

typedef struct OptionInfo {
        const char *name;
        const char *value_name;
        const char *about;
} OptionInfo;

/* clang-format off */
static const OptionInfo infos[_OPTION_MAX] = {
        [OPTION_HELP] = { "help", NULL, "say what the command does, and stop" },
        [OPTION_VERSION] = { "version", NULL, "print the version, and stop" },
        [OPTION_HOST] = { "host", "[USER@]HOST", "work on another host, over ssh" },
        [OPTION_JSON] = { "json", NULL, "print JSON, for programs" },
        [OPTION_NO_LEGEND] = { "no-legend", NULL, "print no column heads and no remarks" },
        [OPTION_TREE] = { "tree", NULL, "print HBAs, their vHBAs, and the LUNs of each" },
        [OPTION_PARENT] = { "parent", "HBA",
                "where to make it: auto, wwpn:…, pci:…, fabric:… or host:…" },
        [OPTION_EXPECT] = { "expect", "\"LUN [wwid:…] [paths:N]\"",
                "a LUN that must be there before it counts as up; may be repeated" },
        [OPTION_SYMBOLIC_NAME] = { "symbolic-name", "NAME", "the name that the switch shows" },
        [OPTION_TIMEOUT] = { "timeout", "SECONDS", "how long it may take" },
        [OPTION_REPLACE] = { "replace", NULL, "replace a definition that says something else" },
        [OPTION_ENABLE] = { "enable", NULL, "start it at every boot" },
        [OPTION_START] = { "start", NULL, "start it now" },
        [OPTION_NOW] = { "now", NULL, "start or stop it as well" },
        [OPTION_FORCE] = { "force", NULL, "take the LUNs away from whoever uses them" },
        [OPTION_NO_WAIT] = { "no-wait", NULL, "do not wait until it is done" },
        [OPTION_ROLE] = { "role", "primary|secondary", "what the first of the two becomes" },
        [OPTION_WWNN] = { "wwnn", "WWNN", "the node name that the initiator must have" },
        [OPTION_INITIATOR] = { "initiator", "WWPN", "only paths through this port" },
        [OPTION_TARGET] = { "target", "WWPN|ID",
                "only paths to this port of an array; of a mirror: the target to fill" },
        [OPTION_WWID] = { "wwid", "WWID", "only paths to this LUN" },
        [OPTION_VHBA] = { "vhba", NULL, "only paths through vHBAs" },
        [OPTION_TRANSPORT] = { "transport", "fc|iscsi", "only paths of this kind" },
        [OPTION_QUARANTINED] = { "quarantined", NULL, "only what is no longer what it was" },
        [OPTION_VIEW] = { "view", "DIRECTORY",
                "names from by-path, by-vhba, by-id or mapper instead" },
        [OPTION_SOURCE] = { "source", "INITIATOR", "with --view: only what is behind it" },
        [OPTION_PATHS] = { "paths", "N", "until so many paths are usable" },
        [OPTION_MAP] = { "map", NULL, "until there is a map of it, too" },
        [OPTION_GONE] = { "gone", NULL, "until none of it is left" },
        [OPTION_KIND] = { "kind", "KIND", "only maps of this kind: multipath, lvm, md, loop, …" },
        [OPTION_READY] = { "ready", NULL, "only until it is ready" },
        [OPTION_WAIT] = { "wait", NULL, "wait until that has come to its end" },
        [OPTION_REMOVE] = { "remove", NULL, "remove it" },
        [OPTION_DISK] = { "disk", "NAME[=NODE][:/PATH][,size=SIZE]",
                "a disk: target name, QEMU's node, place and size; may be repeated" },
        [OPTION_MONITOR] = { "monitor", "PATH", "a QMP socket of QEMU that nobody else uses" },
        [OPTION_TO] = { "to", "[USER@]HOST", "the other host, over ssh; without: this one" },
        [OPTION_ADDRESS] = { "address", "IP", "the other host's address for the copying" },
        [OPTION_PORTS] = { "ports", "FIRST-LAST", "the other host's TCP ports for it, two a disk" },
        [OPTION_PORT] = { "port", "PORT", "the TCP port of the relay on the other host" },
        [OPTION_KEY_FILE] = { "key-file", "FILE", "a file with the key of that relay" },
        [OPTION_ID] = { "id", "NAME", "what it shall be called: a letter, then letters and digits" },
        [OPTION_SPEED] = { "speed", "BYTES", "limit each disk to so many bytes a second" },
        [OPTION_VERIFY] = { "verify", "always|sample|never",
                "compare every block, or some, before it is ready; never is the default" },
        [OPTION_COPY_MODE] = { "copy-mode", "background|write-blocking",
                "whether the guest waits for the mirror; background is the default" },
        [OPTION_CONVERGE] = { "converge", "yes|no",
                "no: only tell when the guest outruns it, and do not make it write-blocking" },
        [OPTION_SYNC] = { "sync", "full|top|incremental",
                "copy all, what is above the backing file, or what --bitmap says; full is the default" },
        [OPTION_BITMAP] = { "bitmap", "NAME", "copy only what this dirty bitmap of each node says" },
        [OPTION_RETRIES] = { "retries", "N", "how often a broken channel is begun again" },
        [OPTION_STALL] = { "stall", "TIME", "give up a target that owes an answer for so long" },
        [OPTION_TLS] = { "tls", "yes|no", "no: for networks that are encrypted otherwise" },
        [OPTION_CERTIFICATES] = { "certificates", "DIRECTORY",
                "TLS by certificates: where ca-cert.pem, cert.pem and key.pem are" },
        [OPTION_PEER_NAME] = { "peer-name", "NAME", "the name in the other host's certificate" },
        [OPTION_OWN_NAME] = { "own-name", "NAME", "the name in this host's certificate" },
};
/* clang-format on */

const char *option_name(Option option) {
        return infos[option].name;
}

const char *option_value_name(Option option) {
        return infos[option].value_name;
}

const char *option_about(Option option) {
        return infos[option].about;
}

static void fill_long_options(struct option ret[static _OPTION_MAX + 1]) {
        for (int i = 0; i < _OPTION_MAX; i++)
                ret[i] = (struct option){
                        .name = infos[i].name,
                        .has_arg = infos[i].value_name ? required_argument : no_argument,
                        .val = UCHAR_MAX + 1 + i,
                };
        ret[_OPTION_MAX] = (struct option){ 0 };
}

static int option_from_getopt(int c) {
        switch (c) {
        case 'h':
                return OPTION_HELP;
        case 'H':
                return OPTION_HOST;
        default:
                return c > UCHAR_MAX ? c - UCHAR_MAX - 1 : -1;
        }
}

static int complain_about(int c, char *argv[]) {
        const char *word = argv[optind - 1];

        if (c == ':')
                return complain_usage("Option %s needs a value.", word);

        /* Within a bundle of letters the index has not moved on yet: the letter is in optopt. */
        if (strncmp(word, "--", 2) != 0 && isgraph(optopt))
                return complain_usage("There is no option -%c.", optopt);

        return complain_usage("There is no option %s.", word);
}

int options_parse(int argc, char *argv[], Options *ret) {
        struct option long_options[_OPTION_MAX + 1];
        _cleanup_(options_done) Options options = { 0 };
        int c;

        options.expect = calloc((size_t) argc + 1, sizeof *options.expect);
        options.disk = calloc((size_t) argc + 1, sizeof *options.disk);
        if (!options.expect || !options.disk)
                return complain("Out of memory.");

        fill_long_options(long_options);
        opterr = 0;
        optind = 0;
        while ((c = getopt_long(argc, argv, ":hH:", long_options, NULL)) >= 0) {
                int option = option_from_getopt(c);

                if (option < 0)
                        return complain_about(c, argv);
                options.given |= OPTION_BIT(option);
                options.value[option] = optarg;
                if (option == OPTION_EXPECT)
                        options.expect[options.n_expect++] = optarg;
                if (option == OPTION_DISK)
                        options.disk[options.n_disk++] = optarg;
        }

        options.words = argv + optind;
        options.n_words = (size_t) (argc - optind);

        *ret = options;
        options = (Options){ 0 };
        return 0;
}

void options_done(Options *options) {
        free(options->expect);
        free(options->disk);
        *options = (Options){ 0 };
}

const char *options_find_alien(const Options *options, OptionSet set) {
        for (int i = 0; i < _OPTION_MAX; i++)
                if (options->given & ~set & OPTION_BIT(i))
                        return infos[i].name;

        return NULL;
}

int timeout_parse(const char *s, uint64_t *ret_usec) {
        static const struct {
                const char *name;
                uint64_t seconds;
        } units[] = { { "", 1 }, { "s", 1 }, { "sec", 1 }, { "min", 60 }, { "h", 3600 } };
        uint64_t number;
        char *end;

        if (!isdigit((unsigned char) *s))
                return -EINVAL;
        errno = 0;
        number = strtoull(s, &end, 10);
        if (errno != 0 || number > 1000000)
                return -ERANGE;

        for (size_t i = 0; i < ARRAY_LEN(units); i++)
                if (strcmp(end, units[i].name) == 0) {
                        *ret_usec = number * units[i].seconds * UINT64_C(1000000);
                        return 0;
                }

        return -EINVAL;
}
