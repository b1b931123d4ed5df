#!/usr/bin/env bash
# Moves the symbols of each named program into PROGRAM.debug beside it and leaves a link to it (.gnu_debuglink). The
# program is then a fifth of its size, and a backtrace still has functions, files and lines while both files are in one
# folder.
#
# On systems other than Linux the compiler separates symbols already; without objcopy the programs are left unchanged.
set -eu

[ "$(uname -s)" = Linux ] && command -v objcopy >/dev/null || exit 0

for program in "$@"; do
    # Cargo may have linked the program again since the last split; one without symbols was split before.
    objdump -h "$program" | grep -q '\.debug_line' || continue
    # The link contains the file's name without a folder.
    (
        cd "$(dirname "$program")"
        name=$(basename "$program")
        objcopy --only-keep-debug "$name" "$name.debug"
        objcopy --strip-all --add-gnu-debuglink="$name.debug" "$name" "$name.stripped"
        mv "$name.stripped" "$name"
    )
done
