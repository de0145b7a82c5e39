#!/usr/bin/env bash
# Checks carelake against an independent implementation and real excerpts: tests/acceptance.sh SHARED
#
# SHARED holds bench/ (generator, oracle, comparison), data/ (excerpts of published files) and asl-cases/ (recorded
# executions). Prints a line per check; the exit status is 1 when one failed.
set -euo pipefail

shared=$(cd "${1:?the folder with bench, data and asl-cases}" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly AS_OF=2026-11-01
readonly SCALE=${SCALE:-0.05}
readonly DRIFT_EXIT_CODE=12
# The required columns that the cut file lacks.
readonly -a CUT_COLUMNS=(enrollment_id last_name)
readonly VENV="${XDG_CACHE_HOME:-$HOME/.cache}/carelake/venv-acceptance"
readonly data="$shared/data"
carelake=${CARELAKE:-${CARGO_TARGET_DIR:-target}/debug/carelake}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0
failed=0

pass() {
  printf 'ok      %s\n' "$1"
  passed=$((passed + 1))
}

# Tells of a check that failed, with the end of its log: flunk NAME LOG
flunk() {
  printf 'FAILED  %s\n' "$1"
  tail -n 15 "$2" | sed 's/^/        /'
  failed=$((failed + 1))
}

# Judges a command by its exit status: try NAME COMMAND...
try() {
  local name=$1 log
  shift
  log=$(mktemp -p "$scratch")
  if "$@" >"$log" 2>&1; then pass "$name"; else flunk "$name" "$log"; fi
}

# shellcheck source=tests/venv.sh
source tests/venv.sh

# Installs what the oracle needs.
prepare_python() {
  local wanted="$scratch/requirements.txt"
  grep -E '^(duckdb|numpy|polars|pyarrow)==' "$shared/bench/requirements.txt" >"$wanted"
  need_venv "$VENV" "$wanted"
}

# The excerpts are chosen for their oddities: half of a file of 800 rows may be refused rightly, where a national file
# with one refused row in a hundred must stop; and that of 2021 has no row with a practice. What is refused is compared
# with the oracle all the same: a row refused or accepted wrongly is a row too few or too many.
write_wide_config() {
  local -a edits=(-e 's/max_reject_ratio: 0.25/max_reject_ratio: 1/')
  local dataset
  for dataset in clinicians practices providers enrollments; do
    edits+=(-e "s/^  $dataset:\$/&\n    max_reject_ratio: 1\n    min_rows: 0/")
  done
  sed "${edits[@]}" pipeline_config.yaml >"$scratch/wide.yaml"
}

# Runs both implementations and compares them: compare NAME CONFIG INPUT ONLY [--source NAME=FILE]...
compare() {
  local name=$1 config=$2 input=$3 only=$4
  local folder="$scratch/$name"
  shift 4
  mkdir -p "$folder"
  "$carelake" --config "$config" --input "$input" --output "$folder/carelake" run --accept-as-of --as-of "$AS_OF" --accept-loss --dataset "$only" "$@" &&
    python "$shared/bench/oracle_duckdb.py" "$input" "$folder/oracle" --as-of "$AS_OF" --only "$only" "$@" &&
    python "$shared/bench/compare.py" "$folder/oracle" "$folder/carelake" --only "$only"
}

check_synthetic() {
  try "generating scale $SCALE" python "$shared/bench/generate.py" "$scratch/input" --scale "$SCALE" --dirty 0.002 --hard 0.002
  try 'leaving out bytes that only the oracle minds' leave_out_unused_bytes "$scratch/input"
  try "scale $SCALE with dirt equals the oracle" \
    compare synthetic pipeline_config.yaml "$scratch/input" clinicians,practices,providers,enrollments,hospitals
  rm -rf "$scratch/input" "$scratch/synthetic"
}

# The oracle refuses a row for an undecodable byte in any column, carelake for one in a column that it reads. In these two files the
# generator writes it into a column that nobody reads. And a rating that was written as a fraction is null for the oracle, and mended here.
leave_out_unused_bytes() {
  python - "$1" <<'PYTHON'
import pathlib
import re
import sys

for pattern in ("Hospital_Enrollments_*.csv", "Revocation_Extract_*.csv"):
    for file in pathlib.Path(sys.argv[1]).glob(pattern):
        file.write_bytes(file.read_bytes().replace(b"\x81", b""))
for file in pathlib.Path(sys.argv[1]).glob("Hospital_General_Information*.csv"):
    file.write_bytes(re.sub(rb'(?<=[,"])(\d)\.0(?=[,"\r\n])', rb"\1", file.read_bytes()))
PYTHON
}

check_layouts() {
  local wide="$scratch/wide.yaml" none="$scratch/none" layout release
  local -a ppef old enrolled
  mkdir -p "$none"
  ppef=(--source "ppef_enrollment=$data/ppef/ppef_enrollment_2025_layout.csv"
    --source "ppef_practice_location=$data/ppef/ppef_practice_location_2025_layout.csv"
    --source "ppef_secondary_specialty=$data/ppef/ppef_secondary_specialty_2025_layout.csv"
    --source "ppef_reassignment=$data/ppef/PPEF_Reassignment_Extract_2024.10.07_excerpt.csv"
    --source "ppef_additional_npis=$data/ppef/PPEF_Additional_NPIs_2026.07.17_excerpt.csv")
  old=("${ppef[@]:6}"
    --source "ppef_enrollment=$data/ppef/PPEF_Enrollment_Extract_2024.10.07_excerpt.csv"
    --source "ppef_practice_location=$data/ppef/PPEF_Practice_Location_Extract_2024.10.07_excerpt.csv"
    --source "ppef_secondary_specialty=$data/ppef/PPEF_Secondary_Specialty_Extract_2024.10.07_excerpt.csv")
  enrolled=(--source "hospital_enrollments=$data/hospital_enrollments/hospital_enrollments_excerpt.csv")
  for layout in dac_2017_layout dac_2021_header_leading_spaces dac_2026_layout; do
    try "$layout equals the oracle" compare "$layout" "$wide" "$none" clinicians,practices,providers \
      --source "dac=$data/dac/$layout.csv" "${ppef[@]}"
  done
  try 'ppef_2025_layout equals the oracle' compare ppef_2025 "$wide" "$none" enrollments "${ppef[@]}"
  try 'ppef_2024_excerpt equals the oracle' compare ppef_2024 "$wide" "$none" enrollments "${old[@]}"
  for release in hgi_2015_embedded_newlines hgi_2026_clean hgi_2026_excel_damaged; do
    try "$release equals the oracle" compare "$release" "$wide" "$none" hospitals \
      --source "hospital_general_information=$data/hospital/$release.csv" "${enrolled[@]}"
  done
  try 'clean and damaged hospitals are equal' python "$shared/bench/compare.py" \
    "$scratch/hgi_2026_clean/carelake" "$scratch/hgi_2026_excel_damaged/carelake" --only hospitals
}

# The Maine file was cut to its first columns: it must be refused, and every required column that is gone be named.
check_cut_file() {
  local log="$scratch/cut.log" status=0
  "$carelake" --input "$scratch/none" --output "$scratch/cut" run --accept-as-of --as-of "$AS_OF" --dataset clinicians \
    --source "dac=$data/dac/dac_maine_2026_cut_columns_blank_tail.csv" >"$log" 2>&1 || status=$?
  if ((status == DRIFT_EXIT_CODE)); then pass "the cut file is refused with exit code $status"; else
    echo "exit code $status" >>"$log"
    flunk "the cut file is refused with exit code $DRIFT_EXIT_CODE" "$log"
  fi
  try 'the cut file is refused by the names of its missing columns' named_in "$log" "${CUT_COLUMNS[@]}"
}

# Returns whether every word is in a file: named_in FILE WORD...
named_in() {
  local file=$1 word status=0
  shift
  for word in "$@"; do
    grep -qw -- "$word" "$file" || { echo "does not name $word" && status=1; }
  done
  ((status == 0)) || { cat "$file" && return 1; }
}

check_recorded_executions() {
  if ! "$carelake" help asl >/dev/null 2>&1; then
    printf 'FAILED  recorded executions: this build has no verb asl\n'
    failed=$((failed + 1))
    return
  fi
  try 'recorded executions replay as AWS ran them' replays "$shared/asl-cases"
}

# Returns whether every case passes that is not listed as a known difference.
replays() {
  "$carelake" --json asl replay "$1" >"$scratch/replay.json" && return
  python - "$scratch/replay.json" statemachine/known-differences.txt <<'PYTHON'
import json
import sys

found = json.load(open(sys.argv[1]))
known = {line.split("#")[0].strip() for line in open(sys.argv[2])}
new = [case for case in found["failed"] if case["name"] not in known]
for case in new:
    print(f"{case['name']}: {case['difference']}")
if new or not found["passed"]:
    sys.exit(1)
PYTHON
}

prepare_python
PATH="$VENV/bin:$PATH"
[[ -n ${CARELAKE:-} ]] || cargo build --locked -p carelake
write_wide_config
check_synthetic
check_layouts
check_cut_file
check_recorded_executions
printf '%d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
