#!/bin/sh
# What a host says of itself, a line each: its system and processor; "root" or "sudo" if the user may become root, else the user's
# name; "package" if the Debian package is installed, whose file $3 is, else the SHA-256 of the program $1, else "jvm" if the JVM
# build is installed, in the directory $2.
uname -sm
if [ "$(id -u)" = 0 ]; then echo root; elif sudo -n true 2>/dev/null; then echo sudo; else id -un; fi
if [ -e "$3" ]; then echo package; elif [ -e "$1" ]; then sha256sum <"$1"; elif [ -e "$2" ]; then echo jvm; fi
