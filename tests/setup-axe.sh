#!/usr/bin/env bash
# Gets axe-core, which finds what shuts out people with a screen reader, a keyboard or weak eyes, into target/tools/axe.
#
# The pages are examined with it by the browser tests. Where there is no npm or no way to its registry, that test is left
# out, and this script says so; in CI (the variable CI is set) that is a failure.
set -eu
cd "$(dirname "$0")/.."

version=4.14.1
folder=target/tools/axe

say() { printf 'setup: %s\n' "$*"; }

leave_out() {
    printf 'setup: the pages are not examined for who cannot see or point: %s\n' "$1" >&2
    [ -z "${CI:-}" ] || exit 1
    exit 0
}

if [ -f "$folder/$version/axe.min.js" ]; then
    say "$folder is up to date"
    exit 0
fi
command -v npm >/dev/null || leave_out "it needs npm, to get axe-core"
rm -rf "$folder"
mkdir -p "$folder/$version"
# npm checks what it gets against the registry's own sum.
said=$(cd "$folder" && npm pack --silent "axe-core@$version" 2>&1) ||
    leave_out "npm said: $(printf '%s' "$said" | tail -n 1)"
tar -xzf "$folder/axe-core-$version.tgz" -C "$folder" package/axe.min.js package/LICENSE
mv "$folder/package/axe.min.js" "$folder/package/LICENSE" "$folder/$version/"
rm -rf "$folder/package" "$folder/axe-core-$version.tgz"
say "axe-core $version is in $folder"
