/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/target/work-part.h"

#include <string.h>

static void on_not_sent(Work *work) {
        work->is_looking = false;
        work_look_soon(work, WORK_LOOK_USEC);
}

void work_ask(Work *work, const char *command, QmpArguments *arguments, QmpFunc func) {
        const QmpCall call = { .command = command,
                               .arguments = arguments,
                               .func = func,
                               .userdata = work };

        work->is_looking = true;
        if (qmp_execute(work->qmp, &call) < 0)
                on_not_sent(work);
}

QmpArguments *work_server_arguments(const Work *work) {
        QmpArguments *arguments = qmp_arguments_new(), *addr = qmp_arguments_new(),
                     *data = qmp_arguments_new();
        TargetPath path;

        qmp_arguments_string(data, "path", target_socket(work->target, path));
        qmp_arguments_string(addr, "type", "unix");
        qmp_arguments_object(addr, "data", data);
        qmp_arguments_object(arguments, "addr", addr);
        return arguments;
}

QmpArguments *work_export_arguments(const TargetDisk *disk) {
        QmpArguments *arguments = qmp_arguments_new();
        MirrorPart id;

        qmp_arguments_string(arguments, "type", "nbd");
        qmp_arguments_string(arguments, "id", target_export_name(disk, id));
        qmp_arguments_string(arguments, "node-name", disk->node);
        qmp_arguments_string(arguments, "name", disk->name);
        qmp_arguments_bool(arguments, "writable", true);
        return arguments;
}

/* "hard": who is still connected is cut off. The relays have gone by then. */
QmpArguments *work_removal_arguments(const TargetDisk *disk) {
        QmpArguments *arguments = qmp_arguments_new();
        MirrorPart id;

        qmp_arguments_string(arguments, "id", target_export_name(disk, id));
        qmp_arguments_string(arguments, "mode", "hard");
        return arguments;
}

/*
 * Driver and format are always explicit: a probed format is the guest's to choose. The header of an
 * image is its owner's to write: no backing file is opened because of it. That a data file is not
 * cannot be said; see work_leads_to().
 */
QmpArguments *work_node_arguments(const TargetDisk *disk) {
        QmpArguments *arguments = qmp_arguments_new(), *file = qmp_arguments_new();
        const char *discard = disk->allocation == STORAGE_OFF ? "unmap" : "ignore";
        bool is_file = disk->kind == STORAGE_FILE;

        qmp_arguments_string(file, "driver", is_file ? "file" : "host_device");
        qmp_arguments_string(file, "filename", disk->path);
        qmp_arguments_string(file, "discard", discard);
        qmp_arguments_string(arguments, "driver", storage_format_text(disk->format));
        qmp_arguments_string(arguments, "node-name", disk->node);
        qmp_arguments_string(arguments, "discard", discard);
        qmp_arguments_object(arguments, "file", file);
        if (disk->format == STORAGE_QCOW2)
                qmp_arguments_null(arguments, "backing");
        return arguments;
}

/*
 * QEMU has opened a data file by now, but opening one neither cuts nor writes it: only what is
 * written to the node gets there. A name like "json:…", by which a header could have more done, is
 * taken for that of a file since QEMU 9.1 and Debian's 7.2.13.
 */
const char *work_leads_to(const JsonValue *node) {
        const JsonValue *image = json_read_object(node, "image");
        const char *name;

        name = json_read_string(
                json_read_object(json_read_object(image, "format-specific"), "data"), "data-file");
        return *name ? name : json_read_string(image, "backing-filename");
}

static const JsonValue *find(const JsonValue *values, const char *key, const char *name) {
        for (size_t i = 0; i < json_read_length(values); i++)
                if (strcmp(json_read_string(json_read_item(values, i), key), name) == 0)
                        return json_read_item(values, i);

        return NULL;
}

const JsonValue *work_find_export(const JsonValue *exports, const TargetDisk *disk) {
        MirrorPart id;

        return find(exports, "id", target_export_name(disk, id));
}

const JsonValue *work_find_node(const JsonValue *nodes, const char *name) {
        return find(nodes, "node-name", name);
}
