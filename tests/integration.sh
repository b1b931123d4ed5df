#!/usr/bin/env bash
# The integration and browser tests. They start servers, bots and browsers and measure times between them, so on a busy
# machine one of two hundred may fail by chance: what failed is run once more, alone, and is named at the end. A test that
# fails twice has failed, and so has a run in which more than three fail.
set -eu -o pipefail
cd "$(dirname "$0")/.."

most_again=3
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run() { cargo test --target-dir target --workspace --exclude perigee-wasm-bindgen --test integration -- "$@"; }

if run 2>&1 | tee "$log"; then
    exit 0
fi
# Each line is the name of one test: `test NAME ... FAILED`.
mapfile -t failed < <(sed -n 's/^test \([a-z0-9_:]*\) \.\.\. FAILED$/\1/p' "$log")
if [ "${#failed[@]}" -eq 0 ] || [ "${#failed[@]}" -gt "$most_again" ]; then
    printf '%s tests failed\n' "${#failed[@]}" >&2
    exit 1
fi
for name in "${failed[@]}"; do
    printf '\n== once more, alone: %s\n' "$name"
    run --exact "$name"
done
printf '\n== UNSTEADY: failed once, and passed alone: %s\n' "${failed[*]}"
