#!/usr/bin/env bash
# Finds mosquitto, the MQTT broker that the tests start for themselves, and installs it where it may. MOSQUITTO chooses
# another. Sourced (tests/run.sh does), it exports it.
set -eu

find_mosquitto() {
    # Debian has it where only root looks.
    mosquitto=$(PATH="$PATH:/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin" command -v "${MOSQUITTO:-mosquitto}")
}

explain_mosquitto() {
    printf 'setup: FAILED: missing for the tests of MQTT: %s. %s\n' "${MOSQUITTO:-mosquitto}" "$1" >&2
    printf '       %s\n' \
        "Debian or Ubuntu, as root:  apt-get install mosquitto" \
        "Fedora, as root:            dnf install mosquitto" \
        "Arch, as root:              pacman -S mosquitto" \
        "macOS:                      brew install mosquitto" \
        "Anywhere else, set MOSQUITTO to the program. The tests start their own; the system's service is not needed." >&2
    exit 1
}

if ! find_mosquitto; then
    if [ -n "${MOSQUITTO:-}" ]; then explain_mosquitto "It installs nothing when MOSQUITTO is set."
    elif ! command -v apt-get >/dev/null; then explain_mosquitto "This script installs it where there is apt-get only."
    elif [ "$(id -u)" -ne 0 ]; then explain_mosquitto "Only root may install it, and this is not root."
    fi
    printf 'setup: installing mosquitto\n'
    said=$(apt-get update 2>&1 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends mosquitto 2>&1) ||
        explain_mosquitto "apt-get said: $(printf '%s' "$said" | grep '^E:' | tail -n 1)"
    find_mosquitto || explain_mosquitto "apt-get installed it, but not under this name."
fi
export MOSQUITTO=$mosquitto
printf 'setup: the tests of MQTT use %s\n' "$MOSQUITTO"
