/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define FUSE_USE_VERSION 35

#include <fuse_lowlevel.h>
#include <string.h>
#include <sys/stat.h>

#include "mem.h"
#include "serve.h"
#include "tree.h"

#define ATTRIBUTE_SIZE 4096U
#define FOR_EVER 1e9 /* seconds */

/* What readdir tells, as it was when the directory was opened. */
typedef struct Listing {
        char *data;
        size_t len;
} Listing;

static Node *node_of(fuse_ino_t ino) {
        return ino == FUSE_ROOT_ID ? tree_root() : (Node *) (uintptr_t) ino;
}

static fuse_ino_t ino_of(const Node *node) {
        return node == tree_root() ? FUSE_ROOT_ID : (fuse_ino_t) (uintptr_t) node;
}

static struct stat stat_of(const Node *node) {
        return (struct stat){
                .st_ino = ino_of(node),
                .st_mode = node->mode,
                .st_nlink = 1,
                .st_uid = node->uid,
                .st_gid = node->gid,
                .st_size = S_ISREG(node->mode)   ? ATTRIBUTE_SIZE
                           : S_ISLNK(node->mode) ? (off_t) node->len
                                                 : 0,
        };
}

/* A link's target does not change. */
static void serve_init(void *userdata, struct fuse_conn_info *conn) {
        conn->want |= conn->capable & FUSE_CAP_CACHE_SYMLINKS;
}

/*
 * A name is looked up anew each time, for it may have gone; but as long as it is there its mode and
 * owner are the ones the kernel knows.
 */
static void serve_lookup(fuse_req_t req, fuse_ino_t parent, const char *name) {
        Node *node = node_child(node_of(parent), name);
        struct fuse_entry_param entry = { 0 };

        if (!node) {
                (void) fuse_reply_err(req, ENOENT);
                return;
        }

        entry.ino = ino_of(node);
        entry.attr = stat_of(node);
        entry.attr_timeout = FOR_EVER;
        node_hold(node, 1);
        (void) fuse_reply_entry(req, &entry);
}

static void serve_forget(fuse_req_t req, fuse_ino_t ino, uint64_t n) {
        if (ino != FUSE_ROOT_ID)
                node_hold(node_of(ino), -(int64_t) n);

        fuse_reply_none(req);
}

static void serve_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info) {
        struct stat st = stat_of(node_of(ino));

        (void) fuse_reply_attr(req, &st, FOR_EVER);
}

/* Truncation is what a shell's ">" asks for; it means nothing here. */
static void serve_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
                          struct fuse_file_info *info) {
        Node *node = node_of(ino);
        struct stat st;

        if (to_set & FUSE_SET_ATTR_MODE)
                node->mode = (node->mode & S_IFMT) | (attr->st_mode & 07777);
        if (to_set & FUSE_SET_ATTR_UID)
                node->uid = attr->st_uid;
        if (to_set & FUSE_SET_ATTR_GID)
                node->gid = attr->st_gid;

        st = stat_of(node);
        (void) fuse_reply_attr(req, &st, FOR_EVER);
}

static void serve_readlink(fuse_req_t req, fuse_ino_t ino) {
        (void) fuse_reply_readlink(req, node_of(ino)->data);
}

/* Even root may not read what has no read bits, or write what has no store: so does kernfs. */
static void serve_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info) {
        const Node *node = node_of(ino);
        int access = info->flags & O_ACCMODE;

        if ((access != O_RDONLY && (!node->store || !(node->mode & 0222))) ||
            (access != O_WRONLY && !(node->mode & 0444))) {
                (void) fuse_reply_err(req, EACCES);
                return;
        }

        info->direct_io = 1;
        (void) fuse_reply_open(req, info);
}

static void serve_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
                       struct fuse_file_info *info) {
        const Node *node = node_of(ino);
        size_t left;

        if (node->removed) {
                (void) fuse_reply_err(req, ENODEV);
                return;
        }

        left = (size_t) offset < node->len ? node->len - (size_t) offset : 0;
        (void) fuse_reply_buf(req, left ? node->data + offset : NULL, left < size ? left : size);
}

static void serve_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t offset,
                        struct fuse_file_info *info) {
        Node *node = node_of(ino);
        size_t len = size < ATTRIBUTE_SIZE ? size : ATTRIBUTE_SIZE;
        _cleanup_free_ char *text = mem_new(len + 1);
        int r;

        if (node->removed) {
                (void) fuse_reply_err(req, ENODEV);
                return;
        }

        memcpy(text, data, len);

        r = node->store(node, text, len);
        (void) (r < 0 ? fuse_reply_err(req, -r) : fuse_reply_write(req, len));
}

static void serve_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info) {
        Listing *listing = mem_new(sizeof *listing);
        const Node *child;
        struct stat st = { 0 };

        TAILQ_FOREACH(child, &node_of(ino)->children, in_parent) {
                size_t size = fuse_add_direntry(req, NULL, 0, child->name, NULL, 0);
                size_t end = listing->len + size;
                char *data = realloc(listing->data, end);

                if (!data)
                        abort();
                st = stat_of(child);
                (void) fuse_add_direntry(req, data + listing->len, size, child->name, &st,
                                         (off_t) end);
                *listing = (Listing){ .data = data, .len = end };
        }

        info->fh = (uintptr_t) listing;
        (void) fuse_reply_open(req, info);
}

/* The kernel drops an entry that is cut off and asks for it again. */
static void serve_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
                          struct fuse_file_info *info) {
        const Listing *listing = (const Listing *) (uintptr_t) info->fh;
        size_t left = (size_t) offset < listing->len ? listing->len - (size_t) offset : 0;

        (void) fuse_reply_buf(req, left ? listing->data + offset : NULL, left < size ? left : size);
}

static void serve_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info) {
        Listing *listing = (Listing *) (uintptr_t) info->fh;

        free(listing->data);
        free(listing);
        (void) fuse_reply_err(req, 0);
}

static const struct fuse_lowlevel_ops serve_ops = {
        .forget = serve_forget,
        .getattr = serve_getattr,
        .init = serve_init,
        .lookup = serve_lookup,
        .open = serve_open,
        .opendir = serve_opendir,
        .read = serve_read,
        .readdir = serve_readdir,
        .readlink = serve_readlink,
        .releasedir = serve_releasedir,
        .setattr = serve_setattr,
        .write = serve_write,
};

static int on_request(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        static struct fuse_buf buffer;
        struct fuse_session *session = userdata;
        int r;

        r = fuse_session_receive_buf(session, &buffer);
        if (r == -EINTR || r == -EAGAIN)
                return 0;
        if (r <= 0)
                return sd_event_exit(sd_event_source_get_event(source), r);

        fuse_session_process_buf(session, &buffer);
        return 0;
}

int serve_mount(const char *mountpoint, sd_event *event) {
        char *argv[] = {
                (char *) "fc-sysfs",
                (char *) "-oallow_other,default_permissions,fsname=sysfs,nosuid,nodev,noexec", NULL
        };
        struct fuse_args args = FUSE_ARGS_INIT(2, argv);
        struct fuse_session *session;

        session = fuse_session_new(&args, &serve_ops, sizeof serve_ops, NULL);
        if (!session)
                return -EINVAL;
        if (fuse_session_mount(session, mountpoint) < 0)
                return -EIO;

        return sd_event_add_io(event, NULL, fuse_session_fd(session), EPOLLIN, on_request, session);
}
