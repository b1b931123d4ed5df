#!/usr/bin/env bash
# Builds a game of one's own as shared/examples/README.md says, in a workspace of its own: its tests, its server and its
# client. The integration tests then play it. What is built is looked at and thrown away, so little is optimised; its
# libraries have other features than the project's, and so a target folder of their own would save nothing.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
game=$root/target/own-game
export CARGO_PROFILE_DEV_OPT_LEVEL=0 CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_WASM_LTO=off \
    CARGO_PROFILE_WASM_OPT_LEVEL=1 CARGO_PROFILE_WASM_CODEGEN_UNITS=16

rm -rf "$game"
make --no-print-directory new-game NAME=own-game DIR="$game"
cd "$game"
cargo fmt --all --check
cargo test --target-dir "$root/target" -p own-game
cargo build --target-dir "$root/target" -p own-game-server
PERIGEE_TARGET=$root/target make --no-print-directory client
