/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * lun-walk ROOT: every path of the tree, a line each, found without any of lunwatch's code: sysfs
 * is walked with readdir, the names are taken out of it with sscanf, the links out of udev's
 * database. What it prints is what lunwatch must answer:
 *
 *   HCTL INITIATOR NODE HBA TARGET LUN WWID DEVICE STATE PORT-STATE SIZE LINK,LINK,…
 *
 * A blank in a port state is written as "_". In no particular order.
 */

#include <dirent.h>
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char root[PATH_MAX];

typedef char Text[1024];

/* The first line of a file below the root, "" when there is none. */
static const char *read_line(Text ret, const char *dir, const char *name) {
        char path[2 * PATH_MAX];
        FILE *f;

        ret[0] = '\0';
        (void) snprintf(path, sizeof path, "%s/%s", dir, name);
        f = fopen(path, "re");
        if (!f)
                return ret;
        if (!fgets(ret, sizeof(Text), f))
                ret[0] = '\0';
        (void) fclose(f);
        ret[strcspn(ret, "\n")] = '\0';
        return ret;
}

/* The WWN in such a file without its 0x. */
static const char *read_wwn(Text ret, const char *class, const char *name, const char *attr) {
        char dir[2 * PATH_MAX];

        (void) snprintf(dir, sizeof dir, "%s/sys/class/%s/%s", root, class, name);
        (void) read_line(ret, dir, attr);
        if (strncmp(ret, "0x", 2) == 0)
                memmove(ret, ret + 2, strlen(ret + 2) + 1);
        return ret;
}

static int compare_links(const void *a, const void *b) {
        const char *x = *(char *const *) a, *y = *(char *const *) b;
        int by_vhba_x = strncmp(x, "disk/by-vhba/", 13) == 0;
        int by_vhba_y = strncmp(y, "disk/by-vhba/", 13) == 0;

        return by_vhba_x != by_vhba_y ? by_vhba_y - by_vhba_x : strcmp(x, y);
}

static void print_links(const char *devnum) {
        char path[2 * PATH_MAX], line[1024], *links[64];
        size_t n = 0;
        FILE *f;

        (void) snprintf(path, sizeof path, "%s/run/udev/data/b%s", root, devnum);
        f = fopen(path, "re");
        if (!f)
                return;
        while (n < 64 && fgets(line, sizeof line, f))
                if (strncmp(line, "S:disk/", 7) == 0) {
                        line[strcspn(line, "\n")] = '\0';
                        links[n++] = strdup(line + 2);
                }
        (void) fclose(f);

        qsort(links, n, sizeof *links, compare_links);
        for (size_t i = 0; i < n; i++) {
                (void) printf("%s/dev/%s", i > 0 ? "," : "", links[i]);
                free(links[i]);
        }
}

/* The only entry of DIR/block. */
static void find_disk(const char *dir, char ret[static 64]) {
        char path[2 * PATH_MAX];
        struct dirent *entry;
        DIR *block;

        ret[0] = '\0';
        (void) snprintf(path, sizeof path, "%s/block", dir);
        block = opendir(path);
        while (block && (entry = readdir(block)))
                if (entry->d_name[0] != '.')
                        (void) snprintf(ret, 64, "%.63s", entry->d_name);
        if (block)
                (void) closedir(block);
}

static void print_port_state(const char *rport) {
        Text state;

        (void) read_wwn(state, "fc_remote_ports", rport, "port_state");
        for (char *p = state; *p; p++)
                if (*p == ' ')
                        *p = '_';
        (void) printf(" %s", state);
}

static void print_path(const char *hctl, const char *dir) {
        char rport[64], host[32], hba[32], disk[64], disk_dir[2 * PATH_MAX];
        unsigned h, t, hba_number;
        unsigned long long lun;
        Text port, node, carrier, target, wwid, state, devnum, size;
        const char *p;

        p = strstr(dir, "/rport-");
        if (!p || sscanf(p, "/rport-%50[^/]", rport + 6) != 1)
                return;
        memcpy(rport, "rport-", 6);
        (void) sscanf(hctl, "%u:%*u:%u:%llu", &h, &t, &lun);
        (void) snprintf(host, sizeof host, "host%u", h);
        /* The first host of the way is the HBA, whether or not a vport follows. */
        (void) sscanf(strstr(dir, "/host"), "/host%u", &hba_number);
        (void) snprintf(hba, sizeof hba, "host%u", hba_number);

        find_disk(dir, disk);
        (void) snprintf(disk_dir, sizeof disk_dir, "%s/block/%s", dir, disk);
        (void) printf("%s %s %s %s %s %llu %s /dev/%s %s", hctl,
                      read_wwn(port, "fc_host", host, "port_name"),
                      read_wwn(node, "fc_host", host, "node_name"),
                      read_wwn(carrier, "fc_host", hba, "port_name"),
                      read_wwn(target, "fc_remote_ports", rport, "port_name"), lun,
                      read_line(wwid, dir, "wwid"), disk, read_line(state, dir, "state"));
        print_port_state(rport);
        (void) printf(" %llu ", strtoull(read_line(size, disk_dir, "size"), NULL, 10) * 512);
        print_links(read_line(devnum, disk_dir, "dev"));
        (void) putchar('\n');
}

int main(int argc, char *argv[]) {
        char path[2 * PATH_MAX], dir[PATH_MAX];
        struct dirent *entry;
        DIR *devices;

        if (argc != 2 || !realpath(argv[1], root))
                errx(2, "Usage: lun-walk ROOT");
        (void) snprintf(path, sizeof path, "%s/sys/bus/scsi/devices", root);
        devices = opendir(path);
        if (!devices)
                err(1, "%s", path);

        while ((entry = readdir(devices))) {
                if (entry->d_name[0] == '.')
                        continue;
                (void) snprintf(path, sizeof path, "%s/sys/bus/scsi/devices/%s", root,
                                entry->d_name);
                if (!realpath(path, dir))
                        err(1, "%s", path);
                print_path(entry->d_name, dir);
        }

        return closedir(devices);
}
