/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/verb-table.h"

#include "cli/verbs.h"
#include "common/cleanup.h"

#include <string.h>

#define B(option) OPTION_BIT(OPTION_##option)
#define LISTING (B(JSON) | B(NO_LEGEND))

/* clang-format off */
static const Verb verbs[] = {
        { "hba", "list", "", "list the physical HBAs", 0, 0,
                LISTING | B(TREE), verb_hba_list },
        { "hba", "show", "HBA", "show one HBA and the vHBAs on it", 1, 1,
                LISTING, verb_hba_show },

        { "vhba", "list", "", "list the vHBAs", 0, 0,
                LISTING | B(TREE), verb_vhba_list },
        { "vhba", "show", "WWPN", "show one vHBA: definition, state, cause, LUNs", 1, 1,
                LISTING, verb_vhba_show },
        { "vhba", "define", "WWPN WWNN", "write a definition", 2, 2,
                B(PARENT) | B(EXPECT) | B(SYMBOLIC_NAME) | B(TIMEOUT) | B(REPLACE) | B(ENABLE) |
                B(START) | B(NO_WAIT), verb_vhba_define },
        { "vhba", "undefine", "WWPN…", "remove the definition", 1, ARGS_ANY,
                0, verb_vhba_undefine },
        { "vhba", "start", "WWPN…", "make the vport, and wait until its LUNs are there", 1,
                ARGS_ANY, B(NO_WAIT), verb_vhba_start },
        { "vhba", "stop", "WWPN…", "remove the vport; refused while a LUN is in use", 1, ARGS_ANY,
                B(FORCE) | B(NO_WAIT), verb_vhba_stop },
        { "vhba", "enable", "WWPN…", "start it at every boot", 1, ARGS_ANY,
                B(NOW) | B(NO_WAIT), verb_vhba_enable },
        { "vhba", "disable", "WWPN…", "no longer start it at boot", 1, ARGS_ANY,
                B(NOW) | B(FORCE) | B(NO_WAIT), verb_vhba_disable },
        { "vhba", "set", "WWPN KEY=VALUE…",
                "change parent, timeout, symbolic-name, expect or wwnn", 2, ARGS_ANY,
                0, verb_vhba_set },
        { "vhba", "adopt", "WWPN", "define a vport that others made, as it is", 1, 1,
                B(ENABLE) | B(NO_WAIT), verb_vhba_adopt },
        { "vhba", "pair", "WWPN PEER", "make two vHBAs a pair", 2, 2,
                B(ROLE), verb_vhba_pair },
        { "vhba", "unpair", "WWPN", "dissolve a pair", 1, 1,
                0, verb_vhba_unpair },
        { "vhba", "worksheet", "WWPN", "print what a SAN admin needs to zone and mask", 1, 1,
                B(JSON), verb_vhba_worksheet },

        { "lun", "list", "", "list the paths to LUNs, or their names in one directory", 0, 0,
                LISTING | B(INITIATOR) | B(TARGET) | B(WWID) | B(TRANSPORT) | B(VHBA) |
                B(QUARANTINED) | B(VIEW) | B(SOURCE), verb_lun_list },
        { "lun", "show", "NAME", "show one LUN: facts, paths, who uses it", 1, 1,
                LISTING, verb_lun_show },
        { "lun", "lookup", "INITIATOR [LUN]", "print the stable link of a LUN", 1, 2,
                B(JSON) | B(WWNN), verb_lun_lookup },
        { "lun", "watch", "", "print what comes, goes and changes", 0, 0,
                B(JSON), verb_lun_watch },
        { "lun", "wait", "[INITIATOR [LUN]]", "wait until a LUN is there, or gone", 0, 2,
                B(JSON) | B(TARGET) | B(WWID) | B(PATHS) | B(MAP) | B(GONE) | B(TIMEOUT),
                verb_lun_wait },
        { "lun", "rescan", "INITIATOR [LUN]", "look for LUNs behind an HBA or vHBA", 1, 2,
                B(JSON) | B(TARGET) | B(TIMEOUT), verb_lun_rescan },
        { "lun", "remove", "NAME", "remove a LUN: its map and every path", 1, 1,
                B(JSON) | B(FORCE), verb_lun_remove },
        { "lun", "release", "NAME", "let a LUN that is not what it was be used as it is", 1, 1,
                0, verb_lun_release },
        { "lun", "inspect", "NAME", "tell what is on a LUN and who has it open", 1, 1,
                LISTING, verb_lun_inspect },

        { "map", "list", "", "list the multipath maps, and other devices made of devices", 0, 0,
                LISTING | B(KIND) | B(WWID), verb_map_list },
        { "map", "show", "NAME", "show one map: members, paths, who uses it", 1, 1,
                LISTING, verb_map_show },

        { "mirror", "list", "", "list the mirrors of disks to other hosts", 0, 0,
                LISTING, verb_mirror_list },
        { "mirror", "show", "ID", "show one mirror: its disks and how far they are", 1, 1,
                LISTING, verb_mirror_show },
        { "mirror", "start", "", "make disks on another host, and mirror to them", 0, 0,
                B(MONITOR) | B(TO) | B(ADDRESS) | B(DISK) | B(ID) | B(TARGET) | B(SPEED) |
                B(VERIFY) | B(COPY_MODE) | B(CONVERGE) | B(SYNC) | B(BITMAP) | B(RETRIES) | B(STALL) | B(TLS) |
                B(CERTIFICATES) | B(PORTS) | B(PEER_NAME) | B(OWN_NAME) | B(TIMEOUT) | B(WAIT) | B(JSON), verb_mirror_start },
        { "mirror", "legacy", "", "move a whole QEMU by its old block migration", 0, 0,
                B(MONITOR) | B(ADDRESS) | B(PORT) | B(KEY_FILE) | B(ID) | B(SPEED) | B(SYNC) | B(TLS) |
                B(CERTIFICATES) | B(PEER_NAME) | B(WAIT) | B(JSON), verb_mirror_legacy },
        { "mirror", "watch", "ID", "show how a mirror goes on, until it has ended", 1, 1,
                B(JSON) | B(READY), verb_mirror_watch },
        { "mirror", "wait", "ID", "wait until a mirror is ready, or has ended", 1, 1,
                B(TIMEOUT), verb_mirror_wait },
        { "mirror", "speed", "ID BYTES", "limit it to so many bytes a second and disk", 2, 2,
                0, verb_mirror_speed },
        { "mirror", "pause", "ID", "stop the copying for a while", 1, 1,
                0, verb_mirror_pause },
        { "mirror", "resume", "ID", "go on after a pause", 1, 1,
                0, verb_mirror_resume },
        { "mirror", "verify", "ID", "compare source and targets once more, every block", 1, 1,
                B(WAIT), verb_mirror_verify },
        { "mirror", "switch", "ID", "finish it: the targets are whole as of now", 1, 1,
                B(WAIT), verb_mirror_switch },
        { "mirror", "abort", "ID", "end it: the targets are of no use", 1, 1,
                B(WAIT), verb_mirror_abort },
        { "mirror", "forget", "ID", "forget one that has ended", 1, 1,
                0, verb_mirror_forget },
        { "mirror", "gc", "", "tell what targets that are no more have left here", 0, 0,
                LISTING | B(REMOVE), verb_mirror_gc },

        { "target", "list", "", "list the disks of this host that mirrors fill", 0, 0,
                LISTING, verb_target_list },
        { "target", "show", "ID", "show one target and its disks", 1, 1,
                LISTING, verb_target_show },
        { "target", "prepare", "ID", "make the disks that a mirror shall fill", 1, 1,
                B(DISK) | B(ADDRESS) | B(PORTS) | B(TLS) | B(CERTIFICATES) | B(PEER_NAME) |
                B(TIMEOUT) | B(WAIT), verb_target_prepare },
        { "target", "serve", "ID", "let them be filled, without a QEMU", 1, 1,
                B(TIMEOUT) | B(WAIT), verb_target_serve },
        { "target", "export", "ID", "let them be filled, by a QEMU that waits with them", 1, 1,
                B(MONITOR) | B(DISK) | B(TIMEOUT) | B(WAIT), verb_target_export },
        { "target", "commit", "ID", "keep the disks: nothing but them is left", 1, 1,
                B(TIMEOUT) | B(WAIT), verb_target_commit },
        { "target", "abort", "ID", "remove everything that was made for it", 1, 1,
                B(TIMEOUT) | B(WAIT), verb_target_abort },
        { "target", "forget", "ID", "forget one that has ended", 1, 1,
                0, verb_target_forget },

        { "trace", "", "NAME", "show what a device, LUN, port, map or mount point hangs together with",
                1, 1, LISTING, verb_trace },

        { "doctor", "", "", "tell what is wrong here, and what to do about it", 0, 0,
                B(JSON), verb_doctor },
};
/* clang-format on */

const Verb *verb_find(const char *noun, const char *name) {
        for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
                if (strcmp(verbs[i].noun, noun) == 0 &&
                    (!name || verb_is_alone(verbs + i) || strcmp(verbs[i].name, name) == 0))
                        return verbs + i;

        return NULL;
}

bool verb_is_alone(const Verb *verb) {
        return *verb->name == '\0';
}

bool verb_noun_is_known(const char *noun) {
        return verb_find(noun, NULL);
}

char *verb_names(const char *noun) {
        char *names = NULL;
        size_t size;
        FILE *file;

        file = open_memstream(&names, &size);
        if (!file)
                return NULL;

        for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
                if (strcmp(verbs[i].noun, noun) == 0)
                        fprintf(file, "%s%s", ftell(file) > 0 ? ", " : "", verbs[i].name);

        return fclose(file) == 0 ? names : NULL;
}

#define LEFT_COLUMNS 30

/* What is explained, padded to where explanations begin, or on a line of its own. */
static void print_left(const char *left) {
        size_t columns = 0;

        /* An ellipsis is three bytes and one column. */
        for (const char *c = left; *c != '\0'; c++)
                columns += ((unsigned char) *c & 0xc0) != 0x80;

        if (columns > LEFT_COLUMNS)
                printf("  %s\n  %*s  ", left, LEFT_COLUMNS, "");
        else
                printf("  %s%*s  ", left, (int) (LEFT_COLUMNS - columns), "");
}

static void print_verbs(const char *noun) {
        char left[64];

        for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
                if (strcmp(verbs[i].noun, noun) != 0)
                        continue;
                (void) snprintf(left, sizeof left, "%s %s%s%s", noun, verbs[i].name,
                                verb_is_alone(verbs + i) ? "" : " ", verbs[i].synopsis);
                print_left(left);
                puts(verbs[i].about);
        }
}

static void print_options(OptionSet set) {
        char left[64];

        for (int i = 0; i < _OPTION_MAX; i++) {
                const char *value = option_value_name(i);

                if (!(set & OPTION_BIT(i)))
                        continue;
                (void) snprintf(left, sizeof left, "--%s%s%s", option_name(i), value ? "=" : "",
                                value ? value : "");
                print_left(left);
                puts(option_about(i));
        }
}

void verb_help_all(void) {
        puts("npivot [OPTION…] NOUN [VERB] [WORD…]\n\n"
             "Virtual Fibre Channel HBAs that survive a reboot, and their LUNs.\n\n"
             "HBAs:");
        print_verbs("hba");
        puts("\nvHBAs:");
        print_verbs("vhba");
        puts("\nLUNs and the paths to them:");
        print_verbs("lun");
        puts("\nMaps:");
        print_verbs("map");
        puts("\nMirrors of disks:");
        print_verbs("mirror");
        puts("\nTargets, the disks that mirrors fill:");
        print_verbs("target");
        puts("\nHow things hang together:");
        print_verbs("trace");
        print_verbs("doctor");
        puts("\nWith every verb (npivot NOUN VERB --help tells the others):");
        print_options(OPTIONS_ALWAYS);
        puts("\nA noun alone lists. WWNs may be written with or without colons. See npivot(1).");
}

void verb_help_noun(const char *noun) {
        print_verbs(noun);
}

void verb_help(const Verb *verb) {
        printf("npivot %s%s%s [OPTION…]%s%s\n\n%c%s.\n\n", verb->noun,
               verb_is_alone(verb) ? "" : " ", verb->name, *verb->synopsis != '\0' ? " " : "",
               verb->synopsis, verb->about[0] - 'a' + 'A', verb->about + 1);
        print_options(verb->options | OPTIONS_ALWAYS);
}
