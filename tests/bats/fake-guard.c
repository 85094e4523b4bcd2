/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bats/fake-lun.h"

#include "common/bus-error.h"

#include <string.h>

#define GUARD "org.npivot.lunwatch1.Guard"

#define SINCE UINT64_C(1700000000000000)

static int append_debt(sd_bus_message *message, bool has_grown) {
        int r;

        r = sd_bus_message_open_container(message, 'a', "(ssssst)");
        if (r >= 0)
                r = sd_bus_message_append(message, "(ssssst)", "2101001b32a90002", "7", "",
                                          "missing", "LUN 7 is not there. Check the zoning.",
                                          SINCE);
        if (r >= 0 && has_grown)
                r = sd_bus_message_append(message, "(ssssst)", "", FAKE_WWID, FAKE_WWID, "one-hba",
                                          "All paths go through one HBA.", SINCE);

        return r < 0 ? r : sd_bus_message_close_container(message);
}

static int method_list_quarantined(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const Fake *fake = userdata;

        if (!fake->is_troubled)
                return sd_bus_reply_method_return(call, "a(sssssst)", 0);

        return sd_bus_reply_method_return(
                call, "a(sssssst)", 1, "path", "2101001b32a90002-500a098012345678-lun-9",
                "/dev/sde", "wwid-changed", "naa.60014050000000100000004000800009 4 KiB",
                "naa.600140500000001000000040008000ff 4 KiB", SINCE);
}

/* Asked for last: it is how `npivot lun watch` shows that it listens. */
static int method_list_debt(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const Fake *fake = userdata;
        int r;

        puts("ListDebt");
        if (!fake->is_troubled)
                return sd_bus_reply_method_return(call, "a(ssssst)", 0);

        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = append_debt(reply, false);
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int method_release(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        const char *name;
        int r;

        r = sd_bus_message_read(call, "s", &name);
        if (r < 0)
                return r;

        printf("Release %s\n", name);
        if (strcmp(name, "/dev/sdb") == 0)
                return sd_bus_error_setf(error, NPIVOT_ERROR_NOT_QUARANTINED,
                                         "%s is not quarantined.", name);
        if (strcmp(name, "/dev/sdd") == 0)
                return sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED, "Access denied");

        return sd_bus_reply_method_return(call, "u", 1);
}

int fake_guard_emit(Fake *fake) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *signal = NULL;
        int r;

        r = sd_bus_message_new_signal(fake->bus, &signal, LUNWATCH_ROOT, GUARD, "DebtChanged");
        if (r >= 0)
                r = append_debt(signal, true);

        return r < 0 ? r : sd_bus_send(fake->bus, signal, NULL);
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("ListQuarantined", "", "a(sssssst)", method_list_quarantined,
                      SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ListDebt", "", "a(ssssst)", method_list_debt, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Release", "s", "u", method_release, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL("DebtChanged", "a(ssssst)", 0),
        SD_BUS_VTABLE_END,
};

int fake_guard_serve(Fake *fake) {
        return sd_bus_add_object_vtable(fake->bus, NULL, LUNWATCH_ROOT, GUARD, vtable, fake);
}
