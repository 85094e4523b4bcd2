/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The directory that a file is made in, and the marks by which a directory and a file are known
 * again: the inode and when it was born, which a device's number, another one after a boot, is not
 * part of as long as the file system knows births.
 */

#include "mirrord/storage/request.h"

typedef struct Place {
        int dir_fd;
        StorageMark mark;
        char name[STORAGE_NAME_MAX + 1];          /* of the file, in the end */
        char temporary[sizeof(StorageMark) + 16]; /* while it is being made */
} Place;

/*
 * -ENOENT: there is no such directory. -ELOOP: the path leads through a symbolic link. -EXDEV:
 * everybody may write to the directory and remove what is in it. -ESTALE: it is not the directory
 * that the request speaks of, whose file system may not be mounted.
 */
int place_open(const StorageRequest *request, Place *ret);
void place_done(Place *place);

/* For people: why it cannot be opened. Returns what reply_error() does. */
int place_refuse(const StorageRequest *request, int error);

/* Of an open file or directory. */
int mark_of(int fd, StorageMark ret);
/* Of a name, not following it. -ENOENT. */
int mark_at(int dir_fd, const char *name, StorageMark ret);
