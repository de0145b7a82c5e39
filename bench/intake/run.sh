#!/usr/bin/env bash
# Measures intake beside other ways to read the same files: bench/intake/run.sh SHARED [INPUT...]
#
# SHARED/intake holds the generator of large files and the peers. Inputs are made once and kept in SCRATCH, which is
# ${XDG_CACHE_HOME:-~/.cache}/carelake/bench-intake unless set. Without an INPUT all are measured.
set -euo pipefail

shared=$(cd "${1:?the folder with intake/big.py and intake/peers}" && pwd)
shift
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly scratch=${SCRATCH:-${XDG_CACHE_HOME:-$HOME/.cache}/carelake/bench-intake}
readonly venv="$scratch/venv" requirements=bench/intake/requirements.txt
readonly carelake=${CARELAKE:-${CARGO_TARGET_DIR:-$PWD/target}/release/carelake}

# shellcheck source=tests/venv.sh
source tests/venv.sh

# The pages of the example, but for one: the large file of reef_people is not packed.
prepare_pages() {
  rm -rf "$scratch/partners"
  cp -r examples/partners "$scratch/partners"
  sed -i 's/\.ndjson\.gz/.ndjson/; s/, packed: gzip//' "$scratch/partners/feeds/reef_people.yaml"
}

need_venv "$venv" "$requirements"
prepare_pages
if [[ -z ${CARELAKE:-} ]]; then
  cargo build --release --locked -p carelake
fi
exec "$venv/bin/python" bench/intake/measure.py "$shared/intake" "$scratch" "$carelake" "$@"
