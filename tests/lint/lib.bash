# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What every check needs: which files there are, and how to say what is wrong. Sourced by a check,
# which prints "file:line: text" for each finding and ends with `lint_end`.
set -u -o pipefail

LINT_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SOURCE_DIR=$(cd "$LINT_DIR/../.." && pwd)
BUILD_DIR=${BUILD_DIR:-$SOURCE_DIR/build}
cd "$SOURCE_DIR" || exit 1

findings=0

# files PATTERN...: those of the project, new ones as well; from a tarball too.
files() {
        local file

        if [ -e .git ] && command -v git >/dev/null; then
                git -c core.quotepath=off ls-files -co --exclude-standard -- "$@" | while read -r file; do
                        if [ -f "$file" ]; then echo "$file"; fi
                done
        else
                find . -path './build*' -prune -o -type f -printf '%P\n' | while read -r file; do
                        if matches "$file" "$@"; then echo "$file"; fi
                done
        fi | sort -u
}

matches() {
        local file=$1 pattern

        shift
        for pattern in "$@"; do
                # shellcheck disable=SC2053
                [[ $file == $pattern ]] && return 0
        done
        return 1
}

# Files of any name whose first line asks for one of the shells.
shell_scripts() {
        local file line

        files '*' | while read -r file; do
                case $file in
                *.bash) echo "$file" ;;
                *.*) ;;
                *)
                        IFS= read -r line <"$file" 2>/dev/null || continue
                        case $line in
                        '#!/bin/bash'* | '#!/bin/sh'* | '#!/usr/bin/env bash'*) echo "$file" ;;
                        esac
                        ;;
                esac
        done 2>/dev/null
}

# finding FILE LINE TEXT
finding() {
        echo "$1:$2: $3"
        findings=$((findings + 1))
}

# Lines "file:line: text" of another tool, on stdin.
findings_from() {
        local line

        while IFS= read -r line; do
                echo "$line"
                findings=$((findings + 1))
        done
}

# For a check that has nothing to look at, or not the tool: never a silent pass.
skip() {
        echo "skip: $*"
        exit 77
}

need() {
        command -v "$1" >/dev/null || skip "$1 is not installed"
}

lint_end() {
        [ $findings = 0 ] || { echo "$findings finding(s)"; exit 1; }
        exit 0
}

# The units as installed, in directory $1, with programs where the build has them. Says which
# program is nowhere.
stage_units() {
        local unit program built

        while read -r unit; do
                grep -q '^\[Unit\]' "$unit" && cp "$unit" "$1/"
        done < <(
                find "$BUILD_DIR/units" -maxdepth 1 -type f -name '*.service' 2>/dev/null
                files 'units/*.service' 'units/*.socket' 'units/*.target' 'units/*.timer'
        )

        while read -r program; do
                [ -x "$program" ] && [[ $program != */npivot/* ]] && continue
                built=$(find "$BUILD_DIR" -type f -executable -name "${program##*/}" | head -n 1)
                if [ -z "$built" ]; then
                        finding units 1 "no program $program is built, or installed here"
                        built=/bin/true
                fi
                sed -i "s|\(^Exec[A-Za-z]*=[-@:+!]*\)$program|\1$built|" "$1"/*
        done < <(cat "$1"/* 2>/dev/null |
                sed -n 's/^Exec[A-Za-z]*=[-@:+!]*\(\/[^ ]*\).*/\1/p' | sort -u)
}
