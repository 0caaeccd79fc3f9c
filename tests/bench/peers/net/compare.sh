#!/bin/bash
# The chat beside ngircd, inspircd and the hand-written limit, and the echo server beside the limit: in every
# round every server once.  Prints the medians, the ratios taken round by round, and whether they are as asked.
# usage: compare.sh <folder of greenroom's programs> [rounds=3]     env ONLY="benchmark ...", and common/suite.sh
export GREENROOM_BIN=$1
ROUNDS=${2:-3}
cd "$(dirname "$0")" || exit 1
for p in load limit irc; do ./$p/build.sh >&2 || { echo "BUILD FAILED: $p" >&2; exit 1; }; done
out=$(mktemp)
trap 'rm -f "$out"' EXIT
ALL=${ONLY:-irc_500x10 irc_500x10_rate1000 irc_2000x50 echo_pin_c64 idle_echo}
for r in $(seq 1 "$ROUNDS"); do
  for b in $ALL; do
    for p in limit greenroom irc; do ONLY=$b ./$p/run.sh | tee -a "$out" >&2; done
  done
  echo "round $r of $ROUNDS done" >&2
done
./summary.py "$out"
