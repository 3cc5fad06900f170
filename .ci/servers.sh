#!/usr/bin/env bash
# servers.sh DIRECTORY: unpacks Prometheus and Alertmanager of this machine's release of Debian or
# Ubuntu into DIRECTORY/release, with vmagent for deploy/check.py, and the newest of Debian into
# DIRECTORY/newest, for the tests of tests/it/stack.rs:
#
#   PATH="DIRECTORY/newest/usr/bin:$PATH" REQUIRE_PROMETHEUS=1 REQUIRE_ALERTMANAGER=1 \
#     cargo test --locked --test it -- --nocapture stack::
#
# Needs apt-get as root. No package is installed and no server is started; the lists of the newest
# release are in a temporary directory. Debian's Alertmanager does not start without the templates of
# its e-mails at their place below /usr/share: they are copied there, unless it is installed. Without the newest servers it prints a line and succeeds:
# they are for early news, and the release's servers are the ones that must work.
set -euo pipefail

directory=${1:?usage: servers.sh DIRECTORY}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# unpack PART OPTION... PACKAGE...: the servers and these packages into DIRECTORY/PART, by apt-get with
# these options.
unpack() {
  local part=$1 downloads=$scratch/$1 package
  shift
  mkdir -p "$downloads" "$directory/$part"
  (cd "$downloads" && apt-get download -qq -o APT::Sandbox::User=root "$@" prometheus prometheus-alertmanager)
  for package in "$downloads"/*.deb; do
    dpkg-deb -x "$package" "$directory/$part"
  done
  "$directory/$part/usr/bin/prometheus" --version 2>&1 | head -n 1
  "$directory/$part/usr/bin/prometheus-alertmanager" --version 2>&1 | head -n 1
}

# The machine's own sources with another suite, since they name a mirror that it reaches. Without
# the stanza of security updates, which the newest release does not have.
newest() {
  local options=(-o APT::Sandbox::User=root -o "Dir::Etc::sourcelist=$scratch/newest.sources" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$scratch/lists" -o "Dir::Cache=$scratch/cache")
  mkdir -p "$scratch/lists" "$scratch/cache/archives/partial"
  awk 'BEGIN { RS = ""; ORS = "\n\n" } /Suites:/ && !/-security/ { gsub(/\nSuites:[^\n]*/, "\nSuites: sid"); print }' \
    /etc/apt/sources.list.d/debian.sources >"$scratch/newest.sources"
  apt-get update -qq "${options[@]}"
  unpack newest "${options[@]}"
}

apt-get update -qq
# vmagent is in the package of VictoriaMetrics.
unpack release victoria-metrics
templates=/usr/share/prometheus/alertmanager
if [[ ! -e $templates ]]; then
  mkdir -p "${templates%/*}"
  cp -r "$directory/release$templates" "$templates"
fi
# A subshell of its own: `set -e` has no effect in the condition of an `if`.
(newest) &
wait "$!" || echo 'no newest servers: this machine cannot download them'
