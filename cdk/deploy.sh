# shellcheck shell=bash
# shellcheck disable=SC2154 # bootstrap.sh sources this file and sets what is read here.
# Deploys an environment and takes it down. Sourced by bootstrap.sh, which has the helpers.
#
#   CARELAKE_ARTIFACTS   folder with a folder for each room, with its binary `bootstrap`: used instead of a build
#   CARELAKE_COMMAND     the `carelake` command to read the configuration and check the deployment with: used instead of a build

readonly DEPLOY_VENV="$CACHE/venv-deploy"
export NODE_NO_WARNINGS=1
# What preflight.ts prints.
declare -A known=()
# The carelake command, files with what it understands of the environment and with the rooms, and the configuration as one file.
carelake='' resolved='' functions='' joined=''

need_node() {
  local found
  found=$(node --version 2>/dev/null) || found=v0
  found=${found#v}
  if ((${found%%.*} < 20)) || ! has npm; then
    install_packages 'Node.js 20 or later with npm' 'nodejs npm' 'nodejs npm' node
    found=$(node --version)
    found=${found#v}
    ((${found%%.*} >= 20)) || fail "this system's packages have Node.js $found only; install 20 or later: https://nodejs.org/en/download"
  fi
  if ! cmp -s cdk/package-lock.json cdk/node_modules/.installed; then
    (cd cdk && npm ci --no-audit --no-fund --loglevel=error)
    cp cdk/package-lock.json cdk/node_modules/.installed
  fi
}

# Runs a program of cdk/bin: cdk_program NAME ARGUMENTS...
cdk_program() {
  local name=$1
  shift
  (cd cdk && node --import tsx "bin/$name.ts" "$@")
}

# Runs the CDK command on the stacks of an environment: cdk_command COMMAND ARGUMENTS...
cdk_command() {
  local command=$1
  shift
  (
    cd cdk || exit
    node_modules/.bin/cdk "$command" --context "config=$resolved" --context "functions=$functions" \
      --context "artifacts=$artifacts" \
      ${email:+--context "email=$email"} "$@"
  )
}

need_carelake() {
  carelake=${CARELAKE_COMMAND:-}
  if [[ -z $carelake ]]; then
    need_build_tools
    cargo build --release --locked -p carelake --features aws
    carelake="$TARGET/release/carelake"
  fi
}

# Learns account, region and the rest; nothing is created before it.
preflight() {
  local printed line
  need_carelake
  heading "checks before anything is created"
  resolved=$(mktemp)
  functions=$(mktemp)
  "$carelake" config --resolved --config pipeline_config.yaml --env "$environment" >"$resolved" || fail "nothing was changed"
  joined=$(mktemp)
  "$carelake" config --joined --config pipeline_config.yaml >"$joined" || fail "nothing was changed"
  "$carelake" functions --json --config pipeline_config.yaml --env "$environment" >"$functions" || fail "nothing was changed"
  printed=$(cdk_program preflight "$resolved" "$functions") || fail "nothing was changed"
  while IFS= read -r line; do
    known[${line%%=*}]=${line#*=}
  done <<<"$printed"
  export AWS_REGION=${known[region]}
  printf 'account %s, region %s\n' "${known[account]}" "${known[region]}"
  if [[ -n ${known[containers]} ]] && ! has docker; then
    fail "Docker is missing, and these run as containers: ${known[containers]}; install it, or set compute: lambda for datasets and take the network out for the rest"
  fi
}

build_functions() {
  artifacts=${CARELAKE_ARTIFACTS:-}
  if [[ -n $artifacts ]]; then
    return
  fi
  heading "functions for ${known[architecture]}"
  need_build_tools
  need_python
  need_venv "$DEPLOY_VENV" cdk/requirements.txt
  artifacts="$TARGET/lambda-${known[architecture]}"
  local -a flags=(--profile lambda --locked --features lambda --lambda-dir "$artifacts")
  local one
  for one in ${known[rooms]}; do
    flags+=(--package "carelake-$one")
  done
  if [[ ${known[architecture]} == arm64 ]]; then
    flags+=(--arm64)
    rustup target add aarch64-unknown-linux-gnu
  fi
  PATH="$DEPLOY_VENV/bin:$PATH" cargo lambda build "${flags[@]}"
  print_sizes
}

# A function that starts first loads its binary: what Lambda stores and loads, in MB.
print_sizes() {
  local binary
  for binary in "$artifacts"/*/bootstrap; do
    printf '%s %s %s\n' "$(basename "$(dirname "$binary")")" "$(wc -c <"$binary")" "$(gzip -9 --stdout "$binary" | wc -c)"
  done | awk '{ printf "%-12s %5.1f MB, %4.1f MB zipped\n", $1, $2 / 1e6, $3 / 1e6 }'
}

# Prints what the CDK command is to work on: every stack, or that of one room, which does not touch the others.
chosen_stacks() {
  if [[ -z $room ]]; then
    echo --all
    return
  fi
  [[ " ${known[stacks]} " == *" $room="* ]] || fail "there is no room $room; rooms are ${known[rooms]}"
  local stack=" ${known[stacks]}"
  stack=${stack#*" $room="}
  echo "${stack%% *} --exclusively"
}

deploy() {
  local -a stacks
  need_node
  preflight
  read -ra stacks <<<"$(chosen_stacks)"
  ((${#stacks[@]} > 0)) || exit 1
  build_functions
  if $dry_run; then
    heading 'what would change'
    cdk_command diff "${stacks[@]}"
    printf '\nNothing was changed.\n'
    return
  fi
  heading 'the stacks'
  cdk_command bootstrap "aws://${known[account]}/${known[region]}"
  cdk_command deploy "${stacks[@]}" --require-approval never
  heading 'configuration'
  cdk_program upload "$joined" "${known[config_bucket]}" "${known[config_key]}"
  printf 's3://%s/%s\n' "${known[config_bucket]}" "${known[config_key]}"
  heading 'doctor'
  # A new deployment has never run, and nobody has confirmed the subscription: what doctor finds is told, and is no failure.
  "$carelake" doctor --env "$environment" || true
  deployed
}

deployed() {
  local console="https://${known[region]}.console.aws.amazon.com"
  cat <<TEXT

*** AWS has sent a mail to $email. Nobody is told of failures until the link in it is opened. ***

Executions: $console/states/home?region=${known[region]}#/statemachines/view/arn:aws:states:${known[region]}:${known[account]}:stateMachine:carelake-$environment
Dashboard:  $console/cloudwatch/home?region=${known[region]}#dashboards/dashboard/carelake-$environment
Next:
  put the source files into s3://${known[data_buckets]%% *}
  $carelake run --env $environment
  $carelake doctor --env $environment
TEXT
}

teardown() {
  local stack
  need_node
  preflight
  artifacts=none
  heading "teardown of $environment"
  echo "deleted: state machines, schedules, queues, functions, roles, alarms, dashboard, topic with its subscriptions, Glue database, parameters"
  if [[ ${known[on_teardown]} == delete ]]; then
    echo "deleted with everything in them: buckets ${known[data_buckets]} and their access logs, ledger, logs; the key 30 days later"
  else
    echo "kept: buckets ${known[data_buckets]} and their access logs, ledger, logs, key (deployment.on_teardown: keep)"
  fi
  if [[ $environment == prod ]]; then
    echo "protected: no stack can be deleted before this was typed for it:"
    for stack in ${known[stacks]}; do
      echo "  aws cloudformation update-termination-protection --stack-name ${stack#*=} --no-enable-termination-protection"
    done
  fi
  if ! $assume_yes; then
    local answer=''
    [[ -t 0 ]] || fail "nothing was deleted; to delete without being asked, add --yes"
    read -r -p "Type $environment to delete: " answer
    [[ $answer == "$environment" ]] || fail 'nothing was deleted'
  fi
  if [[ ${known[on_teardown]} == delete ]]; then
    local -a buckets
    read -ra buckets <<<"${known[data_buckets]}"
    cdk_program empty "${buckets[@]}" "${buckets[1]}-access-logs"
  fi
  cdk_command destroy --all --force
}
