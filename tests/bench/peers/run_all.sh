#!/bin/bash
# Rebuilds and reruns every peer that needs only Debian packages:
#   erlang-base golang-go librust-tokio-dev cargo rustc libboost-fiber-dev
#   python3-uvloop [libmimalloc2.0]
# Prints one line per result: "peer benchmark value unit".
# usage: run_all.sh [reps]     env: SCALE (divides the sizes, default 1), PEERS (default: all of them), WORKERS (default 2)
cd "$(dirname "$0")" || exit 1
REPS=${1:-1}
PEERS=${PEERS:-boost go erlang tokio python}
export SCALE=${SCALE:-1} WORKERS=${WORKERS:-2}
for p in $PEERS; do
  [ -x "$p/build.sh" ] || continue
  "./$p/build.sh" >&2 || { echo "BUILD FAILED: $p" >&2; exit 1; }
done
MI=/usr/lib/x86_64-linux-gnu/libmimalloc.so.2.0
for r in $(seq 1 "$REPS"); do
  for p in $PEERS; do
    "./$p/run.sh" | sed -E "s/_w[0-9]+ / /"
    if [ "$p" = tokio ] && [ -f $MI ]; then PRELOAD=$MI ./tokio/run.sh | sed -E "s/_w[0-9]+ / /; s/^tokio /tokio+mimalloc /"; fi
  done
done
