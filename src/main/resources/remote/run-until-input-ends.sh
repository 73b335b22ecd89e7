#!/bin/sh
# Runs the command $1 of the user's shell until it ends or the standard input does, which is when the connection breaks off or is
# closed: then all of its processes get SIGTERM. Signals by way of the protocol would reach nobody, for sshd takes none for root.
exec 3<&0 </dev/null
(read -r _ <&3; kill -TERM 0) >/dev/null 2>&1 &
watcher=$!
exec 3<&-
${SHELL:-sh} -c "$1"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"
