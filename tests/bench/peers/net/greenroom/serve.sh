#!/bin/bash
# usage: serve.sh irc|echo <port> <threads>: runs the server in the foreground
# env: GREENROOM_BIN, the folder of greenroom's programs
cd "$(dirname "$0")" || exit 1
BIN=${GREENROOM_BIN:-../../../../../build/bench/bin}
if [ "$1" = irc ]; then
  exec "$BIN/greenroom_chat" --host 127.0.0.1 --port "$2" --max-clients 20000 --log-level error > /dev/null
fi
exec "$BIN/echo_server" "$2" "$3"
