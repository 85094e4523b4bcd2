/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reads paths out of sysfs and the udev database: raw and bounded, since enumerating the same
 * through sd-device takes thirty times as long. Everything may vanish between two reads, and
 * nothing that is read is trusted to be well-formed. Remembers nothing of the paths.
 */

#include "lunwatch/path/disk.h"
#include "lunwatch/path/path.h"
#include "lunwatch/path/ports.h"

typedef struct Reader {
        int root_fd;
        bool has_ports;
        Ports ports; /* of the last path: sorted reading finds most of them here */
        Disk disk;   /* of the last path */
} Reader;

/* root is "/", or a tree with sys, run and dev below it. */
int reader_open(Reader *reader, const char *root);
void reader_done(Reader *reader);

/* To be called when what is known about the ports may be old: before a scan, at every event. */
void reader_forget_ports(Reader *reader);

typedef enum ReaderResult {
        READER_GONE, /* no longer there, or not (any more) behind a port with a name */
        READER_WAIT, /* udev is not yet through with its disk: an event will follow */
        READER_BARE, /* of a kind that becomes a disk, and has none (yet) */
        READER_PATH, /* complete */
} ReaderResult;

/*
 * Reads the path at this place. READER_WAIT, READER_BARE and READER_PATH set *ret. A negative errno
 * means that it could not be found out, e.g. -EMFILE.
 */
int reader_read(Reader *reader, const DevPath *where, Path **ret);

/*
 * The directory of all SCSI devices, in *ret, or NULL on a machine whose kernel has no SCSI (yet);
 * and the next device in it, of any transport: > 0, or 0 at the end.
 */
int reader_open_list(Reader *reader, DIR **ret);
int reader_next(DIR *dir, Hctl *ret);

/* Where the device hangs. -ENOENT when it is gone, -ENXIO when it is not behind a port or session.
 */
int reader_locate(Reader *reader, const Hctl *hctl, DevPath *ret);

/* The state alone, for noticing a change. -ENOENT or -ENODEV when it is gone. */
int reader_read_state(Reader *reader, const Hctl *hctl, PathState *ret);
