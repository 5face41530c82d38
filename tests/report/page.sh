#!/bin/bash
# usage: tests/report/page.sh FOLDER
# Drives the committed page in headless Chromium, with what prepare.sh installed in FOLDER.
set -u
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:?a folder}

"$here/prepare.sh" "$folder" || exit $?
browser=$(command -v chromium) || { printf 'skipped: chromium is not installed; apt-get install chromium\n'; exit 77; }
HANDOFF_CHROMIUM=$browser HANDOFF_REPORT_MODULES=$folder/plot/report exec node --test "$here/page.test.mjs"
