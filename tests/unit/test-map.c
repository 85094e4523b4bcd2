/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/map/find.h"
#include "lunwatch/map/follow.h"
#include "lunwatch/map/multipathd-json.h"

#include "fc-tree.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define HBA 0x21000024ff000005
#define VHBA 0x2101001b32a90004
#define NODE 0x2001001b32a90004
#define TARGET 0x500507680b000000

#define RED "360014050000000100004000800000000"

typedef struct Host {
        FcTree tree;
        Inventory inventory;
        Maps maps;
        sd_event *event;
        int listener; /* of the multipathd that the test plays; -EBADF: there is none */
        char socket[64];
} Host;

/* A disk behind target `number`: sda behind the first one, … */
static void add_path(Host *host, uint32_t number, const char *disk, const char *wwid) {
        FcTreeLun lun = {
                .where = { { 6, 0, number, 0 }, { 6, 0, number }, true, 5, PATH_FC },
                .wwid = wwid,
                .disk = disk,
                .major = 8,
                .minor = 16 * number,
                .size_bytes = 1 << 20,
                .udev_data = "I:1\n",
        };

        fc_tree_add_rport(&host->tree, &lun.where.rport, true, TARGET + number);
        fc_tree_add_lun(&host->tree, &lun);
}

static void write_map(Host *host, const char *device, const char *attribute, const char *text) {
        char file[256];

        (void) snprintf(file, sizeof file, "sys/block/%s/%s", device, attribute);
        fc_tree_write(&host->tree, file, text);
}

static void add_dm(Host *host, unsigned number, const char *name, const char *uuid,
                   const char *const *slaves) {
        char device[16], text[64];

        (void) snprintf(device, sizeof device, "dm-%u", number);
        write_map(host, device, "dm/name", name);
        write_map(host, device, "dm/uuid", uuid);
        write_map(host, device, "dm/suspended", "0\n");
        write_map(host, device, "size", "2048\n");
        (void) snprintf(text, sizeof text, "253:%u\n", number);
        write_map(host, device, "dev", text);
        for (; slaves && *slaves; slaves++) {
                (void) snprintf(text, sizeof text, "slaves/%s", *slaves);
                write_map(host, device, text, "");
                (void) snprintf(text, sizeof text, "holders/%s", device);
                if (strncmp(*slaves, "dm-", 3) == 0)
                        write_map(host, *slaves, text, "");
        }
}

static void host_open(Host *host) {
        static unsigned n;

        *host = (Host){ .listener = -EBADF };
        fc_tree_open(&host->tree);
        fc_tree_add_host(&host->tree, 5, HBA, NODE, false);
        fc_tree_add_host(&host->tree, 6, VHBA, NODE, true);
        assert(inventory_open(&host->inventory, host->tree.root) == 0);
        assert(sd_event_new(&host->event) >= 0);
        (void) snprintf(host->socket, sizeof host->socket, "npivot-test-%d-%u", getpid(), n++);
}

static void host_start(Host *host) {
        assert(inventory_scan(&host->inventory, 0) >= 0);
        assert(maps_start(&host->maps, host->inventory.reader.root_fd, host->event, host->socket,
                          NULL) >= 0);
}

static void host_done(Host *host) {
        closep(&host->listener);
        maps_done(&host->maps);
        inventory_done(&host->inventory);
        (void) sd_event_unref(host->event);
        fc_tree_done(&host->tree);
}

/* Two paths, a multipath map of them, an LV on it, a filesystem on that is none of ours. */
static void host_open_with_maps(Host *host) {
        static const char *const disks[] = { "sda", "sdb", NULL }, *const mpath[] = { "dm-0",
                                                                                      NULL };

        host_open(host);
        add_path(host, 0, "sda", "naa.60014050000000100004000800000000");
        add_path(host, 1, "sdb", "naa.60014050000000100004000800000000");
        add_dm(host, 0, "mpatha", "mpath-" RED, disks);
        add_dm(host, 1, "vg-data", "LVM-abcdefghijklmnopqrstuvwxyz012345", mpath);
        fc_tree_write(&host->tree, "run/udev/data/b253:0",
                      "S:mapper/mpatha\nS:disk/by-id/dm-uuid-mpath-" RED
                      "\nS:disk/by-id/wwn-0x60014050000000100004000800000000\nI:1\n");
}

static void on_change(const char *kind, const char *cause, const Map *map, void *userdata) {
        char *told = userdata;

        (void) sprintf(told + strlen(told), "%s %s %s;", kind, cause, map->name);
}

static const char *told(Host *host) {
        static char text[4096];

        text[0] = '\0';
        maps_flush(&host->maps, on_change, text);
        return text;
}

#define ASSERT_TOLD(host, what) assert(strcmp(told(host), (what)) == 0)

static void test_a_map_is_read_with_all_that_it_has(void) {
        _cleanup_(host_done) Host host;
        const Map *map;

        host_open_with_maps(&host);
        host_start(&host);

        map = map_table_find_name(&host.maps.table, "mpatha");
        assert(map && map_is_multipath(map));
        assert(strcmp(map->uuid, "mpath-" RED) == 0);
        assert(strcmp(map->wwid, "naa.60014050000000100004000800000000") == 0);
        assert(map->size_bytes == 1 << 20 && strcmp(map->state, "active") == 0);
        assert(map->n_members == 2 && strcmp(map->members[0].device, "sda") == 0);
        assert(strcmp(map->holders[0], "dm-1") == 0 && !map->holders[1]);
        assert(strcmp(map->links[0], "/dev/disk/by-id/dm-uuid-mpath-" RED) == 0);
        assert(strcmp(map->links[2], "/dev/mapper/mpatha") == 0);

        map = map_table_find(&host.maps.table, "dm-1");
        assert(strcmp(map->kind, "lvm") == 0 && !map->wwid[0]);
}

static void test_md_and_loop_devices_have_the_same_shape(void) {
        _cleanup_(host_done) Host host;
        const Map *map;

        host_open_with_maps(&host);
        write_map(&host, "md0", "md/array_state", "clean\n");
        write_map(&host, "md0", "slaves/sda", "");
        write_map(&host, "md0", "dev", "9:0\n");
        write_map(&host, "md0", "size", "8\n");
        write_map(&host, "md1", "md/array_state", "clear\n");
        write_map(&host, "loop0", "loop/backing_file", "/dev/sdb\n");
        write_map(&host, "loop0", "dev", "7:0\n");
        write_map(&host, "loop0", "size", "8\n");
        write_map(&host, "loop1", "dev", "7:1\n");
        host_start(&host);

        map = map_table_find(&host.maps.table, "md0");
        assert(strcmp(map->kind, "md") == 0 && strcmp(map->state, "clean") == 0);
        assert(strcmp(map->members[0].device, "sda") == 0);
        map = map_table_find(&host.maps.table, "loop0");
        assert(strcmp(map->kind, "loop") == 0 && strcmp(map->members[0].device, "sdb") == 0);
        assert(!map_table_find(&host.maps.table, "md1"));
        assert(!map_table_find(&host.maps.table, "loop1"));
}

/* "2 paths, 1 maps" */
static const char *found_by(Host *host, const char *name, FoundKind *ret_kind) {
        _cleanup_(found_done) Found found = { 0 };
        static char text[64];
        int r;

        r = find_object(&host->inventory, &host->maps.table, name, &found);
        if (r < 0)
                return strerror(-r);
        *ret_kind = found.kind;
        (void) snprintf(text, sizeof text, "%zu paths, %zu maps", found.n_paths, found.n_maps);
        return text;
}

static void test_an_object_is_found_by_every_name(void) {
        static const struct {
                const char *name;
                FoundKind kind;
                const char *found;
        } names[] = {
                { "sda", FOUND_PATH, "1 paths, 1 maps" },
                { "6:0:1:0", FOUND_PATH, "1 paths, 1 maps" },
                { "mpatha", FOUND_MAP, "2 paths, 1 maps" },
                { "dm-0", FOUND_MAP, "2 paths, 1 maps" },
                { "mpath-" RED, FOUND_MAP, "2 paths, 1 maps" },
                { "vg-data", FOUND_MAP, "2 paths, 2 maps" },
                { "naa.60014050000000100004000800000000", FOUND_LUN, "2 paths, 1 maps" },
                { RED, FOUND_LUN, "2 paths, 1 maps" },
                { "2101001b32a90004", FOUND_INITIATOR, "2 paths, 1 maps" },
                { "50:05:07:68:0b:00:00:01", FOUND_TARGET, "1 paths, 1 maps" },
        };
        _cleanup_(host_done) Host host;
        FoundKind kind = FOUND_PATH;

        host_open_with_maps(&host);
        host_start(&host);
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                assert(strcmp(found_by(&host, names[i].name, &kind), names[i].found) == 0);
                assert(kind == names[i].kind);
        }
        assert(strcmp(found_by(&host, "", &kind), strerror(ENOENT)) == 0);
        assert(strcmp(found_by(&host, "sdz", &kind), strerror(ENOENT)) == 0);
        assert(strcmp(found_by(&host, "../../etc", &kind), strerror(ENOENT)) == 0);
        assert(strcmp(found_by(&host, "2101001b32a90099", &kind), strerror(ENOENT)) == 0);
}

static void test_a_partition_is_found_as_its_disk(void) {
        _cleanup_(host_done) Host host;
        FoundKind kind;

        host_open_with_maps(&host);
        host_start(&host);
        fc_tree_link(&host.tree,
                     "../../devices/pci0000:00/0000:05:00.0/host5/vport-5:0-6/host6/rport-6:0-0/"
                     "target6:0:0/6:0:0:0/block/sda/sda1",
                     "sys/class/block/sda1");
        assert(strcmp(found_by(&host, "sda1", &kind), "1 paths, 1 maps") == 0);
}

static void test_maps_that_hold_each_other_are_no_endless_way(void) {
        static const char *const first[] = { "dm-0", NULL }, *const second[] = { "dm-1", NULL };
        _cleanup_(host_done) Host host;
        FoundKind kind;

        host_open(&host);
        add_dm(&host, 1, "a", "x-a", first);
        add_dm(&host, 0, "b", "x-b", second);
        host_start(&host);
        assert(strcmp(found_by(&host, "a", &kind), "0 paths, 2 maps") == 0);
}

static void test_what_changes_is_told_with_its_cause(void) {
        _cleanup_(host_done) Host host;

        host_open_with_maps(&host);
        host_start(&host);
        ASSERT_TOLD(&host, "");

        write_map(&host, "dm-0", "size", "4096\n");
        assert(maps_update(&host.maps, "dm-0") >= 0);
        ASSERT_TOLD(&host, "changed size mpatha;");
        write_map(&host, "dm-0", "dm/suspended", "1\n");
        assert(maps_update(&host.maps, "dm-0") >= 0);
        ASSERT_TOLD(&host, "changed state mpatha;");
        fc_tree_remove(&host.tree, "sys/block/dm-0/slaves/sdb");
        assert(maps_update(&host.maps, "dm-0") >= 0);
        ASSERT_TOLD(&host, "changed members mpatha;");

        /* The one below it has lost its holder as well. */
        fc_tree_remove(&host.tree, "sys/block/dm-1");
        fc_tree_remove(&host.tree, "sys/block/dm-0/holders/dm-1");
        assert(maps_update(&host.maps, "dm-1") >= 0);
        ASSERT_TOLD(&host, "removed removed vg-data;changed holders mpatha;");

        add_dm(&host, 7, "mpathb", "mpath-7", NULL);
        assert(maps_update(&host.maps, "dm-7") >= 0);
        ASSERT_TOLD(&host, "added new mpathb;");
        write_map(&host, "dm-0", "dm/uuid", "mpath-360014050000000100004000800000009\n");
        assert(maps_update(&host.maps, "dm-0") >= 0);
        ASSERT_TOLD(&host, "removed removed mpatha;added new mpatha;");
}

static void test_a_rescan_tells_the_differences_only(void) {
        _cleanup_(host_done) Host host;

        host_open_with_maps(&host);
        host_start(&host);
        (void) told(&host);
        assert(maps_scan(&host.maps) >= 0);
        ASSERT_TOLD(&host, "");
        fc_tree_remove(&host.tree, "sys/block/dm-1");
        assert(maps_scan(&host.maps) >= 0);
        ASSERT_TOLD(&host, "removed removed vg-data;");
}

/* The test is multipathd: takes a question, checks it, answers. */
static void answer(Host *host, const char *question, const char *text) {
        _cleanup_close_ int fd = -EBADF;
        char asked[256] = "";
        size_t size;

        fd = accept(host->listener, NULL, NULL);
        assert(fd >= 0);
        assert(recv(fd, &size, sizeof size, MSG_WAITALL) == sizeof size && size <= sizeof asked);
        assert(recv(fd, asked, size, MSG_WAITALL) == (ssize_t) size);
        assert(strcmp(asked, question) == 0);

        size = strlen(text) + 1;
        assert(send(fd, &size, sizeof size, 0) == sizeof size);
        assert(send(fd, text, size, 0) == (ssize_t) size);
        /* First the length, then the text, then what follows from it. */
        for (unsigned i = 0; i < 8; i++)
                assert(sd_event_run(host->event, 1000) >= 0);
}

static void listen_as_multipathd(Host *host) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        strcpy(address.sun_path + 1, host->socket);
        host->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert(bind(host->listener, (struct sockaddr *) &address,
                    (socklen_t) (offsetof(struct sockaddr_un, sun_path) + 1 +
                                 strlen(host->socket))) == 0);
        assert(listen(host->listener, 8) == 0);
}

#define MPATHA(state_a, state_b) \
        "{\"name\":\"mpatha\",\"uuid\":\"" RED "\",\"sysfs\":\"dm-0\",\"path_groups\":[" \
        "{\"selector\":\"service-time 0\",\"pri\":50,\"dm_st\":\"active\",\"group\":1,\"paths\":[" \
        "{\"dev\":\"sda\",\"dev_t\":\"8:0\",\"dm_st\":\"" state_a \
        "\",\"dev_st\":\"running\",\"chk_st\":\"ready\"}]}," \
        "{\"selector\":\"service-time 0\",\"pri\":10,\"dm_st\":\"enabled\",\"group\":2,\"paths\":[" \
        "{\"dev\":\"sdb\",\"dev_t\":\"8:16\",\"dm_st\":\"" state_b \
        "\",\"dev_st\":\"running\",\"chk_st\":\"faulty\"}]}]}"
#define SHOW_MAP(map) "{\"major_version\":0,\"minor_version\":1,\"map\":" map "}"
#define SHOW_MAPS(map) "{\"major_version\":0,\"minor_version\":1,\"maps\":[" map "]}\n"

static void test_the_states_of_paths_come_from_multipathd(void) {
        _cleanup_(host_done) Host host;
        const Map *map;

        host_open_with_maps(&host);
        listen_as_multipathd(&host);
        host_start(&host);
        (void) told(&host);
        answer(&host, "show map mpatha json", SHOW_MAP(MPATHA("active", "active")));
        assert(host.maps.is_running);
        ASSERT_TOLD(&host, "changed members mpatha;");

        map = map_table_find(&host.maps.table, "dm-0");
        assert(strcmp(map->members[0].state, "active") == 0 && map->members[0].group == 1);
        assert(strcmp(map->members[1].checker, "faulty") == 0 && map->members[1].group == 2);
        assert(strcmp(map->members[1].group_state, "enabled") == 0);
        assert(strcmp(map->members[1].policy, "service-time 0") == 0);

        assert(maps_update(&host.maps, "dm-0") >= 0);
        answer(&host, "show map mpatha json", SHOW_MAP(MPATHA("active", "failed")));
        ASSERT_TOLD(&host, "changed path-failed mpatha;");
        maps_refresh_of(&host.maps, "sdb");
        answer(&host, "show map mpatha json", SHOW_MAP(MPATHA("active", "active")));
        ASSERT_TOLD(&host, "changed path-restored mpatha;");
}

/* multipathd reloads the map of a path whose priority changes, and fails the path a moment later.
 */
static void test_a_path_that_fails_is_told_also_when_its_map_was_suspended_before(void) {
        _cleanup_(host_done) Host host;

        host_open_with_maps(&host);
        listen_as_multipathd(&host);
        host_start(&host);
        answer(&host, "show map mpatha json", SHOW_MAP(MPATHA("active", "active")));
        (void) told(&host);
        write_map(&host, "dm-0", "dm/suspended", "1\n");
        assert(maps_update(&host.maps, "dm-0") >= 0);
        answer(&host, "show map mpatha json", SHOW_MAP(MPATHA("active", "active")));
        ASSERT_TOLD(&host, "changed state mpatha;");

        write_map(&host, "dm-0", "dm/suspended", "0\n");
        assert(maps_update(&host.maps, "dm-0") >= 0);
        answer(&host, "show map mpatha json", SHOW_MAP(MPATHA("active", "failed")));
        ASSERT_TOLD(&host, "changed path-failed mpatha;");
}

static void test_many_maps_are_asked_about_at_once(void) {
        _cleanup_(host_done) Host host;
        char name[16], uuid[64];

        host_open_with_maps(&host);
        for (unsigned i = 10; i < 510; i++) {
                (void) snprintf(name, sizeof name, "m%u", i);
                (void) snprintf(uuid, sizeof uuid, "mpath-3600140500000000000000000000%05u", i);
                add_dm(&host, i, name, uuid, NULL);
        }
        listen_as_multipathd(&host);
        host_start(&host);
        assert(host.maps.table.n_maps == 502);
        /* The first was asked about before the others were known. */
        for (unsigned i = 0; i < 2; i++) {
                const char *first = host.maps.asked;

                if (i == 0) {
                        char question[256];

                        (void) snprintf(question, sizeof question, "show map %s json", first);
                        answer(&host, question, "fail\n");
                } else {
                        answer(&host, "show maps json", SHOW_MAPS(MPATHA("active", "failed")));
                }
        }
        assert(strcmp(map_table_find(&host.maps.table, "dm-0")->members[1].state, "failed") == 0);
}

static void test_what_multipathd_says_is_not_trusted(void) {
        static const char *const hostile[] = {
                "",
                "not json",
                "{\"major_version\":7,\"maps\":[]}",
                "{\"maps\":[]} and more",
                "[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]",
        };
        static const char strange[] =
                "{\"maps\":[1,null,{\"sysfs\":5,\"path_groups\":{}},{\"sysfs\":\"dm-0\","
                "\"path_groups\":[{\"group\":-3,\"paths\":[{\"dev\":\"a\\u001b[2J\\nb\"},7]}]}]}";
        MultipathdReply reply;

        for (size_t i = 0; i < ARRAY_LEN(hostile); i++)
                assert(multipathd_reply_parse(hostile[i], strlen(hostile[i]), &reply) == -EBADMSG);

        assert(multipathd_reply_parse(strange, strlen(strange), &reply) == 0);
        assert(reply.n_maps == 4 && reply.maps[3].n_members == 2);
        assert(strcmp(reply.maps[3].members[0].device, "a?[2J?b") == 0);
        assert(reply.maps[3].members[0].group == 0);
        multipathd_reply_done(&reply);
}

static void test_without_multipathd_maps_have_no_states(void) {
        _cleanup_(host_done) Host host;

        host_open_with_maps(&host);
        host_start(&host);
        assert(!host.maps.is_running);
        assert(!map_table_find(&host.maps.table, "dm-0")->members[0].state[0]);
}

static void test_uuids_tell_kind_and_wwid(void) {
        char wwid[MAP_UUID_MAX];

        assert(strcmp(map_kind_of_uuid("mpath-3600"), "multipath") == 0);
        assert(strcmp(map_kind_of_uuid("part12-mpath-3600"), "partition") == 0);
        assert(strcmp(map_kind_of_uuid("CRYPT-LUKS2-x"), "crypt") == 0);
        assert(strcmp(map_kind_of_uuid(""), "dm") == 0);
        map_wwid_of_uuid("mpath-" RED, wwid);
        assert(strcmp(wwid, "naa.60014050000000100004000800000000") == 0);
        map_wwid_of_uuid("mpath-20025385b61504d5e", wwid);
        assert(strcmp(wwid, "eui.0025385b61504d5e") == 0);
        map_wwid_of_uuid("mpath-SATA_disk", wwid);
        assert(strcmp(wwid, "SATA_disk") == 0);
        map_wwid_of_uuid("LVM-x", wwid);
        assert(strcmp(wwid, "") == 0);
}

int main(void) {
        /* A question that nobody asks is a failure, not a wait. */
        (void) alarm(30);
        test_a_map_is_read_with_all_that_it_has();
        test_md_and_loop_devices_have_the_same_shape();
        test_an_object_is_found_by_every_name();
        test_a_partition_is_found_as_its_disk();
        test_maps_that_hold_each_other_are_no_endless_way();
        test_what_changes_is_told_with_its_cause();
        test_a_rescan_tells_the_differences_only();
        test_the_states_of_paths_come_from_multipathd();
        test_a_path_that_fails_is_told_also_when_its_map_was_suspended_before();
        test_many_maps_are_asked_about_at_once();
        test_what_multipathd_says_is_not_trusted();
        test_without_multipathd_maps_have_no_states();
        test_uuids_tell_kind_and_wwid();
        return 0;
}
