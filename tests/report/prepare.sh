#!/bin/bash
# usage: tests/report/prepare.sh FOLDER
# Copies the sources of the report's page into FOLDER and installs there what its lock file names. Exit codes: 0 ready;
# 77 npm or its registry is not there, said in one line; 1 anything else.
set -u
cd "$(dirname "$0")/../.." || exit 1
folder=${1:?a folder}/plot

skip() { printf 'skipped: %s\n' "$1"; exit 77; }

command -v node >/dev/null || skip "node is not installed; apt-get install nodejs"
command -v npm >/dev/null || skip "npm is not installed; apt-get install npm"
mkdir -p "$folder/report" && cp plot/style.json "$folder/" || exit 1
rm -rf "$folder/report/src"
cp -r plot/report/{package.json,package-lock.json,.npmrc,tsconfig.json,build.mjs,src} "$folder/report/" || exit 1
cd "$folder/report" || exit 1
cmp -s package-lock.json node_modules/installed && exit 0
log=$(npm ci --no-progress 2>&1) || {
    printf '%s\n' "$log"
    case $log in *ENOTFOUND* | *EAI_AGAIN* | *ECONNREFUSED* | *ETIMEDOUT* | *ENETUNREACH* | *ECONNRESET*) skip "npm reaches no registry" ;; esac
    exit 1
}
cp package-lock.json node_modules/installed
