#!/bin/sh
# Messages and pins, sourced by every script here. Messages go to stderr, as stdout is for results.

. "${here:?}/pins"

say() { echo "native-builder: $*" >&2; }

die() {
  say "$*"
  exit 1
}

# step DESCRIPTION COMMAND...: runs the command, its output on stderr, and says how long it took.
step() {
  description=$1
  shift
  step_started=$(date +%s)
  say "$description ..."
  "$@" >&2
  say "$description: $(($(date +%s) - step_started)) s"
}

is_installed() { [ "$(dpkg-query -W -f '${Status}' "$1" 2> /dev/null)" = 'install ok installed' ]; }

# install PACKAGE...: installs Debian packages, as root.
install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" > /dev/null; }
