#!/bin/sh
# release-notes.sh VERSION: what CHANGELOG.md says of a version. Fails where that is nothing.
set -eu
awk -v version="$1" '
  /^## / { found = ($2 == version || $2 == version ",") ; next }
  found { print; lines += NF > 0 }
  END { exit lines == 0 }
' CHANGELOG.md
