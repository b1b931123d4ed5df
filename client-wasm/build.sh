#!/usr/bin/env bash
# Builds the browser client: assets/web/pkg/perigee_client.js and perigee_client_bg.wasm.
#
# A game with a workspace of its own says where that is (PERIGEE_GAME) and which package in there is its bundle
# (PERIGEE_BUNDLE); its client goes to web/pkg in there. PERIGEE_TARGET is where cargo builds, the workspace's target/ if
# left out.
#
# It looks for a compiler that can make wasm and gets one if it can, compiles, writes the JavaScript glue, and
# installs the pair. Each step is skipped when it is done already. A failure says which step, why, what to do.
set -eu
cd "$(dirname "$0")/.."

triple=wasm32-unknown-unknown
bundle=${PERIGEE_BUNDLE:-perigee-bundle}
game=${PERIGEE_GAME:-$PWD}
target=${PERIGEE_TARGET:-$game/target}/wasm
wasm=$target/$triple/wasm/${bundle//-/_}.wasm
tool=target/tools/debug/perigee-wasm-bindgen
pkg=assets/web/pkg
[ -z "${PERIGEE_GAME:-}" ] || pkg=$game/web/pkg
# Newer than what it was made from, once both files are in place: a run cut short leaves no stamp behind.
stamp=$target/$bundle.stamp
# Not the rustc of rustup: the system's own, which can build the standard library for wasm from its source.
system_rustc=/usr/bin/rustc
debian_packages="rustc-web rust-web-src lld"

say() { printf 'client: %s\n' "$*"; }

fail() {
    printf 'client: FAILED: %s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '        %s\n' "$@" >&2
    exit 1
}

has_wasm_target() {
    [ -d "$("${RUSTC:-rustc}" --print target-libdir --target "$triple" 2>/dev/null)" ]
}

has_system_sources() {
    [ -x "$system_rustc" ] && command -v wasm-ld >/dev/null &&
        [ -d "$("$system_rustc" --print sysroot)/lib/rustlib/src/rust/library/std" ]
}

# What was tried and did not work, for the last message.
tried=()

try_rustup() {
    if ! command -v rustup >/dev/null; then
        tried+=("rustup target add $triple: rustup is not on PATH")
        return 1
    fi
    say "adding the compiler's wasm target (rustup target add $triple)"
    local said
    if ! said=$(rustup target add "$triple" 2>&1); then
        tried+=("rustup target add $triple: $(printf '%s' "$said" | tail -n 1)")
        return 1
    fi
    has_wasm_target && return 0
    tried+=("rustup target add $triple: it worked, but $(command -v "${RUSTC:-rustc}") is not rustup's compiler")
    return 1
}

try_debian() {
    if ! command -v apt-get >/dev/null; then
        tried+=("Debian's packages $debian_packages: this system has no apt-get")
        return 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        tried+=("Debian's packages $debian_packages: only root may install them, and this is not root")
        return 1
    fi
    say "installing Debian's $debian_packages"
    local said
    # shellcheck disable=SC2086 # the list is meant to be split
    if ! said=$(apt-get update 2>&1 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends --no-remove $debian_packages 2>&1); then
        tried+=("apt-get install $debian_packages: $(printf '%s' "$said" | grep '^E:' | tail -n 1)")
        return 1
    fi
    has_system_sources && return 0
    tried+=("apt-get install $debian_packages: it worked, but wasm-ld or the library's source is still not there")
    return 1
}

# Sets `compiler` to `target` (it has the wasm target) or `system` (build std from the system's source).
find_compiler() {
    if has_wasm_target; then compiler=target
    elif has_system_sources; then compiler=system
    elif try_rustup; then compiler=target
    elif try_debian; then compiler=system
    else
        fail "step 1, finding a compiler for $triple." "${tried[@]}" \
            "What to do, one of these, then try again:" \
            "  with rustup (rustup.rs):   rustup target add $triple" \
            "  on Debian, as root:        apt-get install $debian_packages" \
            "  on Fedora, as root:        dnf install rust-std-static-$triple" \
            "  on Arch, as root:          pacman -S rust-wasm"
    fi
}

compile() {
    local args=(build --manifest-path "$game/Cargo.toml" --profile wasm --target "$triple" -p "$bundle"
        --target-dir "$target")
    if [ "$compiler" = target ]; then
        cargo "${args[@]}"
    else
        CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld RUSTC=$system_rustc RUSTC_BOOTSTRAP=1 \
            cargo "${args[@]}" -Zbuild-std=std,panic_abort
    fi
}

is_installed() {
    [ -f "$stamp" ] && [ -f "$pkg/perigee_client.js" ] && [ -f "$pkg/perigee_client_bg.wasm" ] &&
        [ -z "$(find "$wasm" "$tool" -newer "$stamp")" ]
}

# Writes the glue elsewhere, then moves it into place file by file, so that no reader sees half a file.
# (Each line says `|| return 1`, because `set -e` is off in a function whose result is asked for.)
install() {
    scratch=$(mktemp -d "$target/pkg.XXXXXX") || return 1
    trap 'rm -rf "$scratch"' EXIT
    # Made before the wasm is read: if another build replaces the wasm meanwhile, the next run does this again.
    : >"$scratch/stamp" || return 1
    "$tool" "$wasm" "$scratch/pkg" perigee_client || return 1
    if [ -d "$scratch/pkg/snippets" ]; then
        printf 'the client has inline JavaScript (snippets), which this script does not install\n' >&2
        return 1
    fi
    rm -f "$stamp" && mkdir -p "$pkg" || return 1
    mv -f "$scratch/pkg/perigee_client.js" "$scratch/pkg/perigee_client_bg.wasm" "$pkg/" || return 1
    mv -f "$scratch/stamp" "$stamp"
}

command -v cargo >/dev/null || fail "cargo is not on PATH." "Install Rust with rustup (rustup.rs), then try again."
find_compiler
say "compiling $bundle to wasm (about a minute the first time)"
compile || fail "step 2, compiling $bundle to wasm: cargo's message is above."
say "building the tool that writes the JavaScript glue (about a minute the first time)"
# Only this tool lives in target/tools, and it runs for a moment: its libraries are not worth optimising.
cargo build -p perigee-wasm-bindgen --target-dir target/tools --config 'profile.dev.package."*".opt-level=0' ||
    fail "step 3, building client-wasm/bindgen: cargo's message is above."
if is_installed; then
    say "$pkg is up to date"
else
    install || fail "step 4, writing the glue into $pkg: the message is above. The next run starts this step afresh."
    say "wrote $pkg ($(($(wc -c <"$pkg/perigee_client_bg.wasm") / 1024)) KiB of wasm)"
fi
