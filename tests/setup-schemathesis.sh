#!/usr/bin/env bash
# Installs schemathesis, which tests the REST interface against its own document, into target/tools/schemathesis.
#
# tests/schemathesis.txt pins it and what it needs. Where there is no Python or no way to the package index, the test is
# left out, and this script says so; in CI (the variable CI is set) that is a failure.
set -eu
cd "$(dirname "$0")/.."

venv=target/tools/schemathesis
pins=tests/schemathesis.txt
# The pins that were installed, once all of them are: a run cut short leaves none behind.
stamp=$venv/installed.txt

say() { printf 'setup: %s\n' "$*"; }

# leave_out WHY...
leave_out() {
    printf 'setup: the REST document is not tested: %s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '       %s\n' "$@" >&2
    [ -z "${CI:-}" ] || exit 1
    exit 0
}

has_python() {
    python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null
}

install_python_on_debian() {
    [ -r /etc/os-release ] && grep -q '^ID=debian$' /etc/os-release && [ "$(id -u)" -eq 0 ] || return 1
    say "installing Debian's python3-venv"
    apt-get update >/dev/null 2>&1 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3 python3-venv >/dev/null 2>&1
}

if cmp -s "$pins" "$stamp" && "$venv/bin/schemathesis" --version >/dev/null 2>&1; then
    say "$venv is up to date"
    exit 0
fi
has_python || install_python_on_debian || leave_out "it needs Python 3.10 or newer with venv (python3)" \
    "Debian, as root:  apt-get install python3-venv"
say "installing schemathesis into $venv"
rm -rf "$venv"
said=$(python3 -m venv "$venv" 2>&1) || leave_out "python3 -m venv said: $(printf '%s' "$said" | tail -n 1)"
said=$("$venv/bin/pip" install --quiet --no-input --disable-pip-version-check -r "$pins" 2>&1) ||
    leave_out "pip said: $(printf '%s' "$said" | tail -n 1)"
cp "$pins" "$stamp"
say "installed $("$venv/bin/schemathesis" --version)"
