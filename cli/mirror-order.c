/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/mirror-order.h"

#include "cli/argument.h"
#include "cli/complain.h"
#include "cli/mirror-format.h"
#include "cli/mirrord.h"

#include <inttypes.h>
#include <sys/random.h>

#define RETRIES_MAX 100
#define STALL_MIN_USEC (100 * 1000ULL)
#define STALL_MAX_USEC (600 * 1000 * 1000ULL)
#define STALL_DIGITS_MAX 6
#define MONITOR_MAX 107 /* sun_path, unix(7) */
#define BITMAP_MAX 255
#define PEER_NAME_MAX 253 /* a name in the DNS */

void mirror_order_done(MirrorOrder *order) {
        disk_words_list_done(&order->disks);
        *order = (MirrorOrder){ 0 };
}

bool mirror_id_is_chosen_well(const char *id) {
        static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        static const char others[] =
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

        return *id != '\0' && strchr(letters, *id) && strlen(id) <= MIRROR_ID_MAX &&
               id[strspn(id, others)] == '\0';
}

int mirror_id_choose(const char *told, const char *otherwise, char ret[static MIRROR_ID_MAX + 1]) {
        uint32_t number;

        if (told && !mirror_id_is_chosen_well(told))
                return complain_usage("--id=%s is no name for a mirror: a letter, then letters, "
                                      "digits and “_”, at most %d.",
                                      told, MIRROR_ID_MAX);
        if (!told && otherwise && mirror_id_is_chosen_well(otherwise))
                told = otherwise;
        if (told) {
                (void) strcpy(ret, told);
                return 0;
        }
        if (getrandom(&number, sizeof number, 0) != sizeof number)
                return -errno;

        (void) snprintf(ret, MIRROR_ID_MAX + 1, "m%08" PRIx32, number);
        return 0;
}

/* It is written into a file of lines. */
static bool word_is_one(const char *word) {
        for (; *word; word++)
                if (*word <= ' ' || *word > '~' || *word == ';' || *word == '#')
                        return false;

        return true;
}

int monitor_check(const char *monitor) {
        if (!monitor)
                return complain_usage(
                        "Whose disks? Say --monitor=PATH, a QMP socket of their QEMU.");
        if (*monitor != '/')
                return complain_usage("--monitor=%s is no absolute path.", monitor);
        if (strlen(monitor) > MONITOR_MAX || !word_is_one(monitor))
                return complain_usage(
                        "--monitor=%s: a path of at most %d letters of ASCII, without "
                        "blanks, “;” and “#”.",
                        monitor, MONITOR_MAX);

        return 0;
}

/* In a certificate. */
static bool peer_name_is_right(const char *name) {
        return *name != '\0' && strlen(name) <= PEER_NAME_MAX && word_is_one(name);
}

static int check_name(Option option, const char *name, bool is_right) {
        return !name || is_right
                       ? 0
                       : complain_usage("--%s=%s is no such name.", option_name(option), name);
}

/* As QEMU has them, and what is written into files and put together in monitors. */
static bool bitmap_is_right(const char *name) {
        size_t length = strlen(name);

        return length > 0 && length <= BITMAP_MAX && name[0] != '.' && name[0] != '-' &&
               name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                 "_-.")] == '\0';
}

static int check_choice(Option option, const char *value, const char *const *choices, size_t n) {
        if (!value)
                return 0;
        for (size_t i = 0; i < n; i++)
                if (strcmp(value, choices[i]) == 0)
                        return 0;

        return complain_usage("--%s=%s is none of %s.", option_name(option), value,
                              option_value_name(option));
}

/* Who names a bitmap wants it to be used. */
static int choose_sync(const char *told, MirrorOrder *order) {
        static const char *const sync[] = { "full", "top", "incremental" };
        bool is_incremental;
        int r;

        r = check_choice(OPTION_SYNC, told, sync, ARRAY_LEN(sync));
        if (r != 0)
                return r;
        order->sync = told ?: order->bitmap ? "incremental" : "full";
        is_incremental = strcmp(order->sync, "incremental") == 0;
        if (is_incremental && !order->bitmap)
                return complain_usage("--sync=incremental: what has changed? Say --bitmap=NAME.");
        if (!is_incremental && order->bitmap)
                return complain_usage("--bitmap goes with --sync=incremental, not with %s.",
                                      order->sync);

        return 0;
}

/* A disk that is made anew is empty, and a part of the source would make no whole of it. */
static int check_partial(const MirrorOrder *order) {
        if (!mirror_order_is_partial(order) || order->target)
                return 0;
        for (size_t i = 0; i < order->disks.n_disks; i++)
                if (!order->disks.disks[i].overwrite)
                        return complain_usage("--sync=%s copies a part, and the rest must be there "
                                              "already: say overwrite=yes for disk %s, or "
                                              "--target=ID.",
                                              order->sync, order->disks.disks[i].name);

        return 0;
}

static int read_ports(const Client *client, MirrorOrder *order) {
        const char *word = client->options->value[OPTION_PORTS];

        if (word && order->target)
                return complain_usage("Target %s has its ports already: leave out --ports.",
                                      order->target);

        return ports_parse(word, &order->ports);
}

static int check_words(const MirrorOrder *order) {
        static const char *const verify[] = { "always", "sample", "never" };
        static const char *const modes[] = { "background", "write-blocking" };
        int r;

        r = check_choice(OPTION_VERIFY, order->verify, verify, ARRAY_LEN(verify));
        if (r == 0)
                r = check_choice(OPTION_COPY_MODE, order->copy_mode, modes, ARRAY_LEN(modes));
        if (r == 0)
                r = monitor_check(order->monitor);
        if (r == 0)
                r = check_name(OPTION_BITMAP, order->bitmap,
                               order->bitmap && bitmap_is_right(order->bitmap));
        if (r == 0)
                r = check_name(OPTION_PEER_NAME, order->peer_name,
                               order->peer_name && peer_name_is_right(order->peer_name));
        if (r == 0)
                r = check_name(OPTION_OWN_NAME, order->own_name,
                               order->own_name && peer_name_is_right(order->own_name));
        if (r == 0 && (!order->target || order->address))
                r = address_check(order->address);
        if (r == 0 && order->target)
                r = mirrord_check_id(&mirrord_target, order->target);

        return r;
}

static int check_tls(const MirrorOrder *order) {
        if (!order->certificates && (order->peer_name || order->own_name))
                return complain_usage("--peer-name and --own-name go with --certificates.");
        if (!order->certificates)
                return 0;
        if (!order->has_tls)
                return complain_usage("--certificates are for TLS: leave out --tls=no.");
        if (!order->peer_name)
                return complain_usage("With --certificates, say --peer-name=NAME: the name in the "
                                      "other host's certificate.");
        if (!order->target && !order->own_name)
                return complain_usage("With --certificates, say --own-name=NAME: the name in this "
                                      "host's certificate, which the other host expects.");

        return 0;
}

static int read_retries(const char *word, uint32_t *ret) {
        unsigned long number;

        if (!word)
                return 0;
        errno = 0;
        number = strtoul(word, NULL, 10);
        if (*word == '\0' || word[strspn(word, "0123456789")] != '\0' || errno != 0 ||
            number > RETRIES_MAX)
                return complain_usage("--retries=%s is no number from 0 to %d.", word, RETRIES_MAX);

        *ret = (uint32_t) number;
        return 0;
}

/* The only time that is shorter than seconds. */
static int parse_stall(const char *word, uint64_t *ret_usec) {
        size_t n_digits = strspn(word, "0123456789");

        if (n_digits == 0 || n_digits > STALL_DIGITS_MAX || strcmp(word + n_digits, "ms") != 0)
                return timeout_parse(word, ret_usec);

        *ret_usec = strtoull(word, NULL, 10) * 1000;
        return 0;
}

static int read_stall(const char *word, uint32_t *ret_msec) {
        uint64_t usec;

        if (!word)
                return 0;
        if (parse_stall(word, &usec) < 0 || usec < STALL_MIN_USEC || usec > STALL_MAX_USEC)
                return complain_usage("--stall=%s is no time from 100ms to 10min.", word);

        *ret_msec = (uint32_t) (usec / 1000);
        return 0;
}

static int read_numbers(const Client *client, MirrorOrder *order) {
        const char *speed = client->options->value[OPTION_SPEED];
        int r = 0;

        if (speed)
                r = mirror_parse_speed(speed, &order->speed);
        if (r == 0)
                r = read_retries(client->options->value[OPTION_RETRIES], &order->retries);
        if (r == 0)
                r = read_stall(client->options->value[OPTION_STALL], &order->stall_msec);
        if (r == 0)
                r = argument_timeout_option(client, ARGUMENT_HOUR_USEC, ARGUMENT_DISKS_USEC_MAX,
                                            &order->timeout_usec);

        return r;
}

int mirror_order_read(const Client *client, MirrorOrder *ret) {
        const char *const *value = client->options->value;
        _cleanup_(mirror_order_done) MirrorOrder order = {
                .target = value[OPTION_TARGET],
                .to = value[OPTION_TO],
                .monitor = value[OPTION_MONITOR],
                .address = value[OPTION_ADDRESS],
                .verify = value[OPTION_VERIFY],
                .copy_mode = value[OPTION_COPY_MODE],
                .bitmap = value[OPTION_BITMAP],
                .certificates = value[OPTION_CERTIFICATES],
                .peer_name = value[OPTION_PEER_NAME],
                .own_name = value[OPTION_OWN_NAME],
        };
        DiskNeed need = order.target ? DISK_NODE : DISK_NODE | DISK_PLACE;
        int r;

        r = check_words(&order);
        if (r == 0)
                r = argument_yes_option(client, OPTION_TLS, true, &order.has_tls);
        if (r == 0)
                r = argument_yes_option(client, OPTION_CONVERGE, true, &order.is_governed);
        if (r == 0)
                r = check_tls(&order);
        if (r == 0)
                r = read_numbers(client, &order);
        if (r == 0)
                r = choose_sync(value[OPTION_SYNC], &order);
        if (r == 0)
                r = read_ports(client, &order);
        if (r == 0)
                r = mirror_id_choose(value[OPTION_ID], order.target, order.id);
        if (r == 0)
                r = disk_words_list_parse(client, need, &order.disks);
        if (r == 0)
                r = ports_check(&order.ports, order.disks.n_disks);
        if (r == 0)
                r = check_partial(&order);
        if (r != 0)
                return r;

        *ret = order;
        order = (MirrorOrder){ 0 };
        return 0;
}
