#!/bin/sh
# What make soak runs, in KINHUB_SOAK_MINUTES: journeys on the pairs of log and store that make test leaves out, at most a third of
# the time for all of them together, then the kill matrix with what is left. soak.sh BUILD-FOLDER
set -u
build=$1
minutes=${KINHUB_SOAK_MINUTES:-60}
begin=$(date +%s)
status=0
timeout "$((minutes * 20))" ctest --test-dir "$build" --output-on-failure --no-tests=error -L soak -E kill_matrix || status=1
[ "$status" = 0 ] || echo "soak: journeys failed, or took more than a third of $minutes minutes" >&2
left=$((minutes - ($(date +%s) - begin) / 60))
PYTHONDONTWRITEBYTECODE=1 KINHUB_BINARIES=$(cd "$build/bin" && pwd) KINHUB_SOURCE=$(pwd) \
  python3 tests/journey/kill_matrix.py --minutes "$left" --table "$build/kill_matrix.md" || status=1
exit $status
