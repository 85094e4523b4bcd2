/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Files that are either old or new, never torn (facts: P7, P8), and bounded reads. Works on
 * names below a directory descriptor so that nobody can swap a path under us.
 */

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Writes data as NAME in the directory: temporary file, fsync, rename, fsync of the directory.
 * 0 on success. A negative errno means that the old file (or its absence) is untouched, except
 * -EINPROGRESS: the new file is in place but its directory could not be synced, so whether it
 * survives a power cut is unknown. Say so; do not report it as "failed". The name has no '/' and
 * is at most FILE_NAME_MAX bytes, else -EINVAL. A writer killed half-way leaves a temporary file
 * whose name begins with '.'; file_remove_leftovers() tidies it away.
 */
#define FILE_NAME_MAX 200
int file_write_atomic(int dir_fd, const char *name, const void *data, size_t size, mode_t mode);

/* Unlinks and syncs the directory. -ENOENT when it was not there; -EINPROGRESS as above. */
int file_unlink_durable(int dir_fd, const char *name);

/*
 * Unlinks the temporary files that killed writers left in the directory. For the directory's only
 * writer, when it starts: another writer in the middle of its work would fail (with -ENOENT, its
 * old file untouched). Returns how many there were.
 */
int file_remove_leftovers(int dir_fd);

/*
 * Reads a whole regular file of at most `max` bytes, NUL-terminated. Follows no symlink in the last
 * component. -ELOOP symlink, -EFBIG larger than max, -EISDIR or -EINVAL not a regular file.
 * ret_size may be NULL.
 */
int file_read(int dir_fd, const char *name, size_t max, char **ret, size_t *ret_size);

/*
 * As file_read(), for files that give root orders: also -EPERM unless owned by root and -EACCES if
 * group or others may write. `NPIVOT_CONFDIR` trees owned by the calling user pass as well, since a
 * test that is not root has no other.
 */
int file_read_trusted(int dir_fd, const char *name, size_t max, char **ret, size_t *ret_size);

/*
 * Reads one sysfs attribute below the directory into buf: at most size - 1 bytes, the trailing
 * newline and blanks cut off, embedded NULs, control bytes and bytes that are not UTF-8 replaced by
 * '?', so that it is fit for the bus. Returns the length.
 */
ssize_t attr_read(int dir_fd, const char *name, char *buf, size_t size);

/* What attr_read() does to the bytes it has read: buf has room for length + 1 of them. */
ssize_t attr_clean(char *buf, size_t length);

/* One write(2) of the whole value; the errno is the kernel's answer. */
int attr_write(int dir_fd, const char *name, const char *value);

/*
 * Opens the directory, making its last component first if it is wanted and missing (durably, with
 * exactly this mode). Returns a descriptor good for everything above.
 */
int dir_open(const char *path, bool create, mode_t mode);

/* Opens it for reading what is in it: name below the directory, or "." for itself. */
int dir_list(int dir_fd, const char *name, DIR **ret);
