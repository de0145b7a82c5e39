#!/usr/bin/env bash
# Measures loads beside other ways to read the same tables: bench/loads/run.sh SHARED [ENGINE.TABLE...]
#
# SHARED/loads holds the maker of the tables and the peers. PostgreSQL and MariaDB must be installed; servers of its own are started below
# /tmp, filled, and stopped. Without a table (postgres.results, mariadb.wide, …) all four are measured. ROWS is 2,000,000 and ROUNDS 3 unless
# set.
set -euo pipefail

shared=$(cd "${1:?the folder with loads/make_db.py and loads/peers}" && pwd)
shift
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly scratch=${SCRATCH:-${XDG_CACHE_HOME:-$HOME/.cache}/carelake/bench-loads}
readonly venv="$scratch/venv" requirements=bench/loads/requirements.txt
readonly carelake=${CARELAKE:-${CARGO_TARGET_DIR:-$PWD/target}/release/carelake}

# shellcheck source=tests/venv.sh
source tests/venv.sh

need_venv "$venv" "$requirements"
if [[ -z ${CARELAKE:-} ]]; then
  cargo build --release --locked -p carelake --features databases
fi
exec "$venv/bin/python" bench/loads/measure.py "$shared/loads" "$scratch" "$carelake" "$@"
