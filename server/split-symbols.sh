#!/usr/bin/env bash
# Moves the symbols of each named program into PROGRAM.debug beside it and leaves a link there (.gnu_debuglink), so that a
# program is a fifth of its size, and a backtrace still names functions, files and lines while the two lie in one folder.
#
# On systems other than Linux the compiler keeps symbols apart already; without objcopy the programs stay as they are.
set -eu

[ "$(uname -s)" = Linux ] && command -v objcopy >/dev/null || exit 0

for program in "$@"; do
    # Cargo links the whole program again whenever it is asked to build; one without symbols was split before.
    objdump -h "$program" | grep -q '\.debug_line' || continue
    # The link names the file by its plain name.
    (
        cd "$(dirname "$program")"
        name=$(basename "$program")
        objcopy --only-keep-debug "$name" "$name.debug"
        objcopy --strip-all --add-gnu-debuglink="$name.debug" "$name" "$name.stripped"
        mv "$name.stripped" "$name"
    )
done
