#!/bin/bash
# greenroom beside its peers, in turns: ratios.py for the benchmarks of budgets.tsv that greenroom has and whose
# names match the pattern, and net/compare.sh for those of the network: irc..., echo..., idle_echo, or net for all.
# usage: compare.sh <folder of greenroom's programs> [pattern]     env GREENROOM_ROUNDS (5), GREENROOM_SCALE (1)
BIN=$1 PATTERN=${2:-.}
ROUNDS=${GREENROOM_ROUNDS:-5}
cd "$(dirname "$0")" || exit 1
status=0
names=$("$BIN/greenroom_bench" --list | grep -E -- "$PATTERN" | grep -Fx -f <(grep -v '^#' budgets.tsv | cut -f 1) | tr '\n' ' ')
if [ -n "$names" ]; then
  ./ratios.py --rounds "$ROUNDS" --scale "${GREENROOM_SCALE:-1}" --only "$names" -- "$BIN/greenroom_bench" || status=1
fi
network=$(printf '%s\n' net/irc_500x10 net/irc_500x10_rate1000 net/irc_2000x50 net/echo_pin_c64 net/idle_echo |
  grep -E -- "$PATTERN" | sed 's:^net/::' | tr '\n' ' ')
if [ -n "$network" ]; then
  ONLY=$network ./net/compare.sh "$BIN" "$ROUNDS" || status=1
fi
if [ -z "$names$network" ]; then echo "no benchmark of budgets.tsv matches '$PATTERN'" >&2; exit 2; fi
exit $status
