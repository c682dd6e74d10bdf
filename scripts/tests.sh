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
    configure_fuzz
    build fuzz
    unlock_setup
}

configure_fuzz() {
    CC='ccache clang-14' CXX='ccache clang++-14' configure_build fuzz -Dfuzz=true -Dtests=false \
        -Dbench=false -Db_sanitize=address,undefined -Db_lundef=false
}

# Also where the clone belongs to another user than the one who tests, e.g. root in a container.
in_git() { git -c safe.directory="$root" -C "$root" "$@"; }

# tracked PATTERN...: files of the repository, also those that are not committed yet.
tracked() { in_git ls-files --cached --others --exclude-standard -- "$@"; }

check_format() {
    tracked '*.cpp' '*.hpp' | while IFS= read -r file; do [[ -f $file ]] && echo "$file"; done |
        xargs -d '\n' clang-format-14 --dry-run -Werror
}

unit_tests() {
    local folder=build/$1 code=0
    meson test -C "$folder" --no-rebuild --print-errorlogs || code=$?
    counted "$(python3 scripts/count_tests.py meson "$folder/meson-logs/testlog.json")"
    return "$code"
}

# fuzz_tests SECONDS: each target on its seeds and for so long; what it finds stays in build/fuzz.
fuzz_tests() {
    local seconds=$1 target name failed=0 passed=0 work=$root/build/fuzz/found
    mkdir -p "$work"
    for target in build/fuzz/fuzz/*_fuzz; do
        name=$(basename "$target" _fuzz)
        echo "== $name"
        mkdir -p "$work/$name"
        local -a seeds=("$work/$name")
        [[ -d fuzz/corpus/$name ]] && seeds+=("fuzz/corpus/$name")
        # glib leaks 16 KB in its constructor; leaks are the sanitizer build's to find.
        if "$target" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -detect_leaks=0 \
            -print_final_stats=1 -artifact_prefix="$work/$name-" "${seeds[@]}" 2>&1 | tail -n 25; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "$name FAILED: its input is kept as $work/$name-*"
        fi
    done
    counted "$passed" "$failed" 0
    ((failed == 0))
}

check_install() { scripts/check_install.sh build/test; }

check_docs() {
    python3 scripts/check_docs.py
    python3 tools/gen_elements_doc.py --build build/test --check
}

browser_tests() {
    local code=0 log=$logs/test-e2e-output.log
    PARLEY_BUILD=build/test node tests/e2e/run.js 2>&1 | tee "$log" || code=$?
    counted "$(python3 scripts/count_tests.py node "$log")"
    return "$code"
}

# sanitizer_tests FOLDER SANITIZERS: the unit tests once more.
sanitizer_tests() {
    configure_build "$1" -Db_sanitize="$2" -Db_lundef=false -Dbench=false
    build "$1"
    export ASAN_OPTIONS=fast_unwind_on_malloc=0:detect_stack_use_after_return=1
    export LSAN_OPTIONS=suppressions=$root/scripts/lsan.supp:print_suppressions=0
    export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
    # GStreamer and GLib are not instrumented: what TSan sees of them is half the story.
    export TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=1
    export G_SLICE=always-malloc
    export MESON_TEST_TIMEOUT_MULTIPLIER=5
    unit_tests "$1"
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
