#!/bin/sh
# Builds the console into a folder: build.sh FOLDER AUTO|ON. Called by CMake.
# Its parts come from npm by the lock file, once; they are fetched anew when that file changes. With AUTO a failure is
# said and the hub goes without a console; the next build tries again.
set -u
out=$1
wanted=$2
cd "$(dirname "$0")" || exit 1
log=$(mktemp)
trap 'rm -f "$log"' EXIT

without() {
  echo "Console: $1; the hub is built without it. What was said:" >&2
  tail -n 5 "$log" | sed 's/^/  /' >&2
  [ "$wanted" = AUTO ] && exit 0
  exit 1
}

installed=node_modules/.kinhub-lock
if ! cmp -s package-lock.json "$installed"; then
  npm ci --no-audit --no-fund --ignore-scripts --prefer-offline --fetch-retries=1 --fetch-timeout=30000 >"$log" 2>&1 ||
    without "npm could not install its parts"
  cp package-lock.json "$installed"
fi
KINHUB_CONSOLE_OUT=$out npm run --silent build >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
