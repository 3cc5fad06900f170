#!/usr/bin/env bash
# Draws the dashboards from real query results: two simulated accounts, the exporter, Prometheus.
#
#   bash dashboards/pictures/draw.sh                          # docs/images, as committed
#   bash dashboards/pictures/draw.sh --out /tmp/x --width 390 # elsewhere, as on a phone
#
# Needs Node.js 20, npm, Chromium ($CHROMIUM, else /usr/bin/chromium) and the debug binaries in
# target/debug ($BIN), which it builds if they are missing. Without prometheus in PATH it downloads
# Debian's package by apt-get (as root). Collects for $MINUTES (10).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

out=docs/images
width=1440
while (($#)); do
  case $1 in
    --out) out=$2 ;;
    --width) width=$2 ;;
    *) echo "usage: draw.sh [--out DIR] [--width PIXELS]" >&2 && exit 64 ;;
  esac
  shift 2
done
minutes=${MINUTES:-10}
bin=$(realpath -m "${BIN:-target/debug}")
scrape=2

scratch=$(mktemp -d)
drawing=
started=()
finish() {
  local status=$?
  for pid in "${started[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  if ((status)) && [[ -z $drawing ]]; then tail -n 5 "$scratch"/*.log >&2 || true; fi
  rm -rf "$scratch"
}
trap finish EXIT

# start LOG COMMAND...: in the background, until the script ends.
start() {
  "${@:2}" >"$scratch/$1.log" 2>&1 &
  started+=($!)
}

# printed LOG PATTERN: the first match of the pattern's group in a log, within 30 s.
printed() {
  for _ in {1..300}; do
    if grep -m 1 -oP "$2" "$scratch/$1.log"; then return; fi
    sleep 0.1
  done
  echo "$1: no $2" >&2
  return 1
}

if [[ ! -x $bin/ovhcloud-exporter || ! -x $bin/ovhcloud-simulator ]]; then
  cargo build --workspace --locked
fi
if ! command -v prometheus >/dev/null; then
  apt-get update -qq
  (cd "$scratch" && apt-get download -qq -o APT::Sandbox::User=root prometheus && dpkg-deb -x prometheus_*.deb prometheus)
  PATH=$scratch/prometheus/usr/bin:$PATH
fi
# The packages stay in target, where neither git nor a test of the house sees them.
mkdir -p target/pictures "$out"
cp -r dashboards/pictures/{.npmrc,package.json,package-lock.json,*.mjs,page} target/pictures
installed=target/pictures/node_modules/installed.json
if ! cmp -s dashboards/pictures/package-lock.json "$installed"; then
  npm ci --prefix target/pictures --ignore-scripts --no-audit --no-fund --loglevel=error
  cp dashboards/pictures/package-lock.json "$installed"
fi

start production "$bin/ovhcloud-simulator" --projects 3 --instances 9 --users 12 --credentials 12 --latency 20ms
start staging "$bin/ovhcloud-simulator" --seed 2 --projects 2 --instances 4 --users 6 --credentials 6 --latency 20ms
production=$(printed production '^OVH_ENDPOINT=\K.*(?=/1.0)')
staging=$(printed staging '^OVH_ENDPOINT=\K.*(?=/1.0)')
account() {
  printf '  - name: %s\n    endpoint: %s/1.0\n    labels: { team: %s }\n' "$@"
  echo '    credential: { client_id: EU.0123456789abcdef, client_secret: simulated-client-secret }'
}
(
  umask 077
  cat >"$scratch/exporter.yaml" <<YAML
detail: full
refresh: { interval: 5s }
collectors: { audit_log: true, cloud_database_backup: true, cloud_floating_ip: true, cloud_s3_credential: true, cloud_s3_user_policy: true, cloud_security_group: true, cloud_storage_s3_bucket: true, iam_resource: true }
lists:
  regions: { allowed: [{ name: GRA* }, { name: SBG* }, { name: EU-WEST-PAR }] }
  ssh_keys: { files: [ssh-keys.yaml] }
exemptions:
  - check: cloud_user_admin
    resource: { glob: "*" }
    reason: moves to service accounts
    owner: platform team
    until: $(date -u -d '+60 days' +%F)
accounts:
$(account production "$production" platform)
$(account staging "$staging" platform)
YAML
)
# Allows the keys that are there: the one that comes later is on no list.
echo '[]' >"$scratch/ssh-keys.yaml"
"$bin/ovhcloud-exporter" once --config.file="$scratch/exporter.yaml" --log.level=error >"$scratch/once" || true
grep -oP '^ovhcloud_cloud_ssh_key_info\{.*fingerprint="\K[^"]+' "$scratch/once" | sort -u | sed 's/.*/- fingerprint: &/' >"$scratch/ssh-keys.yaml"
start exporter env -C "$scratch" "$bin/ovhcloud-exporter" --config.file=exporter.yaml --web.listen-address=127.0.0.1:0 --no-log.changes
target=$(printed exporter 'msg=serving url=http://\K[^/]+')
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
cat >"$scratch/prometheus.yml" <<YAML
global: { scrape_interval: ${scrape}s, scrape_timeout: ${scrape}s, evaluation_interval: ${scrape}s }
rule_files: ["$PWD/alerts/*.rules.yaml"]
scrape_configs:
  - job_name: ovhcloud
    honor_labels: true
    static_configs: [{ targets: ["$target"] }]
YAML
start prometheus prometheus --config.file="$scratch/prometheus.yml" --storage.tsdb.path="$scratch/data" \
  --web.listen-address="127.0.0.1:$port" --log.level=warn

echo "collecting for $minutes minutes"
node target/pictures/events.mjs $((minutes * 60)) "$production" "$staging"
sleep $((minutes * 60 / 5))
drawing=yes
node target/pictures/draw.mjs "http://127.0.0.1:$port" $((minutes * 60 - 30)) "$scrape" "$width" "$out" dashboards/*.json
