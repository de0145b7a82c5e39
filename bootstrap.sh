#!/usr/bin/env bash
# Sets carelake up on this machine: `local` builds it and runs it on a sample, `test` runs every check. `help` says more.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly SAMPLE_ROWS=200000
# Minutes of one processor that a release build of everything takes: 9 min 17 s were measured with two.
readonly FIRST_BUILD_MINUTES=18
readonly NEXTEST_VERSION=0.9.143 DENY_VERSION=0.20.2 FUZZ_VERSION=0.13.2 DYNALITE_VERSION=4.0.0
readonly CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/carelake"
readonly VENV="$CACHE/venv"
readonly TARGET="${CARGO_TARGET_DIR:-$PWD/target}"
# Where tests look for the servers that stand for AWS.
readonly AWS_VENV="$TARGET/venv-aws"
# What a laptop does not need and a build may have: features of the command.
readonly -a PARTS=(aws databases)
readonly -a SCRIPTS=(bootstrap.sh cdk/deploy.sh .ci/run tests/venv.sh tests/acceptance.sh tests/intake/truth.sh tests/loads/truth.sh bench/run.sh bench/intake/run.sh bench/loads/run.sh bench/streams/run.sh)

assume_yes=false
dry_run=false
room=''
names=()
environment=''
email=''
artifacts=''
step='starting'
passed=()

usage() {
  cat <<'TEXT'
Usage: ./bootstrap.sh COMMAND [--yes]

  local [PART...]        build carelake, write a synthetic sample into ./input if the folder is empty, run every dataset; with the
                         part `aws` it also reaches environments on AWS, with `databases` it loads tables of servers; each has more
                         libraries to build
  test [ROOM]            install what the tests need and run every check; of one room, a folder of jobs/, its own checks only
  deploy ENV EMAIL       create or update an environment on AWS, and tell EMAIL of its runs
    --dry-run            show what would change, and change nothing
    --room ROOM          of one room only; the other rooms and what they share stay as they are
  teardown ENV           delete an environment; says what it deletes and what it keeps, and asks
  schedule               print a systemd unit and timer, and a crontab line, that run carelake every month from here
  fuzz SECONDS           throw texts at each reader of files for so long; what breaks one is kept in fuzz/artifacts
  help                   print this

  --yes   install what is missing, and delete what teardown names, without asking

Examples:
  ./bootstrap.sh test clinicians
  ./bootstrap.sh deploy dev oncall@example.org --dry-run
  ./bootstrap.sh deploy dev oncall@example.org --room monthly
  AWS_PROFILE=prod ./bootstrap.sh deploy prod oncall@example.org

CARGO_TARGET_DIR, when set, is where builds are kept.
TEXT
}

heading() {
  step=$1
  printf '\n== %s\n' "$step"
}

fail() {
  printf 'bootstrap: %s\n' "$*" >&2
  exit 1
}

report_failure() {
  local status=$?
  if ((status != 0)); then
    printf '\nbootstrap: failed at: %s\n' "$step" >&2
  fi
}

has() {
  command -v "$1" >/dev/null 2>&1
}

# Returns whether to do what is asked about. Without a terminal and without --yes nothing is installed.
agreed() {
  local answer
  if $assume_yes; then
    return 0
  fi
  if [[ ! -t 0 ]]; then
    return 1
  fi
  read -r -p "$1 [y/N] " answer
  [[ $answer == [yY]* ]]
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  else
    sudo "$@"
  fi
}

# Prints the command that installs packages here: install_command APT DNF BREW
install_command() {
  local sudo=''
  if ((EUID != 0)); then
    sudo='sudo '
  fi
  if has apt-get; then
    echo "${sudo}apt-get install -y $1"
  elif has dnf; then
    echo "${sudo}dnf install -y $2"
  elif has brew; then
    echo "brew install $3"
  else
    echo "install $1 with this system's package manager"
  fi
}

# Installs packages that are missing: install_packages WHY APT DNF BREW
install_packages() {
  local why=$1 command
  local -a packages
  shift
  command=$(install_command "$@")
  if ! { has apt-get || has dnf || has brew; } || { ((EUID != 0)) && ! has sudo && ! has brew; }; then
    fail "$why is missing; type: $command"
  fi
  agreed "$why is missing. Run '$command'?" || fail "$why is missing; type: $command"
  if has apt-get; then
    read -ra packages <<<"$1"
    as_root apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q "${packages[@]}"
  elif has dnf; then
    read -ra packages <<<"$2"
    as_root dnf install -y -q "${packages[@]}"
  else
    read -ra packages <<<"$3"
    brew install --quiet "${packages[@]}"
  fi
}

need_c_compiler() {
  has cc && return
  if [[ $(uname) == Darwin ]]; then
    fail 'a C compiler is missing; type: xcode-select --install'
  fi
  install_packages 'a C compiler (SQLite is built with it)' 'gcc libc6-dev' 'gcc glibc-devel' gcc
}

need_rust() {
  if [[ -d $HOME/.cargo/bin ]]; then
    PATH="$HOME/.cargo/bin:$PATH"
  fi
  has rustup || install_rustup
  # rustup reads rust-toolchain.toml and fetches the toolchain with its components, once.
  rustc --version >/dev/null || rustup toolchain install
  rustc --version || fail "the toolchain of rust-toolchain.toml cannot be had; type: rustup toolchain install"
}

install_rustup() {
  if has apt-cache && apt-cache show rustup >/dev/null 2>&1; then
    install_packages rustup rustup rustup rustup
    return
  fi
  local command="curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --no-modify-path --profile minimal"
  has curl || install_packages curl 'curl ca-certificates' curl curl
  agreed "rustup is missing. Run \"$command\"?" || fail "rustup is missing; type: $command"
  bash -o pipefail -c "$command" || fail "rustup cannot be fetched from here; see https://rustup.rs"
  PATH="$HOME/.cargo/bin:$PATH"
}

# Installs a tool from crates.io unless this version of it is there: need_cargo_tool NAME VERSION
need_cargo_tool() {
  local tool="cargo-$1@$2" found
  found=$(cargo "$1" --version 2>/dev/null) || found=''
  if [[ $found == "cargo-$1 $2" || $found == "cargo-$1 $2 "* ]]; then
    return
  fi
  local command="cargo install --locked $tool"
  agreed "$tool is missing. Run '$command'?" || fail "$tool is missing; type: $command"
  $command
}

need_python() {
  if has python3 && python3 -c 'import ensurepip, venv' 2>/dev/null; then
    return
  fi
  install_packages 'Python with venv' 'python3 python3-venv' python3 python
}

# Tests of databases start servers of their own. They know where Debian puts them; elsewhere they say that they were passed over.
need_database_servers() {
  if ! has apt-get || { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null && [[ -x /usr/sbin/mariadbd ]]; }; then
    return 0
  fi
  install_packages 'PostgreSQL and MariaDB' 'postgresql mariadb-server' '' ''
}

# Pages are looked at in a real browser. Where there is no package of one, CHROMIUM names what is there.
need_browser() {
  [[ -x ${CHROMIUM:-/usr/bin/chromium} ]] || install_packages Chromium 'chromium fonts-dejavu-core' chromium chromium
}

# shellcheck source=tests/venv.sh
source tests/venv.sh
# shellcheck source=cdk/deploy.sh
source cdk/deploy.sh

need_build_tools() {
  heading 'what the build needs'
  need_c_compiler
  need_rust
}

need_test_tools() {
  heading 'what the tests need'
  has shellcheck || install_packages shellcheck shellcheck ShellCheck shellcheck
  has valgrind || install_packages valgrind valgrind valgrind valgrind
  need_database_servers
  need_browser
  need_python
  need_cargo_tool nextest "$NEXTEST_VERSION"
  need_cargo_tool deny "$DENY_VERSION"
  need_venv "$VENV" tests/requirements.txt
  need_venv "$AWS_VENV" tests/aws-requirements.txt
  need_node
  # A server of DynamoDB that leaves keys of a request unprocessed, as DynamoDB does; the others never do.
  [[ -d "$AWS_VENV/node_modules/dynalite" ]] || npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$AWS_VENV" "dynalite@$DYNALITE_VERSION"
}

write_sample_if_empty() {
  local input="${CARELAKE_INPUT:-input}"
  # What is hidden is no input: a sample that was interrupted may have left an unfinished file.
  if [[ -d $input && -n $(ls "$input") ]]; then
    printf '%s has files already; they are used as they are\n' "$input"
    return
  fi
  "$1" sample --rows "$SAMPLE_ROWS"
}

# Prints what runs carelake every month on this machine; docs/scheduling.md says how it is put in place.
print_schedule() {
  local carelake="$TARGET/release/carelake" config="$PWD/pipeline_config.yaml"
  cat <<TEXT
# /etc/systemd/system/carelake.service
[Unit]
Description=carelake: the monthly run
OnFailure=carelake-failed.service

[Service]
Type=oneshot
User=$(id -un)
WorkingDirectory="$PWD"
ExecStart="$carelake" run --trigger schedule --config "$config"

# /etc/systemd/system/carelake-failed.service
# A run that was killed cannot tell: doctor closes it, sends its notice, and leaves in the journal what is to be mended.
[Unit]
Description=carelake: what a failed run left

[Service]
Type=oneshot
User=$(id -un)
WorkingDirectory="$PWD"
ExecStart="$carelake" doctor --config "$config"
SuccessExitStatus=1

# /etc/systemd/system/carelake.timer
# CMS publishes in the first half of a month. Persistent: a machine that was off then runs when it is on again.
[Unit]
Description=carelake: every month

[Timer]
OnCalendar=*-*-20 06:00:00
Persistent=true

[Install]
WantedBy=timers.target

# /etc/systemd/system/carelake-fetch.service
[Unit]
Description=carelake: the files of the monthly run
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User=$(id -un)
WorkingDirectory="$PWD"
ExecStart="$carelake" fetch --config "$config"

# /etc/systemd/system/carelake-fetch.timer
[Unit]
Description=carelake: fetching, two days before the monthly run

[Timer]
OnCalendar=*-*-18 06:00:00
RandomizedDelaySec=30min
Persistent=true

[Install]
WantedBy=timers.target

# Or two lines of a crontab (crontab -e); cron mails what was printed, and nothing is where all went well:
0 6 18 * * cd '$PWD' && '$carelake' fetch --config '$config' > fetch.log 2>&1 || cat fetch.log
0 6 20 * * cd '$PWD' && { '$carelake' run --trigger schedule --config '$config' > carelake.log 2>&1 || { cat carelake.log; '$carelake' doctor --config '$config'; }; }
TEXT
}

# Says how long the build will take, before anything is done: tell_build_time PROGRAM
tell_build_time() {
  local cores minutes
  cores=$(getconf _NPROCESSORS_ONLN)
  minutes=$(((FIRST_BUILD_MINUTES + cores - 1) / cores))
  if [[ -x $1 ]]; then
    printf 'carelake was built before: this takes seconds when nothing has changed, and about %d minutes when its libraries have.\n' "$minutes"
  else
    printf 'The first build takes about %d minutes with %d processors; it is kept below %s.\n' "$minutes" "$cores" "$TARGET"
  fi
}

set_up_locally() {
  local carelake="$TARGET/release/carelake"
  tell_build_time "$carelake"
  need_build_tools
  heading 'build'
  cargo build --release --locked -p carelake --features "${names[*]}"
  heading 'inputs'
  write_sample_if_empty "$carelake"
  heading 'run'
  "$carelake" run --if-changed
  cat <<TEXT

Published below ${CARELAKE_OUTPUT:-$PWD/output}; each dataset's files are in DATASET/current.
Three commands to try next:
  $carelake query 'select state, count(*) as clinicians from clinicians group by 1 order by 2 desc'
  $carelake rejects clinicians
  $carelake rerun clinicians
TEXT
}

# Runs one check under a heading: check NAME COMMAND...
check() {
  heading "$1"
  shift
  "$@"
  passed+=("$step")
}

# Checks what is deployed: types, style, policies and rules of the stacks, and their templates and definitions by their linters.
check_deployment() {
  local folder file
  (cd cdk && npm run --silent check)
  folder=$(mktemp -d)
  cdk_program templates "$folder"
  # W3005: the library writes dependencies that follow from references as well.
  "$AWS_VENV/bin/cfn-lint" --ignore-checks W3005 -- "$folder"/*.template.json
  for file in "$folder"/*.asl.json; do
    "$AWS_VENV/bin/statelint" "$file"
  done
  rm -rf "$folder"
  "$AWS_VENV/bin/hadolint" Dockerfile
}

# Prepares the tools that tests need, and tells the tests where they are.
prepare_tests() {
  need_build_tools
  need_test_tools
  PATH="$VENV/bin:$PATH"
  export CARELAKE_TEST_PYTHON="$VENV/bin/python" CARELAKE_TEST_VENV="$AWS_VENV"
}

# Checks the crate of one room, which stands by itself: run_room_tests ROOM
run_room_tests() {
  local rooms
  rooms=$(cd jobs && printf '%s, ' */ | sed 's|/, $||; s|/||g')
  [[ -f jobs/$1/Cargo.toml ]] || refuse "there is no room $1; rooms are $rooms"
  prepare_tests
  check formatting cargo fmt --all --check
  check clippy cargo clippy -p "carelake-$1" --all-targets --all-features --locked -- -D warnings
  check tests cargo nextest run -p "carelake-$1" --all-features --locked --no-tests pass
  printf '\npassed: %s\n' "$(printf '%s, ' "${passed[@]}" | sed 's/, $//')"
}

run_tests() {
  prepare_tests
  check shellcheck shellcheck "${SCRIPTS[@]}"
  check formatting cargo fmt --all --check
  check clippy cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
  check 'the command without its parts' cargo clippy -p carelake --locked -- -D warnings
  check tests cargo nextest run --workspace --all-features --locked
  check 'fuzz targets' check_fuzz_targets
  check 'documentation examples' cargo test --doc --workspace --all-features --locked
  check documentation env RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps --workspace --all-features --locked
  check 'comparison with moto' "$VENV/bin/python" statemachine/tests/moto_differential.py
  check 'instructions of the hot path' python3 bench/instructions.py
  check 'what is deployed' check_deployment
  # With the tests, so that libraries have the features that they were compiled with before.
  check 'binaries for AWS' cargo build --workspace --all-features --locked --bins --tests
  check 'pages in a browser' check_pages
  check 'pipeline on an emulator of AWS' "$AWS_VENV/bin/python" tests/aws/e2e.py "$TARGET/debug"
  check licences cargo deny --workspace check licenses bans sources
  printf '\npassed: %s\n' "$(printf '%s, ' "${passed[@]}" | sed 's/, $//')"
}

# Walks through the pages with a lake of its own; CARELAKE_ALL_SIZES=1 looks at each in every size and theme.
check_pages() {
  (cd tests/console && npm ci --silent --no-audit --no-fund --ignore-scripts && 
    for walk in browse reviews crowd looks; do node "$walk.mjs" "$TARGET/debug/carelake" || exit; done)
}

check_fuzz_targets() {
  cargo fmt --manifest-path fuzz/Cargo.toml --check
  # It is a workspace of its own and would build beside itself.
  CARGO_TARGET_DIR="$TARGET" cargo clippy --manifest-path fuzz/Cargo.toml --no-default-features --locked -- -D warnings
}

# Looks for a text that breaks a reader, from the fixtures and what earlier calls found: fuzz_readers SECONDS
fuzz_readers() {
  local target
  local -A seeds=(
    [records]=tests/fixtures [source]=tests/fixtures [config]=jobs/tabular/src/config/tests
    [machine]=fuzz/seeds/machine [expression]=fuzz/seeds/expression
    [formats]=fuzz/seeds/formats [messages]=fuzz/seeds/messages [hl7]=fuzz/seeds/hl7 [ways]=fuzz/seeds/hl7 [feeds]=examples/partners/feeds
  )
  need_build_tools
  has c++ || install_packages 'a C++ compiler (the fuzzing engine is built with it)' g++ gcc-c++ gcc
  need_cargo_tool fuzz "$FUZZ_VERSION"
  for target in records source config machine expression formats messages hl7 ways feeds; do
    heading "fuzzing $target"
    mkdir -p "fuzz/corpus/$target"
    # The address sanitizer is a flag that this toolchain knows and does not yet promise to keep.
    RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$TARGET/fuzz" cargo fuzz run "$target" "fuzz/corpus/$target" "${seeds[$target]}" -- \
      -max_total_time="$1" -max_len=8192 -print_final_stats=1 -print_funcs=0 -verbosity=0
  done
  printf '\nnothing broke\n'
}

# Reads flags and the names of a command, of which there are so many: read_arguments LEAST MOST ARGUMENTS...
read_arguments() {
  local least=$1 most=$2
  shift 2
  while (($# > 0)); do
    case $1 in
      --yes) assume_yes=true ;;
      --dry-run) dry_run=true ;;
      --room)
        room=${2:-}
        [[ -n $room ]] || refuse '--room wants the name of a room'
        shift
        ;;
      -*) refuse "unknown flag $1" ;;
      *) names+=("$1") ;;
    esac
    shift
  done
  ((${#names[@]} >= least && ${#names[@]} <= most)) || refuse "$most arguments are wanted here, not ${#names[@]}"
  environment=${names[0]:-}
  email=${names[1]:-}
}

refuse() {
  printf 'bootstrap: %s\n\n' "$*" >&2
  usage >&2
  trap - EXIT
  exit 2
}

main() {
  local command=${1:-help} part
  trap report_failure EXIT
  shift || true
  case $command in
    local)
      read_arguments 0 "${#PARTS[@]}" "$@"
      for part in "${names[@]}"; do
        [[ " ${PARTS[*]} " == *" $part "* ]] || refuse "carelake has no part $part; parts are ${PARTS[*]}"
      done
      ;;
    test) read_arguments 0 1 "$@" ;;
    deploy) read_arguments 2 2 "$@" ;;
    fuzz | teardown) read_arguments 1 1 "$@" ;;
  esac
  if { $dry_run || [[ -n $room ]]; } && [[ $command != deploy ]]; then
    refuse '--dry-run and --room go with deploy only'
  fi
  case $command in
    local) set_up_locally ;;
    test)
      if [[ -n $environment ]]; then
        run_room_tests "$environment"
      else
        run_tests
      fi
      ;;
    deploy)
      [[ $email == ?*@?*.?* ]] || refuse "$email is no mail address"
      deploy
      ;;
    teardown) teardown ;;
    schedule) print_schedule ;;
    fuzz)
      [[ ${names[0]} =~ ^[1-9][0-9]*$ ]] || refuse 'fuzz wants a number of seconds'
      fuzz_readers "${names[0]}"
      ;;
    help | --help | -h) usage ;;
    *) refuse "there is no command $command" ;;
  esac
}

main "$@"
