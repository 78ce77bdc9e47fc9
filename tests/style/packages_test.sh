#!/bin/sh
# docker/packages.sh: asks for nothing when all is there, and names the line to run when it may not install.
set -u
script=$(cd "$(dirname "$0")/../../docker" && pwd)/packages.sh
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
fail() { echo "packages_test: $1" >&2; exit 1; }
say() { printf '#!/bin/sh\n%s\n' "$2" > "$bin/$1"; chmod +x "$bin/$1"; }
for tool in awk sed dirname; do ln -s "$(command -v $tool)" "$bin/$tool"; done
run() { PATH=$bin /bin/sh "$script" build </dev/null >"$bin/out" 2>&1; }

# All there, at the versions asked for: no apt, no id, nothing printed.
say dpkg-query "awk '\$1 == \"build\" { print \"installed\", \$2, \$3 }' '$(dirname "$script")/packages.txt'"
say dpkg '[ "$2" = "$4" ]'
say apt-get 'echo "apt-get was called: $*"; exit 1'
run || fail "all packages are there, but it says $(cat "$bin/out")"
[ -s "$bin/out" ] && fail "it should be silent: $(cat "$bin/out")"

# One too old, nobody may install: exit 3 and the exact line.
say dpkg '[ "$2" != 3.40 ]'
say id 'echo 1000'
say sudo 'exit 1'
run
[ $? = 3 ] || fail "without the right it should exit 3"
grep -q 'apt-get install -y --no-install-recommends libsqlite3-dev *$' "$bin/out" || fail "no apt-get line: $(cat "$bin/out")"

# As root with apt failing: exit 1, and the line again.
say id 'echo 0'
ln -s "$(command -v env)" "$bin/env"
run
[ $? = 1 ] || fail "a failing apt should exit 1"
grep -q 'apt could not install' "$bin/out" || fail "no word about apt: $(cat "$bin/out")"

# Unknown group: used wrongly.
PATH=$bin /bin/sh "$script" nothing >/dev/null 2>&1
[ $? = 2 ] || fail "an unknown group should exit 2"
echo "packages_test: passed"
