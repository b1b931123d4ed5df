#!/usr/bin/env bash
# Finds the Chromium and the chromedriver that the browser tests drive, and installs them where it may.
#
# CHROMIUM and CHROMEDRIVER choose others. Sourced (tests/run.sh does), it exports both.
set -eu

# find_program CHOSEN NAME...: the chosen one, or the first of the names that is there.
find_program() {
    local name
    if [ -n "$1" ]; then
        command -v "$1"
        return
    fi
    shift
    for name in "$@"; do
        command -v "$name" && return
    done
    return 1
}

find_browser() {
    chromium=$(find_program "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome") || chromium=
    chromedriver=$(find_program "${CHROMEDRIVER:-}" chromedriver) || chromedriver=
    [ -n "$chromium" ] && [ -n "$chromedriver" ]
}

# A browser without any font draws no text.
has_font() {
    [ "$(uname)" != Linux ] || [ -d /usr/share/fonts ]
}

fail() {
    printf 'setup: FAILED: %s\n' "$1" >&2
    shift
    printf '       %s\n' "$@" >&2
    exit 1
}

# What is missing, and what to do about it on this system.
explain() {
    local missing=''
    [ -n "$chromium" ] || missing="${CHROMIUM:-Chromium}"
    [ -n "$chromedriver" ] || missing="${missing:+$missing and }${CHROMEDRIVER:-chromedriver}"
    has_font || missing="${missing:+$missing and }a font"
    fail "missing for the browser tests: $missing. $1" \
        "Debian, as root:  apt-get install $debian_packages" \
        "Ubuntu:           Google Chrome from its own package and the chromedriver of the same version" \
        "Fedora, as root:  dnf install chromium chromedriver dejavu-sans-fonts" \
        "Arch, as root:    pacman -S chromium ttf-dejavu" \
        "macOS:            brew install --cask google-chrome chromedriver" \
        "Anywhere else, set CHROMIUM and CHROMEDRIVER to a browser and the driver of the same version."
}

is_debian() {
    [ -r /etc/os-release ] && grep -q '^ID=debian$' /etc/os-release && command -v apt-get >/dev/null
}

install_on_debian() {
    local said
    printf 'setup: installing %s\n' "$debian_packages"
    # shellcheck disable=SC2086 # the list is meant to be split
    said=$(apt-get update 2>&1 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $debian_packages 2>&1) ||
        explain "apt-get said: $(printf '%s' "$said" | grep '^E:' | tail -n 1)"
}

debian_packages="chromium chromium-driver fonts-dejavu-core"
if ! find_browser || ! has_font; then
    if [ -n "${CHROMIUM:-}${CHROMEDRIVER:-}" ]; then explain "It installs nothing when CHROMIUM or CHROMEDRIVER is set."
    elif ! is_debian; then explain "This script installs it on Debian only."
    elif [ "$(id -u)" -ne 0 ]; then explain "Only root may install it, and this is not root."
    fi
    install_on_debian
    find_browser || explain "apt-get installed $debian_packages, but not under these names."
fi
export CHROMIUM=$chromium CHROMEDRIVER=$chromedriver
printf 'setup: the browser tests use %s and %s\n' "$CHROMIUM" "$CHROMEDRIVER"
