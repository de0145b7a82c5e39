#!/usr/bin/env bash
# Checks intake against partners whose right answer is known: tests/intake/truth.sh SHARED
#
# SHARED holds intake/: a generator of feeds with their truth, a comparison, hostile files. Each set is delivered in its order, then in
# another order, doubled and with the process killed on the way. Prints a line per check; the exit status is 1 when one failed.
set -euo pipefail

shared=$(cd "${1:?the folder with intake}" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly VENV="${XDG_CACHE_HOME:-$HOME/.cache}/carelake/venv-intake"
readonly REQUIREMENTS=tests/intake/requirements.txt
readonly CONFIG=examples/partners/pipeline_config.yaml
readonly KILLS=${KILLS:-6}
carelake=$(realpath "${CARELAKE:-${CARGO_TARGET_DIR:-target}/debug/carelake}")

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0
failed=0

# Judges a command by its exit status: try NAME COMMAND...
try() {
  local name=$1 log
  shift
  log=$(mktemp -p "$scratch")
  if "$@" >"$log" 2>&1; then
    printf 'ok      %s\n' "$name"
    passed=$((passed + 1))
  else
    printf 'FAILED  %s\n' "$name"
    tail -n 20 "$log" | sed 's/^/        /'
    failed=$((failed + 1))
  fi
}

# shellcheck source=tests/venv.sh
source tests/venv.sh

# Calls a verb of intake on a lake: intake LAKE ARGUMENTS...
intake() {
  local lake=$1
  shift
  "$carelake" --config "$CONFIG" --input "$lake/input" --output "$lake/output" intake "$@"
}

# Compares what a lake serves with the truth of a set: same LAKE SET [--counts]
same() {
  local lake=$1 set=$2
  local -a also=()
  if [[ ${3:-} == --counts ]]; then
    intake "$lake" accounts --json >"$lake/counts.jsonl"
    intake "$lake" rejected --json >"$lake/rejects.jsonl"
    also=(--counts "$lake/counts.jsonl" --rejects "$lake/rejects.jsonl")
  fi
  python "$shared/intake/compare.py" "$lake/output" "$set/truth" "${also[@]}"
}

# Delivers a list, whatever becomes of it, and keeps the answers: deliver LAKE ARRIVALS
deliver() {
  mkdir -p "$1"
  intake "$1" run --arrivals "$2" --json >"$1/answers.jsonl" || true
}

in_order() {
  deliver "$2" "$1/arrivals.jsonl"
  python tests/intake/answers.py "$1/arrivals.jsonl" "$2/answers.jsonl"
}

# Delivers a list in another order while the process is killed again and again: killed SET LAKE
killed() {
  local set=$1 lake=$2 kill
  mkdir -p "$lake"
  python tests/intake/disorder.py "$set/arrivals.jsonl" "$set/disorder.jsonl" 5
  for ((kill = 1; kill <= KILLS; kill++)); do
    intake "$lake" run --arrivals "$set/disorder.jsonl" --json >/dev/null 2>&1 &
    sleep "$((kill + RANDOM % 3)).$((RANDOM % 10))"
    kill -KILL $! 2>/dev/null || true
    wait $! 2>/dev/null || true
  done
  deliver "$lake" "$set/disorder.jsonl"
}

main() {
  local seed set
  need_venv "$VENV" "$REQUIREMENTS"
  PATH="$VENV/bin:$PATH"
  for seed in 1 7; do
    set="$scratch/seed-$seed"
    try "generating seed $seed" python "$shared/intake/make_feeds.py" --seed "$seed" --persons 2000 --out "$set"
    try "seed $seed: each arrival is what it is expected to be" in_order "$set" "$scratch/lake-$seed"
    try "seed $seed: state, counts and rejected rows equal the truth" same "$scratch/lake-$seed" "$set" --counts
  done
  try 'another order, doubled, and killed on the way' killed "$scratch/seed-1" "$scratch/killed"
  try 'the state is the same' same "$scratch/killed" "$scratch/seed-1"
  try 'generating hostile files' python "$shared/intake/nasty.py" "$scratch/nasty"
  try 'each hostile file ends as it should' python tests/intake/hostile.py "$scratch/nasty" "$carelake" "$scratch/hostile"
  printf '%d checks passed, %d failed\n' "$passed" "$failed"
  ((failed == 0))
}

main
