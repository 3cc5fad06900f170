#!/usr/bin/env bash
# Builds the files of a release from the commit that is checked out: archive, Debian package, bill of
# materials and checksums. One commit and one toolchain give the same bytes in every directory.
#
#   packaging/dist.sh [TARGET]    # x86_64-unknown-linux-gnu or aarch64-unknown-linux-gnu
#
# Needs git, GNU tar, jq, cargo-cyclonedx and cargo-deb; for another architecture than this machine's also
# its Rust target and Debian's cross compiler. docs/development/release.md has the commands.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=${1:-$(rustc --print host-tuple)}
case $target in
x86_64-unknown-linux-gnu) arch=amd64 ;;
aarch64-unknown-linux-gnu) arch=arm64 ;;
*)
  echo "$target: not one of x86_64-unknown-linux-gnu, aarch64-unknown-linux-gnu" >&2
  exit 64
  ;;
esac
# The files carry the name of the commit.
if [[ -n $(git status --porcelain) ]]; then
  echo "uncommitted changes: commit or stash them" >&2
  exit 1
fi

# Locale, time zone, permissions, names and times are the same everywhere.
export LC_ALL=C TZ=UTC
umask 022
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
OVHCLOUD_EXPORTER_REVISION=$(git rev-parse HEAD)
export SOURCE_DATE_EPOCH OVHCLOUD_EXPORTER_REVISION OVHCLOUD_EXPORTER_BRANCH=HEAD

sources=$PWD
build=$(realpath -m "${CARGO_TARGET_DIR:-target}")
crates=$(realpath -m "${CARGO_HOME:-$HOME/.cargo}")
export CARGO_TARGET_DIR=$build

# Static as in the Dockerfile, without the paths of this machine. The last prefix that fits wins.
flags=(
  -C target-feature=+crt-static
  --cfg 'getrandom_backend="linux_getrandom"'
  --remap-path-prefix="$(rustc --print sysroot)=/rust"
  --remap-path-prefix="$crates=/cargo"
  --remap-path-prefix="$sources=/build"
  --remap-path-prefix="$build=/build/target"
)
CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f' && echo "${flags[*]}")
export CARGO_ENCODED_RUSTFLAGS
# The same for libraries in C.
export CFLAGS="-ffile-prefix-map=$crates=/cargo -ffile-prefix-map=$build=/build/target"
gcc=${target/-unknown/}-gcc
linker=CARGO_TARGET_$(tr a-z- A-Z_ <<<"$target")_LINKER
export "$linker=$gcc"

cargo build --release --locked --target "$target"
packaging/notices.sh "$target" >"$build/$target/release/THIRD-PARTY-NOTICES"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
version=$(cargo metadata --no-deps --format-version 1 --locked |
  jq -r '.packages[] | select(.name == "ovhcloud-exporter").version')
name=ovhcloud-exporter-$version.linux-$arch
dist=$build/dist
mkdir -p "$dist" "$scratch/$name" "$scratch/sources"

# The documents with the files that they link to.
git archive HEAD -- LICENSE NOTICE ':(glob)*.md' deploy docs simulator/README.md packaging/dist.sh \
  ':(glob)alerts/*.yaml' ':(glob)dashboards/*.json' | tar -x -C "$scratch/$name"
cp "$build/$target/release/"{ovhcloud-exporter,THIRD-PARTY-NOTICES} "$scratch/$name/"
tar --create --format=ustar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
  --mode=go-w --directory "$scratch" "$name" | gzip -n -9 >"$dist/$name.tar.gz"

# The tool writes beside the manifest, names the package by its directory, and lists the crates of all
# features: only those of `cargo tree` are compiled.
git archive HEAD | tar -x -C "$scratch/sources"
cargo cyclonedx --quiet --format json --spec-version 1.5 --target "$target" --no-build-deps \
  --manifest-path "$scratch/sources/Cargo.toml" --override-filename bom
cargo tree --locked --target "$target" --edges normal --prefix none --format '{p}' | awk '{ print $1 "@" substr($2, 2) }' |
  jq --raw-input --slurp --arg directory "$scratch/sources" --slurpfile bom "$scratch/sources/bom.json" '
    split("\n") as $compiled
    | $bom[0]
    | .components |= map(select("\(.name)@\(.version)" | IN($compiled[])))
    | ([.metadata.component, .components[] | .["bom-ref"]]) as $refs
    | .dependencies |= map(select(.ref | IN($refs[])) | if .dependsOn then .dependsOn |= map(select(IN($refs[]))) else . end)
    | walk(if type == "string" then split($directory) | join("/build") else . end)
  ' >"$dist/$name.cdx.json"

cargo deb --quiet --no-build --no-strip --target "$target" --output "$dist/"

cd "$dist"
sha256sum ovhcloud-exporter[-_]"$version"* | tee SHA256SUMS
