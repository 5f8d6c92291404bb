#!/bin/sh
# Installs the Debian packages of the named groups (packaging/packages.txt) that are missing.
# usage: tools/install_packages.sh [--check] GROUP...
# --check installs nothing: where something is missing, it says in one line what to run, and fails.
# A server among them (Postfix, Dovecot for the benchmark) is installed without being started.
set -eu
check=""
if [ "${1:-}" = --check ]; then check=yes; shift; fi
list=$(dirname "$0")/../packaging/packages.txt
wanted=""
for group in "$@"; do
  packages=$(awk -v g="$group" '$1 == g { for (i = 2; i <= NF; i++) print $i }' "$list")
  [ -n "$packages" ] || { echo "install_packages.sh: no group '$group' in $list" >&2; exit 2; }
  wanted="$wanted $packages"
done

missing=""
for package in $wanted; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ -n "$check" ]; then
  echo "Not installed:$missing. Run: make packages-build (as root or with sudo), then make again." >&2
  exit 1
fi

echo "Installing Debian packages:$missing"
if [ "$(id -u)" -eq 0 ]; then as_root=""; else as_root="sudo"; fi
command -v ${as_root:-env} >/dev/null || { echo "Run as root, or install sudo; needed:$missing" >&2; exit 1; }

# policy-rc.d keeps a package's service from starting by itself; it goes again when this is done.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap '$as_root rm -f $policy' EXIT INT TERM
  printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
  $as_root chmod 755 $policy
fi
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
