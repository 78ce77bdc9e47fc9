#!/bin/sh
# Makes sure the Debian packages of docker/packages.txt are there: packages.sh GROUP...
# Installs only what is missing or too old, and asks apt for nothing when all is there.
# Exit: 0 all there, 1 apt failed, 2 used wrongly, 3 no right to install (the line to run is printed).
set -u
list=$(dirname "$0")/packages.txt
[ $# -gt 0 ] || { echo "usage: $0 GROUP...   (groups: build, test, console, style)" >&2; exit 2; }

wanted=$(for group in "$@"; do awk -v group="$group" '$1 == group { print $2, $3 }' "$list"; done)
[ -n "$wanted" ] || { echo "$list has no group '$*'" >&2; exit 2; }

if ! command -v dpkg-query >/dev/null; then
  echo "This is no Debian system. Install what these packages hold, then run make with PACKAGES=have:" >&2
  echo "$wanted" | sed 's/^/  /; s/ / >= /' >&2
  exit 3
fi

missing() {
  here=$(dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\n' \
    $(echo "$wanted" | awk '{ print $1 }') 2>/dev/null | awk '$1 == "installed" { print $2, $3 }')
  echo "$wanted" | while read -r package least; do
    # Node is often there without Debian's packages; Debian's npm alone brings some 350 others.
    case $package in
      nodejs) command -v node >/dev/null && continue ;;
      npm) command -v npm >/dev/null && continue ;;
    esac
    version=$(echo "$here" | awk -v package="$package" '$1 == package { print $2; exit }')
    [ -n "$version" ] && dpkg --compare-versions "$version" ge "$least" || printf '%s ' "$package"
  done
}

need=$(missing)
[ -n "$need" ] || exit 0
install="apt-get install -y --no-install-recommends $need"

if [ "$(id -u)" = 0 ]; then
  as=""
elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
  as="sudo"
else
  echo "Missing packages, and no right to install them. Ask someone who may to run:" >&2
  echo "  sudo apt-get update && sudo $install" >&2
  exit 3
fi

echo "Installing: $need"
if ! { $as apt-get -o DPkg::Lock::Timeout=300 update && $as env DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends $need; } </dev/null; then
  echo "apt could not install them. Look at its message above, mend it, and run this again, or run:" >&2
  echo "  sudo apt-get update && sudo $install" >&2
  exit 1
fi
need=$(missing)
if [ -n "$need" ]; then
  echo "Installed, but still too old for Kinhub (Debian 12 has what it needs; see $list): $need" >&2
  exit 1
fi
