#!/bin/sh
# Lets the standard input take the place of the file $1, with the permissions $3, once the copy is whole, which its SHA-256 $2 says,
# and on the disk. Otherwise leaves what is there.
umask 077
part=$(mktemp "$1.XXXXXX") || exit 1
trap 'rm -f "$part"' EXIT
cat >"$part" || exit 1
sum=$(sha256sum <"$part") || exit 1
[ "${sum%% *}" = "$2" ] || { echo "the copy has the SHA-256 ${sum%% *}, not $2" >&2; exit 1; }
chmod "$3" "$part" && sync "$part" && mv -f "$part" "$1"
