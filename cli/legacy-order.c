/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/legacy-order.h"

#include "cli/argument.h"
#include "cli/complain.h"
#include "cli/mirror-format.h"

#include <fcntl.h>

#define KEY_MIN 32

void legacy_order_done(LegacyOrder *order) {
        explicit_bzero(order->key, sizeof order->key);
}

/* At most size - 1 bytes, and how many: size when there are more. */
static ssize_t read_file(const char *path, char *buf, size_t size) {
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        size_t n = 0;
        ssize_t r;

        if (fd < 0)
                return -errno;
        while (n < size && (r = read(fd, buf + n, size - n)) != 0) {
                if (r < 0 && errno != EINTR)
                        return -errno;
                n += r > 0 ? (size_t) r : 0;
        }

        return (ssize_t) n;
}

/* Its first line, as mirror-relay.conf has it behind "Key=". */
static int read_key(const char *path, LegacyOrder *order) {
        char buf[LEGACY_KEY_MAX + 2] = "";
        size_t length;
        ssize_t n;

        n = read_file(path, buf, sizeof buf - 1);
        if (n < 0)
                return complain("Cannot read %s: %s.", path, strerror((int) -n));
        length = strcspn(buf, "\n");
        buf[length] = '\0';
        if (length < KEY_MIN || length > LEGACY_KEY_MAX || length % 2 != 0 ||
            strspn(buf, "0123456789abcdefABCDEF") != length) {
                explicit_bzero(buf, sizeof buf);
                return complain("%s has no key: %d to %d hex digits, as in the file of the relay "
                                "on the other host.",
                                path, KEY_MIN, LEGACY_KEY_MAX);
        }

        (void) strcpy(order->key, buf);
        explicit_bzero(buf, sizeof buf);
        return 0;
}

static int check_tls(const LegacyOrder *order, const char *key_file) {
        bool has_key = order->has_tls && !order->certificates;

        if (!order->certificates != !order->peer_name)
                return complain_usage("--certificates and --peer-name need each other.");
        if (order->certificates && !order->has_tls)
                return complain_usage("--certificates are for TLS: leave out --tls=no.");
        if (has_key && !key_file)
                return complain_usage("Say --key-file=FILE, with the key of the relay on the other "
                                      "host; or --certificates, or --tls=no.");
        if (!has_key && key_file)
                return complain_usage("--key-file goes neither with --certificates nor with "
                                      "--tls=no.");

        return 0;
}

static int read_sync(const char *word, bool *ret_is_incremental) {
        if (word && strcmp(word, "full") != 0 && strcmp(word, "top") != 0)
                return complain_usage("--sync=%s: a whole QEMU has full and top only.", word);

        *ret_is_incremental = word && *word == 't';
        return 0;
}

static int read_port(const Client *client, uint32_t *ret) {
        if (!client->options->value[OPTION_PORT])
                return complain_usage("Say --port=PORT, of the relay on the other host.");

        return argument_count_option(client, OPTION_PORT, UINT16_MAX, ret);
}

int legacy_order_read(const Client *client, LegacyOrder *ret) {
        const char *const *value = client->options->value;
        _cleanup_(legacy_order_done) LegacyOrder order = {
                .monitor = value[OPTION_MONITOR],
                .address = value[OPTION_ADDRESS],
                .certificates = value[OPTION_CERTIFICATES],
                .peer_name = value[OPTION_PEER_NAME],
        };
        int r;

        r = monitor_check(order.monitor);
        if (r == 0)
                r = address_check(order.address);
        if (r == 0)
                r = read_port(client, &order.port);
        if (r == 0)
                r = argument_yes_option(client, OPTION_TLS, true, &order.has_tls);
        if (r == 0)
                r = check_tls(&order, value[OPTION_KEY_FILE]);
        if (r == 0)
                r = read_sync(value[OPTION_SYNC], &order.is_incremental);
        if (r == 0 && value[OPTION_SPEED])
                r = mirror_parse_speed(value[OPTION_SPEED], &order.speed);
        if (r == 0)
                r = mirror_id_choose(value[OPTION_ID], NULL, order.id);
        if (r == 0 && value[OPTION_KEY_FILE])
                r = read_key(value[OPTION_KEY_FILE], &order);
        if (r != 0)
                return r;

        *ret = order;
        return 0;
}
