#!/bin/bash
# with_sanitizer.sh LIBRARY PROGRAM ARGUMENT...: runs a program with a sanitizer's library loaded first, where it may load
# our plugin without being instrumented itself. Not so Python, which does not start under the thread sanitizer: what
# its tests start is instrumented.
set -eu
library=$1
shift
case $1 in
*python*) ;;
*) export LD_PRELOAD=$library ;;
esac
exec "$@"
