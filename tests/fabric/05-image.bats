#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# How the images are made, without making one: a stand-in is told what mmdebstrap would be told.

bats_require_minimum_version 1.5.0
load env.bash

setup() {
        mkdir "$BATS_TEST_TMPDIR/bin"
        cat >"$BATS_TEST_TMPDIR/bin/mmdebstrap" <<-'EOS'
		#!/bin/bash
		printf '%s\n' /proc/self/fd/* >"$SEEN"
		exit 1
	EOS
        chmod +x "$BATS_TEST_TMPDIR/bin/mmdebstrap"
        export SEEN=$BATS_TEST_TMPDIR/seen NPIVOT_LAB_CACHE=$BATS_TEST_TMPDIR/cache
        PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

# open_files: of what mmdebstrap had open, all but bash's own script (255) and the folder being read
open_files() {
        sed 's|.*/||' "$SEEN" | grep -vx -e 255 -e 3 | paste -sd' '
}

@test "an image is made however many files the caller has open" {
        local builder

        for builder in "$LAB_DIR/image" "$SOURCE_DIR/tests/guest/qemu10"; do
                rm -f "$SEEN"
                run -125 "$builder" 4</dev/null 5</dev/null 6</dev/null 7</dev/null 8</dev/null \
                        10</dev/null 11</dev/null 12</dev/null 250</dev/null
                [ "$(open_files)" = "0 1 2" ]
        done
}
