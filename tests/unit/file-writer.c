/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Writes or unlinks one file, for file-faults: file-writer DIRECTORY NAME [TEXT]. Prints the name
 * of the errno, or "0".
 */

#include "common/cleanup.h"
#include "common/file.h"

#include <fcntl.h>
#include <string.h>

int main(int argc, char *argv[]) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (argc < 3)
                return EXIT_FAILURE;

        fd = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return EXIT_FAILURE;

        if (argc > 3)
                r = file_write_atomic(fd, argv[2], argv[3], strlen(argv[3]), 0644);
        else
                r = file_unlink_durable(fd, argv[2]);

        return puts(r < 0 ? strerrorname_np(-r) : "0") == EOF ? EXIT_FAILURE : EXIT_SUCCESS;
}
