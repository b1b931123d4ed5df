#!/usr/bin/env bash
# `make load-floor`: what the same stack costs without a game, to compare `make load` with.
#
# The server wakes CLIENTS connections thirty times a second; each writes one ready frame of FRAME_BYTES and drops the
# INPUTS_HZ messages of INPUT_BYTES that its client sends a second. CPU time and memory are the kernel's figures for
# that server alone (/proc, so Linux only); frames are what the clients counted. It waits WARMUP_S after starting the
# clients, then measures for WINDOW_S. The variables and their defaults are right below.
set -eu
# In a substitution too, a figure that is missing ends the script.
shopt -s inherit_errexit
export LC_ALL=C
cd "$(dirname "$0")/.."
# shellcheck source=tests/processes.sh
. tests/processes.sh
# shellcheck source=tests/measure.sh
. tests/measure.sh

clients=${CLIENTS:-200}
# As a snapshot of 500 bots with its checksum and framing: without, it has 8 bytes. What counts is the message.
frame_bytes=${FRAME_BYTES:-14}
inputs_hz=${INPUTS_HZ:-30}
input_bytes=${INPUT_BYTES:-9}
window_s=${WINDOW_S:-20}
warmup_s=${WARMUP_S:-5}
host=127.0.0.1
port=${PORT:-18081}
# Clients outlast the window by this much, and may take as long again, and more, to leave.
margin_s=2
end_s=30

# shellcheck disable=SC2034 # tests/measure.sh reads it
name=load-floor
folder=target/load-floor

# await_listening SECONDS: waits until the server takes connections.
await_listening() {
    local left=$(($1 * 5))
    while [ "$left" -gt 0 ]; do
        sleep 0.2 || :
        is_running "$server" || return 1
        if (exec 3<>"/dev/tcp/$host/$port") 2>/dev/null; then return 0; fi
        left=$((left - 1))
    done
    return 2
}

# counted KEY: a value of the load's report.
counted() {
    awk -F = -v key="$1" '$1 == key { print $2; found = 1 } END { exit !found }' "$folder/load.txt" ||
        fail "the load's report has no $1"
}

sample() {
    is_running "$server" || fail "the server ended during the measurement"
    is_running "$load" || fail "the clients ended during the measurement"
    sample_cpu "$1" "$server"
}

# calculate EXPRESSION: over the window's figures.
calculate() {
    awk -v clients="$clients" -v wall="$wall" -v cpu="$cpu" -v rate="$rate" -v empty="$rss_empty_kib" \
        -v full="$rss_full_kib" "BEGIN { print $1 }"
}

print_table() {
    local wall cpu rate worst
    wall=$(wall_s)
    cpu=$(cpu_s)
    rate=$(counted frames_per_client_second)
    worst=$(counted frames_worst_client)

    printf '\n%s clients, frames of %s bytes, %s inputs of %s bytes a second, %s s\n\n' \
        "$clients" "$frame_bytes" "$inputs_hz" "$input_bytes" "$window_s"
    row "server CPU" %10.3f "$(calculate "cpu / wall")" "s per wall s"
    row "CPU per client-frame" %10.2f "$(calculate "cpu * 1e6 / wall / clients / (rate + 1e-9)")" us
    row "frames received" %10.2f "$rate" "per client-second"
    row "frames, worst client" %10.2f "$worst" "per s"
    row "memory" %10.1f "$(calculate "(full - empty) / clients")" \
        "KiB per client (RSS $rss_empty_kib KiB without, $rss_full_kib KiB with)"
    printf '\n'
}

require_proc
require_binaries perigee-floor
begin
printf 'load-floor: starting the server on port %s\n' "$port"
start target/release/perigee-floor serve --bind "$host:$port" --frame-bytes "$frame_bytes" \
    >"$folder/server.log" 2>&1
server=$started_id
await_listening 30 || {
    tail -n 5 "$folder/server.log" >&2
    fail "the server did not get ready; its last words are above"
}
sleep 1
rss_empty_kib=$(rss_kib "$server")

printf 'load-floor: %s clients join, %s s to warm up, then %s s of measuring\n' "$clients" "$warmup_s" "$window_s"
start target/release/perigee-floor load --url "ws://$host:$port/" --count "$clients" --inputs-hz "$inputs_hz" \
    --input-bytes "$input_bytes" --warmup-seconds "$warmup_s" --seconds "$((window_s + margin_s))" \
    >"$folder/load.txt" 2>"$folder/load.log"
load=$started_id
sleep "$warmup_s"
sample before
sleep "$window_s"
sample after
rss_full_kib=$(rss_kib "$server")

code=0
await_end "$end_s" "$load" || code=$?
[ "$code" -eq 0 ] || {
    tail -n 5 "$folder/load.log" >&2
    fail "the clients ended with exit code $code; their last words are above"
}
print_table
