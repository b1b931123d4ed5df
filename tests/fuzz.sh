#!/usr/bin/env bash
# `make fuzz`: each fuzz target for TIME seconds with libFuzzer, or TARGET alone. What is found stays in
# tests/fuzz/artifacts/TARGET; what was learnt, in tests/fuzz/corpus/TARGET, is gone on with next time.
set -eu
cd "$(dirname "$0")/.."

seconds=${TIME:-60}

say() { printf 'fuzz: %s\n' "$*"; }

command -v cargo-fuzz >/dev/null || {
    say "cargo-fuzz is missing: cargo install cargo-fuzz --version 0.13.2 --locked"
    exit 1
}
# Sanitizers are behind a flag that stable compilers take only so; no nightly toolchain is needed.
export RUSTC_BOOTSTRAP=1

# The versions that everything else is tested with; what libFuzzer needs besides is added to them.
cp Cargo.lock tests/fuzz/Cargo.lock

targets=$(cargo fuzz list --fuzz-dir tests/fuzz)
if [ -n "${TARGET:-}" ]; then
    grep -qx -- "$TARGET" <<<"$targets" || {
        say "there is no target \"$TARGET\": there are" $targets
        exit 1
    }
    targets=$TARGET
fi

cargo run --quiet -p perigee-tests --bin perigee-fuzz-seeds -- tests/fuzz/corpus
for target in $targets; do
    say "$target for $seconds s"
    cargo fuzz run --fuzz-dir tests/fuzz "$target" -- -max_total_time="$seconds" -max_len=65536 -timeout=20 \
        -rss_limit_mb=2048 -print_final_stats=1
done
say "nothing was found"
