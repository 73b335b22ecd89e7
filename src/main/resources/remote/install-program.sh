#!/bin/sh
# Lets the program $1 install itself, with the options after $2, from another place if programs may not be run from where it is. One
# that is broken, or older than this, is installed by the program $2, which is there.
program=$1
runner=$1
installed=$2
shift 2
trap '' HUP TERM
if [ ! -x "$program" ]; then
  runner=$(mktemp "$installed.XXXXXX") || exit 1
  trap 'rm -f "$runner"' EXIT
  install -m 0755 "$program" "$runner" || exit 1
fi
for each in "$runner" "$installed"; do
  case $("$each" install --help 2>/dev/null) in
    *--root*) "$each" install --binary "$program" "$@"; exit ;;
  esac
done
words=$("$runner" --version 2>&1) && words='it can not install itself, nor can what is installed'
echo "the program does not run there: $words" >&2
exit 1
