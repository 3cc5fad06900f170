#!/usr/bin/env bash
# Prints the licenses of the crates in the binary. Most of them ask that copies of it carry their text.
#
#   packaging/notices.sh TARGET    # after a build, which has downloaded the crates
set -euo pipefail
shopt -s nullglob
export LC_ALL=C # the same order everywhere

crates=${CARGO_HOME:-$HOME/.cargo}/registry/src
cargo tree --locked --offline --target "$1" --edges normal --prefix none --format '{p}' | sort -u |
  while read -r name version _; do
    for text in "$crates"/*/"$name-${version#v}"/{COPYING,COPYRIGHT,LICENCE,LICENSE,NOTICE}*; do
      if [[ -f $text ]]; then
        printf '\n==== %s %s: %s\n\n' "$name" "$version" "${text##*/}"
        cat "$text"
      fi
    done
  done
