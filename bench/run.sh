#!/usr/bin/env bash
# Measures carelake beside DuckDB and Polars: bench/run.sh SHARED [SCALE] [ROUNDS]
#
# SHARED/bench holds the generator, the peers and the measuring script. Inputs, and what was measured as JSON, are kept in SCRATCH, which
# is ${XDG_CACHE_HOME:-~/.cache}/carelake/bench unless set.
set -euo pipefail

shared=$(cd "${1:?the folder with bench/generate.py and bench/measure.py}" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly scale=${2:-1} rounds=${3:-3}
readonly scratch=${SCRATCH:-${XDG_CACHE_HOME:-$HOME/.cache}/carelake/bench}
readonly venv="$scratch/venv" input="$scratch/input-$scale" output="$scratch/output"
readonly peers="$shared/bench/peers" results="$scratch/results.json"
readonly carelake="${CARGO_TARGET_DIR:-$PWD/target}/release/carelake"

# shellcheck source=tests/venv.sh
source tests/venv.sh

# Installs what the peers need, in the versions that they were measured with.
prepare_python() {
  local wanted="$scratch/requirements.txt"
  mkdir -p "$scratch"
  grep -E '^(duckdb|numpy|polars|pyarrow)==' "$shared/bench/requirements.txt" >"$wanted"
  need_venv "$venv" "$wanted"
}

generate() {
  if [[ -f $input/.complete ]]; then
    return
  fi
  "$venv/bin/python" "$shared/bench/generate.py" "$input" --scale "$scale" --dirty 0.002 --hard 0.002
  touch "$input/.complete"
}

# Measures one selection of datasets: measure TITLE DATASETS
#
# Every command begins without an output of its own and with a disk that has nothing left to write: the last one of a round sees to that.
# carelake waits until the disk has everything, and would wait for what the others left to be written later.
measure() {
  local title=$1 only=$2 engine
  local -a commands=()
  commands+=("carelake=$(quoted "$carelake" --config "$PWD/pipeline_config.yaml" --input "$input" --output "$output/carelake" run --accept-as-of --as-of 2026-11-01 --dataset "$only")")
  for engine in duckdb polars; do
    commands+=("$engine=$(quoted "$venv/bin/python" "$peers/${engine}_run.py" "$input" "$output/$engine" --only "$only")")
  done
  commands+=("cleaning=$(quoted bash -c "rm -rf ${output@Q} && mkdir ${output@Q} && sync")")
  local lines
  lines=$("$venv/bin/python" "$shared/bench/measure.py" --rounds "$rounds" "${commands[@]}")
  printf '%s\n' "$lines" >>"$results"
  printf '\n'
  python3 bench/table.py "$title, scale $scale, $rounds rounds" <<<"$lines"
}

quoted() {
  printf '%q ' "$@"
}

prepare_python
cargo build --release --locked -p carelake
generate
rm -rf "$output"
mkdir -p "$output"
: >"$results"
sync
measure 'clinicians' clinicians
measure 'all five datasets' clinicians,practices,providers,enrollments,hospitals
rm -rf "$output"
printf '\nlines of JSON: %s\n' "$results"
