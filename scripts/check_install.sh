#!/bin/bash
# check_install.sh BUILD: installs a build into an empty folder and uses it from there.
set -euo pipefail

build=$1
version=$(meson introspect --projectinfo "$build" | python3 -c 'import json, sys; print(json.load(sys.stdin)["version"])')
target=$(mktemp -d)
trap 'rm -rf "$target"' EXIT

DESTDIR=$target meson install -C "$build" --no-rebuild --quiet

fail() {
    echo "FAILED: $*"
    (cd "$target" && find . -type f | sort)
    exit 1
}

one() { # one PATTERN: the only installed file that fits
    local -a found
    mapfile -t found < <(find "$target" -type f -path "$1")
    ((${#found[@]} == 1)) || fail "${#found[@]} files fit $1"
    printf '%s\n' "${found[0]}"
}

plugin=$(one '*/gstreamer-1.0/libgstparley.so')
command=$(one '*/bin/parley')
meeting=$(one '*/share/parley/pipelines/meeting.pipeline')
one '*/share/parley/web/index.html' >/dev/null
data=$(dirname "$(dirname "$meeting")")

# Nothing of the build folder may be needed: only what was installed is offered.
export GST_PLUGIN_PATH GST_REGISTRY=$target/registry.bin PARLEY_DATA_DIR=$data
GST_PLUGIN_PATH=$(dirname "$plugin")
unset LD_LIBRARY_PATH

inspected=$(gst-inspect-1.0 parley)
echo "$inspected"
grep -q "Version *$version" <<<"$inspected" || fail "the plugin is not of version $version"
for element in rtcsignaling rtcsfu; do
    gst-inspect-1.0 "$element" >/dev/null || fail "gst-inspect-1.0 does not know $element"
done

[[ $("$command" --version) == "parley $version" ]] || fail "the command is not of version $version"
"$command" list | grep -q '^meeting ' || fail "parley list does not show the meeting"
"$command" check meeting || fail "the meeting cannot be parsed"
echo "installed and usable"
