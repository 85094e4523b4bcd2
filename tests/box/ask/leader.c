/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/box/ask/leader.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

pid_t leader_of(const char *state) {
        const char *slash = strrchr(state, '/'), *name = slash ? slash + 1 : state;
        char path[PATH_MAX];
        FILE *file;
        int pid = 0;

        (void) snprintf(path, sizeof path, "%s/leader", state);
        file = fopen(path, "re");
        if (!file || fscanf(file, "%d", &pid) != 1)
                (void) fprintf(stderr, "box: %s: not running (box start %s)\n", name, name);
        if (file)
                (void) fclose(file);

        return pid;
}
