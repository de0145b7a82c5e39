#!/usr/bin/env bash
# Measures taking and publishing of a stream beside DuckDB, which types the same records into Parquet: bench/streams/run.sh SHARED
#
# SHARED/fhir holds the maker of the records and the peer. Records are made once and kept in SCRATCH. EVENTS is 200,000 and ROUNDS 3 unless set.
set -euo pipefail

shared=$(cd "${1:?the folder with fhir/make_stream.py and fhir/peers.py}" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly scratch=${SCRATCH:-${XDG_CACHE_HOME:-$HOME/.cache}/carelake/bench-streams}
readonly venv="$scratch/venv" requirements=bench/streams/requirements.txt
readonly events=${EVENTS:-200000} rounds=${ROUNDS:-3}
readonly made="$scratch/events-$events" measure=${CARGO_TARGET_DIR:-$PWD/target}/release/examples/measure

# shellcheck source=tests/venv.sh
source tests/venv.sh

need_venv "$venv" "$requirements"
cargo build --release --locked -p carelake-streams --example measure
if [[ ! -f $made/stream.yaml ]]; then
  "$venv/bin/python" "$shared/fhir/make_stream.py" --seed 5 --items "$((events / 10))" --events "$events" --out "$made"
fi
# In turns, so that a slow minute of the machine falls on both.
for ((round = 1; round <= rounds; round++)); do
  echo "round $round"
  "$measure" "$made"
  "$venv/bin/python" "$shared/fhir/peers.py" stream "$made/shards"
done
