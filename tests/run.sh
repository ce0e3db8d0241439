#!/usr/bin/env bash
# All tests of Schalter. Installs what they need (as root on Debian), or says what is missing.
# usage: tests/run.sh [--without-browser]
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never}

say() { printf '\n== %s\n' "$*"; }

need() { # need COMMAND PACKAGE...
  command -v "$1" >/dev/null 2>&1 && return
  missing+=("${@:2}")
}
missing=()
need chromium chromium
need node nodejs npm
need npm npm
need pdftotext poppler-utils
need qpdf qpdf
need zbarimg zbar-tools
need javac default-jdk-headless
need python3 python3 python3-pip
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
[ -e /usr/share/java/jaxb-runtime.jar ] || missing+=(libjaxb-java)
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  else
    echo "tests need these Debian packages: ${missing[*]}" >&2
    echo "install them with: sudo apt-get install ${missing[*]}" >&2
    exit 1
  fi
fi

say "format and lints"
cargo fmt --all --check
cargo clippy --workspace --all-targets --quiet -- -D warnings
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

say "tests on SQLite and PostgreSQL"
trap 'tests/postgres.sh stop >/dev/null 2>&1 || true' EXIT
TEST_POSTGRES_URL=$(tests/postgres.sh url)
export TEST_POSTGRES_URL
cargo test --workspace --no-fail-fast

say "documentation"
cargo doc --workspace --no-deps --quiet

say "definitions"
cargo run --quiet -- check .
tests/handbook.py target/debug/schalter

if [ "${1:-}" = --without-browser ]; then
  say "journeys in Chromium were left out on purpose"
else
  say "journeys in Chromium, with axe"
  tests/browser/run.sh
fi
say "all tests passed"
