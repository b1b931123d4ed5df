#!/usr/bin/env bash
# `make load`: runs the release server under CLIENTS bots and prints what one client costs.
#
# CPU time and memory are the kernel's figures for the server process alone (/proc, so Linux only), bytes and
# snapshots are the server's own counters over the same window, and intervals are what the bots saw arrive.
# It waits WARMUP_S after starting the bots, then measures for WINDOW_S. It fails when a bot could not read what
# it was sent, or held another state than the server. The variables and their defaults are right below.
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
window_s=${WINDOW_S:-20}
warmup_s=${WARMUP_S:-5}
# The game, if it is not the first; how it is played is then as is usual there.
game=${GAME:-}
behaviour=${BEHAVIOUR:-}
[ -n "$behaviour$game" ] || behaviour=cruise
config=${CONFIG:-assets/config/load.toml}
# Checksums cost 4 bytes a snapshot; CHECKSUMS=0 measures what players cost, who ask for none.
checksums=${CHECKSUMS:-1}
# Bots that say a line in so many seconds also ask for prices and a board, as people do; 0: they only fly.
chat_s=${CHAT_S:-0}
bot_flags=(--chat-s "$chat_s")
[ "$checksums" != 0 ] || bot_flags+=(--no-checksums)
# Bots of another game beside them, as in BESIDE=hockey:40; the config must have rooms for them.
beside=${BESIDE:-}
host=127.0.0.1
port=${PORT:-18080}
# Bots outlast the window by this much, and may take as long again, and more, to write their report.
margin_s=2
end_s=30

# shellcheck disable=SC2034 # tests/measure.sh reads it
name=load
folder=target/load
report=$folder/report.json

# metric sum|max NAME FILE: over all label sets.
metric() {
    awk -v how="$1" -v name="$2" '
        index($0, name) == 1 && substr($0, length(name) + 1, 1) ~ /[{ ]/ {
            value = (how == "sum") ? value + $NF : (!seen || $NF > value) ? $NF : value
            seen = 1
        }
        END { if (!seen) exit 1; printf "%.3f", value }
    ' "$3" || fail "the server's /metrics has no $2"
}

# Prints every scalar of a JSON text as `path.to.key=value`, one a line.
flatten_json() {
    awk '
        { text = text $0 "\n" }
        END {
            depth = 0
            while (match(text, /"([^"\\]|\\.)*"|[][{}:,]|[^][{}:, "\t\r\n]+/)) {
                token = substr(text, RSTART, RLENGTH)
                text = substr(text, RSTART + RLENGTH)
                if (token == "{") { depth++; is_object[depth] = 1; wants_key = 1 }
                else if (token == "[") { depth++; is_object[depth] = 0; key[depth] = 0 }
                else if (token == "}" || token == "]") { depth--; wants_key = 0 }
                else if (token == ":") wants_key = 0
                else if (token == ",") { if (is_object[depth]) wants_key = 1; else key[depth]++ }
                else {
                    gsub(/^"|"$/, "", token)
                    if (is_object[depth] && wants_key) { key[depth] = token; continue }
                    path = ""
                    for (level = 1; level <= depth; level++) path = path (level > 1 ? "." : "") key[level]
                    print path "=" token
                }
            }
        }
    ' "$1"
}

# reported KEY: a value of the bots' report.
reported() {
    awk -v key="$1" 'index($0, key "=") == 1 { print substr($0, length(key) + 2); found = 1; exit }
        END { exit !found }' "$folder/report.txt" || fail "$report has no $1"
}

# sample NAME: leaves time, CPU time and metrics of this moment in the folder.
sample() {
    is_running "$server" || fail "the server ended during the measurement"
    is_running "$bots" || fail "the bots ended during the measurement"
    sample_cpu "$1" "$server"
    http_get "$host" "$port" /metrics >"$folder/$1.metrics" || fail "the server did not answer /metrics"
}

# counted NAME: how much a counter grew over the window.
counted() {
    local before after
    before=$(metric sum "$1" "$folder/before.metrics")
    after=$(metric sum "$1" "$folder/after.metrics")
    awk -v before="$before" -v after="$after" 'BEGIN { printf "%.0f", after - before }'
}

# calculate EXPRESSION: over the window's figures.
calculate() {
    awk -v clients="$clients" -v wall="$wall" -v cpu="$cpu" -v snapshots="$snapshots" -v bytes="$bytes" \
        -v empty="$rss_empty_kib" -v full="$rss_full_kib" "BEGIN { print $1 }"
}

# Everything is read before anything is printed, so that a missing figure fails instead of printing half a table.
print_table() {
    local wall cpu snapshots bytes tick p50 p99 worst mean surprises visible entering entered leaving left header events late age50 age99 grade
    wall=$(wall_s)
    cpu=$(cpu_s)
    snapshots=$(counted perigee_snapshots_sent_total)
    bytes=$(counted perigee_bytes_sent_total)
    [ "$snapshots" -gt 0 ] || fail "the server sent no snapshot in the window"
    surprises=$(counted 'perigee_snapshot_bits_total{reason="surprises"}')
    entering=$(counted 'perigee_snapshot_bits_total{reason="entering"}')
    leaving=$(counted 'perigee_snapshot_bits_total{reason="leaving"}')
    header=$(counted 'perigee_snapshot_bits_total{reason="header"}')
    events=$(counted 'perigee_snapshot_bits_total{reason="events"}')
    visible=$(counted 'perigee_snapshot_entities_total{reason="visible"}')
    entered=$(counted 'perigee_snapshot_entities_total{reason="entered"}')
    left=$(counted 'perigee_snapshot_entities_total{reason="left"}')
    tick=$(metric max perigee_tick_p99_ms "$folder/after.metrics")
    late=$(metric max perigee_tick_start_delay_p99_ms "$folder/after.metrics")
    age50=$(metric max perigee_staleness_p50_ms "$folder/after.metrics")
    age99=$(metric max perigee_staleness_p99_ms "$folder/after.metrics")
    grade=$(metric max perigee_overload_grade "$folder/after.metrics")
    p50=$(reported snapshot_interval_ms.p50)
    p99=$(reported snapshot_interval_ms.p99)
    worst=$(reported snapshots_per_second.min)
    mean=$(reported snapshots_per_second.mean)

    printf '\n%s clients, behaviour %s, %s, %s s\n\n' "$clients" "${behaviour:-usual}" "$config" "$window_s"
    row "server CPU" %10.3f "$(calculate "cpu / wall")" "s per wall s"
    row "CPU per client-snapshot" %10.2f "$(calculate "cpu * 1e6 / snapshots")" us
    row "bytes sent" %10.0f "$(calculate "bytes / clients / wall")" "per client-second"
    row "visible entities" %10.1f "$(calculate "$visible / snapshots")" "per snapshot"
    row "bits per visible entity" %10.3f "$(calculate "$surprises / $visible")" "for what was not foreseen"
    row "entering entity" %10.1f "$(calculate "$entering / ($entered + 1e-9) / 8")" \
        "bytes, $(calculate "sprintf(\"%.2f\", $entered / clients / wall)") per client-second"
    row "leaving entity" %10.1f "$(calculate "$leaving / ($left + 1e-9)")" bits
    row "header and events" %10.2f "$(calculate "($header + $events) / snapshots / 8")" "bytes per snapshot"
    row "snapshots sent" %10.2f "$(calculate "snapshots / clients / wall")" "per client-second"
    row "snapshots, worst client" %10.2f "$worst" "per s"
    row "snapshots, mean client" %10.2f "$mean" "per s"
    row "snapshot interval p50" %10.2f "$p50" ms
    row "snapshot interval p99" %10.2f "$p99" ms
    row "tick p99" %10.3f "$tick" ms
    row "tick start delay p99" %10.3f "$late" ms
    row "age of information" %10.1f "$age50" "ms p50, $age99 ms p99"
    row "overload grade" %10.0f "$grade" "at the end (0: none)"
    row "memory" %10.1f "$(calculate "(full - empty) / clients")" \
        "KiB per client (RSS $rss_empty_kib KiB without, $rss_full_kib KiB with)"
    row "decode errors" %10d "$decode_errors" "in all"
    row "state mismatches" %10d "$state_mismatches" "in all"
    print_minute "$bytes" "$wall"
    printf '\n'
}

# print_minute BYTES SECONDS: what a client is sent in a minute, by kind, without framing.
print_minute() {
    local kind bits in_all=0 minute
    minute="60 / $clients / $2"
    printf '\n  bytes per client-minute\n'
    bits=$(counted perigee_snapshot_bits_total)
    row "  snapshots" %10.0f "$(calculate "($bits / 8 + snapshots / 2) * $minute")" "last bytes half full"
    for kind in chat history prices leaders refusal; do
        in_all="$in_all + $(counted "perigee_services_bytes_total{reason=\"$kind\"}")"
        row "  $kind" %10.0f "$(calculate "$(counted "perigee_services_bytes_total{reason=\"$kind\"}") * $minute")" \
            "in $(calculate "sprintf(\"%.1f\", $(counted "perigee_services_delivered_total{reason=\"$kind\"}") * $minute)") messages"
    done
    row "  all else" %10.0f "$(calculate "($1 - $bits / 8 - snapshots / 2 - ($in_all)) * $minute")" \
        "welcome, roster, orders"
}

require_proc
[ -r "$config" ] || fail "there is no config file $config (CONFIG=...)"
require_binaries perigee-server perigee-bots
begin
printf 'load: starting the server on port %s\n' "$port"
# glibc keeps what was large and is free again, such as what compressing the page took, and its own idea of large grows;
# with fixed thresholds the memory without clients can be told from theirs.
export MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
start target/release/perigee-server --config "$config" --bind "$host:$port" --store :memory: >"$folder/server.log" 2>&1
server=$started_id
await_health "$host" "$port" "$server" 30 || {
    tail -n 5 "$folder/server.log" >&2
    fail "the server did not get ready; its last words are above"
}
# Until the page is compressed.
sleep 4
rss_empty_kib=$(rss_kib "$server")

printf 'load: %s bots join, %s s to warm up, then %s s of measuring\n' "$clients" "$warmup_s" "$window_s"
start target/release/perigee-bots --url "ws://$host:$port/play" --count "$clients" ${game:+--game "$game"} \
    ${behaviour:+--behaviour "$behaviour"} --seconds "$((warmup_s + window_s + margin_s))" --report "$report" \
    "${bot_flags[@]}" >"$folder/bots.log" 2>&1
bots=$started_id
if [ -n "$beside" ]; then
    printf 'load: and %s of %s\n' "${beside#*:}" "${beside%%:*}"
    start target/release/perigee-bots --url "ws://$host:$port/play" --game "${beside%%:*}" --count "${beside#*:}" \
        --seconds "$((warmup_s + window_s + margin_s))" --report "$folder/beside.json" "${bot_flags[@]}" \
        >"$folder/beside.log" 2>&1
    beside_bots=$started_id
    clients=$((clients + ${beside#*:}))
fi
sleep "$warmup_s"
sample before
sleep "$window_s"
sample after
rss_full_kib=$(rss_kib "$server")

# await_bots ID REPORT LOG: until they have written it.
await_bots() {
    local code=0
    await_end "$end_s" "$1" || code=$?
    if [ "$code" -ne 0 ] || [ ! -s "$2" ]; then
        tail -n 5 "$3" >&2
        fail "the bots ended with exit code $code; their last words are above"
    fi
}
await_bots "$bots" "$report" "$folder/bots.log"
# These end with another exit code if one of them held another state than the server.
[ -z "$beside" ] || await_bots "$beside_bots" "$folder/beside.json" "$folder/beside.log"
flatten_json "$report" >"$folder/report.txt"
decode_errors=$(reported decode_errors)
state_mismatches=$(reported state_mismatches)
print_table
[ "$decode_errors" = 0 ] || fail "bots could not decode what the server sent"
[ "$state_mismatches" = 0 ] || fail "bots held another state than the server"
