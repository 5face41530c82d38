#!/bin/bash
# usage: tests/report/rebuild.sh FOLDER
# Builds the report's page from its sources and its lock file in FOLDER, and compares it byte by byte with the committed one.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
folder=${1:?a folder}

"$here/prepare.sh" "$folder" || exit $?
cd "$folder/plot/report"
node node_modules/typescript/bin/tsc --noEmit
node build.mjs rebuilt.html
cmp rebuilt.html "$root/plot/report/dist/report.html" || {
    printf 'plot/report/dist/report.html is not what plot/report/src builds to: cd plot/report && npm ci && npm run build, then commit it\n' >&2
    exit 1
}
grep -Eq '"resolved"|registry\.' "$root/plot/report/package-lock.json" && {
    printf 'plot/report/package-lock.json names a registry: npm install with the .npmrc beside it\n' >&2
    exit 1
}
exit 0
