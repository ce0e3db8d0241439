#!/usr/bin/env bash
# Journeys through the demo town in real Chromium, with and without JavaScript,
# with axe (WCAG 2.2 AA) on every page, and twenty services from their start page
# to the reference number. Screenshots go to target/browser.
# usage: tests/browser/run.sh [SERVICE[:SCENARIO]]...   only these services instead
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
out=${CARGO_TARGET_DIR:-$root/target}/browser
mkdir -p "$out"
rm -f "$out"/*.png "$out"/*.pdf
for tool in chromium node npm; do
  command -v $tool >/dev/null || { echo "the browser journeys need $tool; tests/run.sh installs it" >&2; exit 1; }
done
cargo build --quiet --bin schalter
cp tests/browser/package.json tests/browser/package-lock.json "$out/"
(cd "$out" && [ -d node_modules/playwright-core ] && [ -d node_modules/axe-core ] && [ -d node_modules/yaml ] || npm ci --silent --no-audit --no-fund)
cp tests/browser/*.mjs "$out/"
data=$(mktemp -d)
log=$out/server.log
"${CARGO_TARGET_DIR:-$root/target}/debug/schalter" demo --port 0 --data "$data" >"$log" 2>&1 &
server=$!
preview=
trap 'kill $server $preview 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$data"' EXIT
for _ in $(seq 100); do
  grep -q '^listening on' "$log" && break
  kill -0 $server 2>/dev/null || { cat "$log" >&2; exit 1; }
  sleep 0.2
done
address=$(sed -n 's/^listening on //p' "$log")
export SCHALTER_ADDRESS=$address SCHALTER_LOG=$log SCHALTER_SAMPLES=$root/tests/samples SCHALTER_SHOTS=$out
if [ $# -gt 0 ]; then
  SCHALTER_DEFINITIONS=$root node "$out/sample.mjs" "$@"
  exit
fi
node "$out/journeys.mjs"
SCHALTER_DEFINITIONS=$root node "$out/sample.mjs"
# The preview, on a folder that changes while it is shown.
definitions=$data/definitions
mkdir "$definitions"
cp -r forms workflows catalogue "$definitions/"
# One service with what it needs: a folder of all of them is checked for a while.
find "$definitions/forms" "$definitions/workflows/letters" -mindepth 1 -maxdepth 1 -type d \
  ! -name lib ! -name fees ! -name vhs-course-registration -exec rm -r {} +
rm -rf "$definitions"/catalogue/{portals.yaml,news.yaml,calendars} "$definitions"/forms/fees
find "$definitions/workflows" -maxdepth 1 -name '*.yaml' ! -name course-registration.yaml -delete
find "$definitions/catalogue/data" -name '*.yaml' ! -name courses.yaml -delete
for letter in "$definitions"/workflows/letters/*.hbs; do
  id=$(basename "$letter"); id=${id%.*.hbs}
  grep -q "template: $id\b" "$definitions/workflows/course-registration.yaml" || rm "$letter"
done
log=$out/preview.log
"${CARGO_TARGET_DIR:-$root/target}/debug/schalter" preview "$definitions" --form vhs-course-registration --port 0 >"$log" 2>&1 &
preview=$!
for _ in $(seq 100); do
  grep -q '^listening on' "$log" && break
  kill -0 $preview 2>/dev/null || { cat "$log" >&2; exit 1; }
  sleep 0.2
done
address=$(sed -n 's/^listening on //p' "$log")
SCHALTER_ADDRESS=$address SCHALTER_DEFINITIONS=$definitions SCHALTER_SHOTS=$out node "$out/preview.mjs"
