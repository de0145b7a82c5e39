# shellcheck shell=bash
# Sourced by scripts that run programs of Python.

# Makes a virtual environment anew when the requirements are not those it was made from: need_venv FOLDER REQUIREMENTS
need_venv() {
  if cmp -s "$2" "$1/requirements.txt" && "$1/bin/python" --version >/dev/null 2>&1; then
    return
  fi
  rm -rf "$1"
  mkdir -p "$(dirname "$1")"
  python3 -m venv "$1"
  "$1/bin/pip" install --quiet --disable-pip-version-check --requirement "$2"
  cp "$2" "$1/requirements.txt"
}
