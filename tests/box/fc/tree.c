/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "mem.h"
#include "tree.h"

#define BUCKETS 16384U

typedef LIST_HEAD(, Node) Bucket;

static Bucket buckets[BUCKETS];

static Bucket *bucket_of(const Node *parent, const char *name, size_t len) {
        uint64_t hash = (uintptr_t) parent * UINT64_C(0x9e3779b97f4a7c15);

        for (size_t i = 0; i < len; i++)
                hash = (hash ^ (unsigned char) name[i]) * UINT64_C(0x100000001b3);

        return &buckets[(hash >> 20) % BUCKETS];
}

static Node *child_find(const Node *dir, const char *name, size_t len) {
        Node *node;

        LIST_FOREACH(node, bucket_of(dir, name, len), in_bucket)
                if (node->parent == dir && strncmp(node->name, name, len) == 0 && !node->name[len])
                        return node;

        return NULL;
}

static Node *child_new(Node *dir, const char *name, size_t len, mode_t mode) {
        Node *node = mem_new(sizeof *node);

        node->name = mem_printf("%.*s", (int) len, name);
        node->mode = mode;
        node->parent = dir;
        TAILQ_INIT(&node->children);

        TAILQ_INSERT_TAIL(&dir->children, node, in_parent);
        LIST_INSERT_HEAD(bucket_of(dir, name, len), node, in_bucket);
        return node;
}

static void node_set(Node *node, const void *data, size_t len) {
        free(node->data);
        node->data = mem_new(len + 1);
        memcpy(node->data, data, len);
        node->len = len;
}

Node *tree_root(void) {
        static Node root = { .mode = S_IFDIR | 0755 };

        if (!root.children.tqh_last)
                TAILQ_INIT(&root.children);

        return &root;
}

Node *node_child(const Node *dir, const char *name) {
        return child_find(dir, name, strlen(name));
}

Node *node_dir(Node *parent, const char *name) {
        Node *node = parent;

        while (*name) {
                size_t len = strcspn(name, "/");
                Node *next = child_find(node, name, len);

                node = next ?: child_new(node, name, len, S_IFDIR | 0755);
                name += len;
                name += strspn(name, "/");
        }

        return node;
}

char *node_path(const Node *node) {
        char *path = mem_dup("");

        for (; node->parent; node = node->parent) {
                _cleanup_free_ char *rest = path;

                path = mem_printf("/%s%s", node->name, rest);
        }

        return path;
}

void node_link(Node *dir, const char *name, Node *target) {
        _cleanup_free_ char *path = node_path(target);
        _cleanup_free_ char *up = mem_dup("");
        _cleanup_free_ char *text = NULL;
        Node *node;

        for (const Node *d = dir; d->parent; d = d->parent) {
                _cleanup_free_ char *rest = up;

                up = mem_printf("../%s", rest);
        }
        text = mem_printf("%s%s", up, path + 1);

        node = node_child(dir, name) ?: child_new(dir, name, strlen(name), S_IFLNK | 0777);
        node_set(node, text, strlen(text));
}

Node *node_bytes(Node *dir, const char *name, const void *data, size_t len) {
        Node *node = node_child(dir, name) ?: child_new(dir, name, strlen(name), S_IFREG | 0444);

        node_set(node, data, len);
        return node;
}

Node *node_text(Node *dir, const char *name, const char *format, ...) {
        _cleanup_free_ char *text = NULL;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vasprintf(&text, format, ap);
        va_end(ap);
        if (n < 0)
                abort();

        return node_bytes(dir, name, text, (size_t) n);
}

Node *node_attr(Node *dir, const char *name, mode_t mode, NodeStore store, void *object) {
        Node *node = node_child(dir, name) ?: node_bytes(dir, name, "", 0);

        node->mode = S_IFREG | mode;
        node->store = store;
        node->object = object;
        return node;
}

int node_store_text(Node *attr, const char *data, size_t len) {
        if (len > 0 && data[len - 1] == '\n')
                len--;

        (void) node_text(attr->parent, attr->name, "%.*s\n", (int) len, data);
        return 0;
}

static void node_free(Node *node) {
        free(node->name);
        free(node->data);
        free(node);
}

void node_remove(Node *node) {
        Node *child;

        if (!node)
                return;

        while ((child = TAILQ_FIRST(&node->children)))
                node_remove(child);

        TAILQ_REMOVE(&node->parent->children, node, in_parent);
        LIST_REMOVE(node, in_bucket);
        node->parent = NULL;
        node->removed = true;
        if (node->lookups == 0)
                node_free(node);
}

void node_hold(Node *node, int64_t n) {
        node->lookups += (uint64_t) n;
        if (node->removed && node->lookups == 0)
                node_free(node);
}
