/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * devpath_parse() and hctl_parse(), what sysfs links, uevents and callers give: what was accepted
 * is a device behind a remote port of the same host, and prints back to what was read.
 */

#include "common/cleanup.h"
#include "lunwatch/path/devpath.h"
#include "tests/fuzz/fuzz.h"

static void check_hctl(const char *text) {
        HctlString printed;
        Hctl hctl;

        if (hctl_parse(text, &hctl) < 0)
                return;

        assert(strlen(hctl_format(&hctl, printed)) < sizeof printed);
        assert(strcmp(printed, text) == 0);
}

static void check_rport(const char *text) {
        RportString printed;
        RportId rport;

        if (rport_parse(text, &rport) < 0)
                return;

        assert(strcmp(rport_format(&rport, printed), text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = fuzz_string(data, size);
        RportString rport;
        HctlString hctl;
        DevPath path;

        check_hctl(text);
        check_rport(text);
        if (devpath_parse(text, &path) < 0)
                return 0;

        assert(path.rport.host == path.hctl.host);
        assert(strstr(text, hctl_format(&path.hctl, hctl)));
        assert(strstr(text, rport_format(&path.rport, rport)));
        assert(!path.is_vhba || strstr(text, "vport-"));

        fuzz_planted_fault(data, size, path.is_vhba && path.hctl.lun > 9);
        return 0;
}
