/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/store.h"

#include "common/cleanup.h"
#include "common/file.h"
#include "vhbad/store-name.h"

#include <fcntl.h>
#include <string.h>

/* The reading half; the writers are in store-write.c. */

const char *store_file_name(Wwn wwpn, StoreFileName ret) {
        (void) snprintf(ret, sizeof(StoreFileName), "%s" STORE_SUFFIX, WWN_STR(wwpn));
        return ret;
}

int store_open(Store *ret) {
        const char *confdir = secure_getenv("NPIVOT_CONFDIR");
        _cleanup_free_ char *path = NULL;
        int fd;

        if (asprintf(&path, "%s/vhba", confdir ? confdir : NPIVOT_CONFDIR_DEFAULT) < 0) {
                path = NULL;
                return -ENOMEM;
        }

        fd = dir_open(path, false, 0);
        if (fd < 0 && fd != -ENOENT)
                return fd;

        *ret = (Store){
                .fd = fd < 0 ? -EBADF : fd,
                .path = TAKE_PTR(path),
        };
        return 0;
}

void store_done(Store *store) {
        if (store->fd >= 0)
                (void) close(store->fd);
        free(store->path);
        *store = (Store){ .fd = -EBADF };
}

/* What is wrong with the file as a whole, for people. */
static int describe_read_error(int r, ConfError *error) {
        *error = (ConfError){ 0 };

        switch (r) {
        case -ELOOP:
                return conf_error(error, 0, "It is a symbolic link.");
        case -EPERM:
                return conf_error(error, 0, "It is not owned by root.");
        case -EACCES:
                return conf_error(error, 0, "Group or others may write it, or we may not read it.");
        case -EFBIG:
                return conf_error(error, 0, "It is larger than %d bytes.", CONF_FILE_MAX);
        case -EISDIR:
        case -EINVAL:
        case -ENXIO:
                return conf_error(error, 0, "It is not a regular file.");
        case -ENOMEM:
        case -ENOENT:
                return r;
        default:
                return conf_error(error, 0, "It cannot be read: %s.", strerror(-r));
        }
}

static int load_text(Wwn wwpn, const char *text, size_t size, Definition *ret, ConfError *error) {
        _cleanup_(definition_donep) Definition definition = { 0 };
        int r;

        r = definition_parse(text, size, &definition, error);
        if (r < 0)
                return r;
        if (definition.wwpn != wwpn)
                return conf_error(error, 0, "Wwpn=%s is not the name of the file.",
                                  WWN_STR(definition.wwpn));

        *ret = definition;
        definition.expect = NULL;
        return 0;
}

static int read_pair(int dir_fd, const char *name, char **ret, size_t *ret_size) {
        _cleanup_close_ int fd = -EBADF;

        fd = openat(dir_fd, STORE_PAIR, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOTDIR || errno == ELOOP ? -ENOENT : -errno;

        return file_read_trusted(fd, name, CONF_FILE_MAX, ret, ret_size);
}

int store_load(const Store *store, Wwn wwpn, Definition *ret, char **ret_path, ConfError *error) {
        _cleanup_free_ char *text = NULL, *path = NULL;
        const char *folder = STORE_PAIR "/";
        StoreFileName name;
        size_t size;
        int r;

        if (store->fd < 0)
                return -ENOENT;

        /* A pair that is in place but not yet moved comes first: see store.h. */
        (void) store_file_name(wwpn, name);
        r = read_pair(store->fd, name, &text, &size);
        if (r == -ENOENT) {
                folder = "";
                r = file_read_trusted(store->fd, name, CONF_FILE_MAX, &text, &size);
        }
        if (r == -ENOENT)
                return r;

        if (ret_path && asprintf(&path, "%s/%s%s", store->path, folder, name) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        r = r < 0 ? describe_read_error(r, error) : load_text(wwpn, text, size, ret, error);
        if (ret_path && (r >= 0 || r == -EBADMSG))
                *ret_path = TAKE_PTR(path);

        return r;
}

static int compare_wwns(const void *a, const void *b) {
        Wwn x = *(const Wwn *) a, y = *(const Wwn *) b;

        return (x > y) - (x < y);
}

/* In one form only, or two files could be about one vHBA. */
static const char *check_file_name(const char *name, Wwn *ret) {
        StoreFileName canonical;
        char stem[WWN_STRING_LEN + 1];
        Wwn wwpn;

        (void) snprintf(stem, sizeof stem, "%s", name);
        if (strlen(name) != STORE_FILE_NAME_LEN || wwn_parse(stem, &wwpn) < 0)
                return "The name is not a WWPN of 16 hex digits.";
        if (strcmp(store_file_name(wwpn, canonical), name) != 0)
                return "The name is not in lower case.";

        *ret = wwpn;
        return NULL;
}

bool store_is_file_name(const char *name) {
        Wwn wwpn;

        return check_file_name(name, &wwpn) == NULL;
}

typedef struct WwnArray {
        Wwn *items;
        size_t n, n_allocated;
} WwnArray;

static int append_wwn(WwnArray *array, Wwn wwn) {
        if (array->n == array->n_allocated) {
                size_t n = array->n_allocated > 0 ? 2 * array->n_allocated : 64;
                Wwn *grown = reallocarray(array->items, n, sizeof *grown);

                if (!grown)
                        return -ENOMEM;
                array->items = grown;
                array->n_allocated = n;
        }

        array->items[array->n++] = wwn;
        return 0;
}

static bool has_suffix(const char *name) {
        size_t length = strlen(name);

        return length >= strlen(STORE_SUFFIX) &&
               strcmp(name + length - strlen(STORE_SUFFIX), STORE_SUFFIX) == 0;
}

static int collect(int dir_fd, const char *folder, WwnArray *array,
                   void (*on_junk)(const char *name, const char *why, void *userdata),
                   void *userdata) {
        _cleanup_(closedirp) DIR *dir = NULL;
        _cleanup_close_ int fd = -EBADF;
        struct dirent *entry;
        int r;

        fd = openat(dir_fd, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -errno;
        dir = fdopendir(fd);
        if (!dir)
                return -errno;
        (void) TAKE_FD(fd);

        while ((entry = readdir(dir))) {
                const char *why;
                Wwn wwpn;

                if (entry->d_name[0] == '.' || !has_suffix(entry->d_name))
                        continue;
                why = check_file_name(entry->d_name, &wwpn);
                if (why) {
                        if (on_junk)
                                on_junk(entry->d_name, why, userdata);
                        continue;
                }
                r = append_wwn(array, wwpn);
                if (r < 0)
                        return r;
        }

        return 0;
}

int store_list(const Store *store, Wwn **ret, size_t *ret_n,
               void (*on_junk)(const char *name, const char *why, void *userdata), void *userdata) {
        _cleanup_free_ Wwn *wwns = NULL;
        WwnArray array = { 0 };
        size_t n = 0;
        int r = 0;

        if (store->fd >= 0) {
                /* The pair first: what is moved meanwhile is then seen twice, not missed. */
                r = collect(store->fd, STORE_PAIR, &array, NULL, NULL);
                if (r >= 0)
                        r = collect(store->fd, ".", &array, on_junk, userdata);
        }
        wwns = array.items;
        if (r < 0)
                return r;

        if (array.n > 0)
                qsort(wwns, array.n, sizeof *wwns, compare_wwns);
        for (size_t i = 0; i < array.n; i++)
                if (i == 0 || wwns[i] != wwns[i - 1])
                        wwns[n++] = wwns[i];

        *ret = TAKE_PTR(wwns);
        *ret_n = n;
        return 0;
}
