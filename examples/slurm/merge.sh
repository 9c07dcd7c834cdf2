#!/bin/sh
# Says what the shards of a night have come to.
exec "${EVDIFF:-evdiff}" batch "$1" --merge --report "text=$1.txt" --quiet
