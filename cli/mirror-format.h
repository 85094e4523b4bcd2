/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Numbers of mirrors in the words in which people write and read them.
 */

#include "cli/mirror.h"

#define MIRROR_BAR_WIDTH 24
#define MIRROR_TEXT_MAX 64

/* "20G", "1.5T", "21474836480": what is behind the number is 1024s. -EINVAL. */
int mirror_parse_bytes(const char *word, uint64_t *ret);

/* A speed in bytes a second, 0 for no limit. 0, or EXIT_USAGE. */
int mirror_parse_speed(const char *word, uint64_t *ret);

/* "12 s", "3 min 20 s", "1 h 5 min", "2 d 3 h"; "now" for 0; "-" for what nobody can know. */
const char *mirror_format_eta(uint64_t usec, char ret[static MIRROR_TEXT_MAX]);

/* "1.5 GiB", "0 B". */
const char *mirror_format_bytes(uint64_t bytes, char ret[static MIRROR_TEXT_MAX]);

/* In percent, rounded down: 100 only when nothing is left. */
unsigned mirror_percent(uint64_t n_done, uint64_t n_total);

/* 100 too where there was nothing to copy, or nobody remembers how much. */
unsigned mirror_disk_percent(const MirrorDisk *disk);

/* "██████░░░░" */
const char *mirror_format_bar(unsigned percent, char ret[static 3 * MIRROR_BAR_WIDTH + 1]);

/* "2026-11-25 19:14:41", in local time; "-" for 0. */
const char *mirror_format_time(uint64_t usec, char ret[static MIRROR_TEXT_MAX]);

/* A user's name, or the number: of another host, the names are not known. */
const char *mirror_format_user(const Client *client, uint32_t uid,
                               char ret[static MIRROR_TEXT_MAX]);

/* The state, and whether it is paused. */
const char *mirror_format_state(const Mirror *mirror, char ret[static MIRROR_TEXT_MAX]);

/* Of a mirror, a target or a disk of either. */
Tone mirror_tone(const char *state);
