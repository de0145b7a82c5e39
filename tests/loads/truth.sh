#!/usr/bin/env bash
# Checks loads against databases whose right answer is known: tests/loads/truth.sh SHARED [SEED...]
#
# SHARED holds loads/: a generator of databases with their truth, and a comparison. truth.py says what is done.
set -euo pipefail

shared=$(cd "${1:?the folder with loads}" && pwd)
shift
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly VENV="${XDG_CACHE_HOME:-$HOME/.cache}/carelake/venv-loads"
readonly REQUIREMENTS=tests/loads/requirements.txt
carelake=$(realpath "${CARELAKE:-${CARGO_TARGET_DIR:-target}/debug/carelake}")

# shellcheck source=tests/venv.sh
source tests/venv.sh
need_venv "$VENV" "$REQUIREMENTS"
exec env PYTHONDONTWRITEBYTECODE=1 "$VENV/bin/python" tests/loads/truth.py "$carelake" "$shared" "$@"
