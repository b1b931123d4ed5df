#!/usr/bin/env bash
# `make new-game NAME=x DIR=y`: writes the game of shared/examples/README.md into a new folder, under another name. It is a
# workspace of its own, with Perigee as a dependency.
set -eu
perigee=$(cd "$(dirname "$0")/../.." && pwd)

fail() {
    printf 'new-game: %s\n' "$1" >&2
    exit 2
}

name=${1:-} folder=${2:-}
[[ $name =~ ^[a-z][a-z0-9]*(-[a-z0-9]+)*$ && ${#name} -le 32 ]] ||
    fail "NAME=${name:-...}: allowed are up to 32 lower-case letters, digits and single hyphens, a letter first"
# The first word of a path in Rust, which these are already.
for taken in core std alloc self super crate test game server client; do
    [ "$name" != "$taken" ] || fail "NAME=$name: Rust or the folder itself calls something else so"
done
[ -n "$folder" ] || fail "DIR=...: where it is to be"
[ ! -e "$folder" ] || [ -z "$(ls -A "$folder")" ] || fail "DIR=$folder: there is something already"

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
# Only what belongs to the game: it may have been built where it stands.
(cd "$perigee/shared/examples/first-game" &&
    tar -cf - --exclude ./target --exclude ./web/pkg --exclude './perigee.db*' --exclude ./Cargo.lock .) |
    tar -xf - -C "$folder"
# The versions that Perigee is tested with.
cp "$perigee/Cargo.lock" "$folder/Cargo.lock"

title=${name//-/ }
camel=$(sed -E 's/(^|-)([a-z0-9])/\U\2/g' <<<"$name")
find "$folder" -type f \( -name '*.rs' -o -name '*.toml' -o -name Makefile \) -print0 | xargs -0 sed -i \
    -e "s#\"../../../#\"$perigee/#" -e "s#^PERIGEE ?= .*#PERIGEE ?= $perigee#" \
    -e "s/first-game/$name/g" -e "s/first_game/${name//-/_}/g" -e "s/FirstGame/$camel/g" -e "s/First game/${title^}/g"
cargo fmt --manifest-path "$folder/Cargo.toml" --all
printf 'new-game: %s is in %s\n          play it:  cd %s && make run\n' "$name" "$folder" "$folder"
