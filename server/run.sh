#!/usr/bin/env bash
# `make run`: starts the release server and some bots, and stops both on Ctrl-C or SIGTERM.
#
# The server uses its defaults unless ARGS (its flags) or PERIGEE_BIND are set; BOTS is the number of bots.
# The exit code is the server's: 0 after a clean stop.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=tests/processes.sh
. tests/processes.sh

bots_count=${BOTS:-8}
# The server first saves and disconnects its players; if that takes longer, something is stuck.
stop_seconds=30
health_seconds=30

say() { printf 'run: %s\n' "$*"; }

# shellcheck disable=SC2317 # the traps below call it
stop() {
    trap '' INT TERM HUP
    stopping=yes
    signal_all TERM
    # A failure does not matter: after a hang-up the terminal is gone.
    say "stopping: the server drains, the bots leave" || :
}

# Where the server will listen: its flag, else the environment, else its default.
find_address() {
    local bind=${PERIGEE_BIND:-127.0.0.1:8080} previous='' arg
    for arg in ${server_args[@]+"${server_args[@]}"}; do
        [ "$previous" != --bind ] || bind=$arg
        case $arg in --bind=*) bind=${arg#--bind=} ;; esac
        previous=$arg
    done
    port=${bind##*:}
    host=${bind%:*}
    host=${host#[}
    host=${host%]}
    # An unspecified address ("every address of this machine") cannot be connected to.
    case $host in 0.0.0.0 | ::) host=127.0.0.1 ;; esac
    case $host in *:*) url="ws://[$host]:$port/play" ;; *) url="ws://$host:$port/play" ;; esac
}

# The rooms of the defaults; with another config there may be others.
tell_games() {
    local page="http${url#ws}"
    case " ${ARGS:-} ${PERIGEE_CONFIG:+--config}" in *' --config'*) return ;; esac
    say "the arena: ${page%play}?room=arena, hockey: ${page%play}?room=rink"
}

start_bots() {
    local outcome=0
    await_health "$host" "$port" "$server" "$health_seconds" || outcome=$?
    case $outcome in
        0)
            start target/release/perigee-bots --url "$url" --count "$bots_count" --seconds 0 --behaviour mixed >/dev/null
            say "$bots_count bots are playing; Ctrl-C stops everything"
            tell_games
            ;;
        2) say "no bots: nothing answered at http://$host:$port/healthz in $health_seconds s (BOTS=0 asks for none)" ;;
    esac
}

for binary in perigee-server perigee-bots; do
    [ -x "target/release/$binary" ] || {
        say "target/release/$binary is missing: \`make run\` builds it"
        exit 1
    }
done
read -r -a server_args <<<"${ARGS:-}"
find_address

trap stop INT TERM HUP
trap 'signal_all KILL' EXIT
start target/release/perigee-server ${server_args[@]+"${server_args[@]}"}
server=$started_id
[ "$bots_count" = 0 ] || start_bots

# A signal ends this wait early; then `stop` has signalled all processes.
code=0
[ -n "$stopping" ] || wait "$server" || code=$?
if [ -n "$stopping" ]; then
    code=0
    await_end "$stop_seconds" "$server" || code=$?
else
    forget "$server"
    say "the server ended by itself with exit code $code"
    signal_all TERM
fi
for id in ${started[@]+"${started[@]}"}; do
    await_end "$stop_seconds" "$id" || say "the bots ended with exit code $?"
done
exit "$code"
