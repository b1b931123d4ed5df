# shellcheck shell=bash
# What `make load` and `make load-floor` measure alike: a process's CPU time and memory, and the table; sourced after
# tests/processes.sh. The script has set `name`, its own in what it says, and `folder`, where it keeps what it measures.

fail() {
    printf '%s: FAILED: %s\n' "$name" "$1" >&2
    exit 1
}

require_proc() {
    [ -r /proc/self/stat ] || fail "it reads CPU time from /proc, which this system does not have"
}

# require_binaries NAME...
require_binaries() {
    local binary
    for binary in "$@"; do
        [ -x "target/release/$binary" ] || fail "target/release/$binary is missing: \`make $name\` builds it"
    done
}

# begin: an empty folder, as many open files as allowed, and an end to everything started however the script ends.
begin() {
    ulimit -n "$(ulimit -H -n)" 2>/dev/null || :
    rm -rf "$folder"
    mkdir -p "$folder"
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

# shellcheck disable=SC2317 # the EXIT trap calls it
clean_up() {
    trap '' INT TERM HUP
    signal_all TERM
    local id
    for id in ${started[@]+"${started[@]}"}; do
        await_end 10 "$id" || :
    done
}

# cpu_ticks ID: user and system time since its start, in clock ticks.
cpu_ticks() {
    # The second field is the name in brackets, which may hold anything; after it, user time is the 12th.
    sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'
}

rss_kib() { awk '/^VmRSS:/ { print $2 }' "/proc/$1/status"; }

uptime_s() { awk '{ print $1 }' /proc/uptime; }

# sample_cpu NAME ID: leaves time and CPU time of this moment in the folder.
sample_cpu() { printf '%s %s\n' "$(uptime_s)" "$(cpu_ticks "$2")" >"$folder/$1.cpu"; }

# wall_s: from the sample `before` to the sample `after`.
wall_s() { cat "$folder/before.cpu" "$folder/after.cpu" | awk '{ at[NR] = $1 } END { print at[2] - at[1] }'; }

# cpu_s: CPU time used between the two.
cpu_s() {
    cat "$folder/before.cpu" "$folder/after.cpu" |
        awk -v hz="$(getconf CLK_TCK)" '{ at[NR] = $2 } END { print (at[2] - at[1]) / hz }'
}

# row NAME FORMAT VALUE UNIT
row() { printf "  %-26s $2  %s\n" "$1" "$3" "$4"; }
