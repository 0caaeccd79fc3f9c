#!/bin/bash
PEER=greenroom RUNS="echo_c64 echo_c512 echo_pin_c64 idle_echo irc_500x10 irc_2000x50 irc_500x10_rate1000"
IRC_BATCH=${IRC_BATCH:-500}
. "$(dirname "$0")/../common/suite.sh"; suite
