# What ./test runs: one function a stage. Sourced by ./test.
# shellcheck shell=bash disable=SC2154

werror=false
[[ ${CI:-} == true || ${CI:-} == 1 ]] && werror=true

set_up_test() {
    lock_setup
    local -a packages=("${packages_build[@]}" "${packages_run[@]}" "${packages_test[@]}")
    has_node || packages+=("${packages_node[@]}")
    install_packages "${packages[@]}"
    install_npm
    configure_build test -Dwerror=$werror
    build test
    build_fuzz
    unlock_setup
}

# The fuzz targets and no more: what they test is compiled for them, with sanitizers.
build_fuzz() {
    CC='ccache clang-14' CXX='ccache clang++-14' configure_build fuzz -Dfuzz=true -Delements=true \
        -Dtests=false -Dbench=false
    local -a targets
    mapfile -t targets < <(ninja -C "$root/build/fuzz" -t targets all 2>&1 9>&- |
        sed -n 's,^\(fuzz/fuzz-[^:/]*\): cpp_LINKER,\1,p')
    ((${#targets[@]} > 0)) || die "There are no fuzz targets."
    build fuzz "${targets[@]}"
}

# Also where the clone belongs to another user than the one who tests, e.g. root in a container.
in_git() { git -c safe.directory="$root" -C "$root" "$@"; }

# tracked PATTERN...: files of the repository, also those that are not committed yet.
tracked() { in_git ls-files --cached --others --exclude-standard -- "$@"; }

check_format() {
    tracked '*.cpp' '*.hpp' | while IFS= read -r file; do [[ -f $file ]] && echo "$file"; done |
        xargs -d '\n' clang-format-14 --dry-run -Werror
}

# meson_tests FOLDER NAME OPTION...: counted from the log of that name.
meson_tests() {
    local folder=build/$1 name=$2 code=0
    shift 2
    mkdir -p "$folder/meson-logs"
    touch "$folder/meson-logs/.begun"
    meson test -C "$folder" --no-rebuild --print-errorlogs --logbase "$name" "$@" || code=$?
    # A wrapper's name is added to that of the log.
    local log
    log=$(find "$folder/meson-logs" -name "$name*.json" -newer "$folder/meson-logs/.begun" | head -n 1)
    counted "$(python3 scripts/count_tests.py meson "$log")"
    return "$code"
}

unit_tests() { meson_tests test unit; }

# Each target for a few seconds on its seeds; build/test has replayed what once crashed.
fuzz_tests() { meson_tests fuzz short --suite fuzz; }

# The unit tests that can run for longer: three minutes of lip sync under loss and jitter, two hundred
# people who come and go.
long_unit_tests() {
    PARLEY_LIP_SYNC_SECONDS=180 PARLEY_REMOTE_JOINS=200 meson_tests test long \
        -t 10 elements-room-lip-sync elements-room_remote
}

# long_fuzz_tests SECONDS: one target after the other; what they find stays in build/fuzz/fuzz.
long_fuzz_tests() {
    local seconds=$1 target name failed=0 passed=0 folder=build/fuzz/fuzz
    for target in "$folder"/fuzz-*; do
        [[ -f $target && -x $target ]] || continue
        name=${target##*/fuzz-}
        echo "== $name"
        mkdir -p "$folder/found/$name"
        if "$target" -max_total_time="$seconds" -timeout=10 -max_len=8192 -verbosity=0 \
            -print_final_stats=1 -artifact_prefix="$folder/$name-" "$folder/found/$name" \
            "fuzz/corpus/$name"; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "$name FAILED: its input is kept as $folder/$name-*"
        fi
    done
    counted "$passed $failed 0"
    ((failed == 0))
}

check_install() { scripts/check_install.sh build/test; }

check_docs() {
    use_build test
    python3 scripts/check_docs.py build/test/tools/parley
    tools/gen_elements_doc --check --plugins build/test/plugins
}

# node_tests COMMAND...: counted by what node prints last.
node_tests() {
    local code=0 log=$stage_counts.output
    "$@" 2>&1 | tee "$log" || code=$?
    counted "$(python3 scripts/count_tests.py node "$log")"
    return "$code"
}

# What the page computes, without a browser.
page_tests() { node_tests node --test --test-reporter=spec tests/web/*.test.js; }

browser_tests() { PARLEY_BUILD=build/test node_tests node tests/e2e/run.js; }

# sanitizer_tests FOLDER SANITIZERS LIBRARY: the unit tests once more. Where GStreamer loads our
# plugin its own programs need the sanitizer's library first; they leak by design, so that leaks
# are looked for in the other tests only.
sanitizer_tests() {
    local folder=$1 library code=0
    library=$(gcc -print-file-name="$3")
    configure_build "$folder" -Db_sanitize="$2" -Db_lundef=false -Dbench=false
    build "$folder"
    export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
    export LSAN_OPTIONS=suppressions=$root/scripts/lsan.supp:print_suppressions=0
    # GStreamer and GLib are not instrumented: what TSan sees of them is half the story.
    export TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=1
    local asan=fast_unwind_on_malloc=0:detect_stack_use_after_return=1
    ASAN_OPTIONS=$asan meson_tests "$folder" engine -t 5 \
        --no-suite elements --no-suite tools || code=$?
    # The plugin and the programs that load it have the same static library in them.
    ASAN_OPTIONS=$asan:detect_leaks=0:detect_odr_violation=0 meson_tests "$folder" shells -t 5 \
        --suite elements --suite tools --no-suite inspect \
        --wrapper "$root/scripts/with_sanitizer.sh $library" || code=$?
    return "$code"
}

check_tidy() {
    run-clang-tidy-14 -quiet -p build/test "$root/(core|net|elements|plugins|tools)/.*\.cpp"
}

# write_table: the stages of this run, into docs/testing.md between its marks.
write_table() {
    local commit dirty=
    commit=$(in_git rev-parse --short HEAD)
    in_git diff --quiet HEAD -- || dirty=' with changes'
    {
        printf 'Commit %s%s, %s, %s.\n\n' "$commit" "$dirty" "$(date -u +%F)" \
            "$(nproc) cores, $(uname -m)"
        printf '| stage | time | passed | failed | skipped |\n|---|---|---|---|---|\n'
        printf '%s\n' "${stage_rows[@]}"
    } >"$logs/table.md"
    python3 scripts/write_table.py docs/testing.md "$logs/table.md"
    printf '\n'
    cat "$logs/table.md"
    printf '\n'
}
