# shellcheck shell=bash
# Starts, watches and ends a server and its bots; sourced by server/run.sh and tests/load.sh.
#
# Each process gets its own process group, so a Ctrl-C in the terminal reaches only the script, which then ends
# each process once, by its id, and waits for it.

# The ids of what `start` started and `await_end` has not seen end, in that order.
started=()
started_id=
# A script that is told to stop sets this.
stopping=

# start COMMAND...: runs it in the background and leaves its id in `started_id`.
start() {
    set -m
    "$@" </dev/null &
    started_id=$!
    set +m
    started+=("$started_id")
    # The script was told to stop before this id was in the list.
    [ -z "$stopping" ] || kill -TERM "$started_id" 2>/dev/null || :
}

# forget ID: it has ended, and its id may soon be another process's.
forget() {
    local id kept=()
    for id in "${started[@]}"; do
        [ "$id" = "$1" ] || kept+=("$id")
    done
    started=(${kept[@]+"${kept[@]}"})
}

is_running() { kill -0 "$1" 2>/dev/null; }

# signal_all NAME: sends it to everything started that still runs.
signal_all() {
    local id
    for id in ${started[@]+"${started[@]}"}; do
        kill "-$1" "$id" 2>/dev/null || :
    done
}

# await_end SECONDS ID: waits for its end, and kills it when that takes too long. Returns its exit code.
await_end() {
    local left=$(($1 * 5)) id=$2 code=0
    while is_running "$id" && [ "$left" -gt 0 ]; do
        sleep 0.2 || :
        left=$((left - 1))
    done
    if is_running "$id"; then
        printf 'process %s did not end within %s s: killing it\n' "$id" "$1" >&2
        kill -KILL "$id" 2>/dev/null || :
    fi
    wait "$id" 2>/dev/null || code=$?
    forget "$id"
    return "$code"
}

# http_get HOST PORT PATH: prints the body of a successful answer; fails when there is none within 5 s.
http_get() (
    { exec 3<>"/dev/tcp/$1/$2"; } 2>/dev/null || exit 1
    printf 'GET %s HTTP/1.0\r\nHost: %s:%s\r\nConnection: close\r\n\r\n' "$3" "$1" "$2" >&3
    IFS= read -r -t 5 line <&3 || exit 1
    case $line in
        "HTTP/1."?" 200"*) ;;
        *) exit 1 ;;
    esac
    while IFS= read -r -t 5 line <&3 && [ "$line" != $'\r' ]; do :; done
    while IFS= read -r -t 5 line <&3 || [ -n "$line" ]; do
        printf '%s\n' "$line"
    done
)

# await_health HOST PORT ID SECONDS: waits until process ID, which listens there, answers /healthz.
# Returns 1 when the process ended, 2 when the time is up, 3 when `stopping` was set meanwhile.
await_health() {
    local left=$(($4 * 5))
    while [ "$left" -gt 0 ]; do
        # First the pause: another program may hold the port, and then ours is about to end.
        sleep 0.2 || :
        [ -z "$stopping" ] || return 3
        is_running "$3" || return 1
        if http_get "$1" "$2" /healthz >/dev/null && is_running "$3"; then return 0; fi
        left=$((left - 1))
    done
    return 2
}
