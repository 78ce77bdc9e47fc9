#!/bin/sh
# What make soak runs, in KINHUB_SOAK_MINUTES, with new seeds that are printed (KINHUB_SEED=N: with that one). First randomised tests in
# memory, and populations beside the reference model for a twentieth of the time. Then the log and the relay on another release of Kafka;
# journeys on the pairs of log and store that make test leaves out and faults many times, two at a time because they mostly wait; at most
# three quarters of the time for these. Then the kill matrix with what is left, the pairs on the embedded log beside those on Kafka: a hub
# that was killed mostly waits for its servers. The tables are BUILD/kill_matrix.md. Last, and beyond these minutes, a county of 100,000 people and three
# years beside the reference model (KINHUB_SOAK_FAMILIES=N: of another size). soak.sh BUILD-FOLDER
set -u
build=$1
minutes=${KINHUB_SOAK_MINUTES:-60}
begin=$(date +%s)
status=0
export KINHUB_SEED="${KINHUB_SEED:-new}"
timeout "$((minutes * 6))" ctest --test-dir "$build" --output-on-failure --no-tests=error -j 2 -L '^(unit|property)$' || { status=1
  echo "soak: units or properties failed" >&2; }
PYTHONDONTWRITEBYTECODE=1 KINHUB_BINARIES=$(cd "$build/bin" && pwd) KINHUB_SOURCE=$(pwd) \
  python3 tests/reference/populations.py --vary --minutes "$((minutes / 20 + 1))" || { status=1
  echo "soak: populations differ from the reference model" >&2; }
# librdkafka 2.0.2 cannot log in to Kafka 4 by SCRAM (docs/kafka.md).
KINHUB_KAFKA_VERSION=4.3.1 GTEST_FILTER='-SecureKafkaTest.LogsInByEveryMechanismOverTls:SecureKafkaTest.LogsInByScramWithoutTls' \
  timeout 600 ctest --test-dir "$build" --output-on-failure --no-tests=error -R '^(contract_event_log|contract_relay|journey_samples_kafka_postgres)$' || { status=1
  echo "soak: not everything is right on Kafka 4.3.1" >&2; }
timeout "$((minutes * 45))" ctest --test-dir "$build" --output-on-failure --no-tests=error -j 2 -L soak -E kill_matrix || { status=1
  echo "soak: journeys failed, or took more than three quarters of $minutes minutes" >&2; }

matrix() { # LOG: half of all that is asked for
  PYTHONDONTWRITEBYTECODE=1 KINHUB_BINARIES=$(cd "$build/bin" && pwd) KINHUB_SOURCE=$(pwd) \
    python3 tests/journey/kill_matrix.py --pairs "$1-sqlite,$1-postgres" --random 250 --live 100 \
    --minutes "$((minutes - ($(date +%s) - begin) / 60))" --table "$build/kill_matrix_$1.md"
}
matrix embedded > "$build/kill_matrix_embedded.log" 2>&1 &
embedded=$!
matrix kafka || status=1
wait "$embedded" || status=1
cat "$build/kill_matrix_embedded.log"
cat "$build/kill_matrix_embedded.md" "$build/kill_matrix_kafka.md" > "$build/kill_matrix.md" || status=1
# Its size and not its time is what is asked for, so it comes on top of the minutes, on both stores side by side.
counties() {
  for store in sqlite postgres; do
    PYTHONDONTWRITEBYTECODE=1 KINHUB_BINARIES=$(cd "$build/bin" && pwd) KINHUB_SOURCE=$(pwd) timeout 14400 \
      python3 tests/reference/county.py --families "${KINHUB_SOAK_FAMILIES:-31000}" --store "$store" > "$build/county_$store.log" 2>&1 &
    eval "$store=\$!"
  done
  wait "$sqlite" || counties_differ=1
  wait "$postgres" || counties_differ=1
}
counties_differ=0
counties
cat "$build/county_sqlite.log" "$build/county_postgres.log"
test "$counties_differ" = 0 || { status=1
  echo "soak: a county differs from the reference model, or took more than four hours" >&2; }
exit $status
