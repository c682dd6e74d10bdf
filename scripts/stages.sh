# Stages of ./test: each runs with its output in a log, is timed and counted. Sourced.
# shellcheck shell=bash disable=SC2154

total_passed=0
total_failed=0
total_skipped=0
stage_rows=()
finished=false

# counted "PASSED FAILED SKIPPED": what a stage calls to count its tests; without it a stage is one.
counted() { printf '%s\n' "$*" >>"$stage_counts"; }

# run_stage NAME MINUTES FUNCTION ARGUMENT...
run_stage() {
    local name=$1 minutes=$2 log=$logs/test-$1.log started=$SECONDS
    shift 2
    stage_counts=$logs/test-$name.counts
    rm -f "$stage_counts"
    printf '%-10s ' "$name"
    local code=0
    # In a process group of its own, so that a stage that hangs ends with all that it started.
    set -m
    (
        set +m
        set -euo pipefail
        "$@"
    ) >"$log" 2>&1 </dev/null &
    local stage=$!
    set +m
    trap 'kill -- -$stage 2>/dev/null; exit 130' INT TERM
    (
        sleep $((minutes * 60))
        printf '\n%s: still running after %s minutes\n' "$name" "$minutes" >>"$log"
        kill -TERM -- "-$stage"
        sleep 10
        kill -KILL -- "-$stage"
    ) 2>/dev/null &
    local watch=$!
    disown "$watch"
    wait "$stage" || code=$?
    pkill -P "$watch" 2>/dev/null || true
    kill "$watch" 2>/dev/null || true
    trap - INT TERM

    local passed=0 failed=0 skipped=0 p f s
    if [[ -f $stage_counts ]]; then
        while read -r p f s; do
            passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
        done <"$stage_counts"
    elif ((code == 0)); then
        passed=1
    fi
    # A stage that fails without a failed test (it crashed, it hung) has failed all the same.
    if ((code != 0 && failed == 0)); then failed=1; fi
    # And one that ran nothing has tested nothing.
    if ((passed + failed + skipped == 0)); then failed=1; fi
    total_passed=$((total_passed + passed))
    total_failed=$((total_failed + failed))
    total_skipped=$((total_skipped + skipped))
    local verdict=ok
    if ((failed > 0)); then verdict=FAILED; fi
    local seconds=$((SECONDS - started))
    printf '%5d s  %-6s  %d passed, %d failed, %d skipped\n' \
        "$seconds" "$verdict" "$passed" "$failed" "$skipped"
    stage_rows+=("| $name | $seconds s | $passed | $failed | $skipped |")
    if ((failed > 0)); then show_log "$log"; fi
}

# skip_stage NAME REASON
skip_stage() {
    printf '%-10s skipped: %s\n' "$1" "$2"
    total_skipped=$((total_skipped + 1))
}

finish() {
    finished=true
    printf '%d passed, %d failed, %d skipped\n' "$total_passed" "$total_failed" "$total_skipped"
    ((total_failed == 0))
}

# However it ends, e.g. with a build that fails, the last line says how it went.
finish_anyway() {
    local code=$?
    $finished && exit "$code"
    total_failed=$((total_failed + 1))
    finish || exit $((code == 0 ? 1 : code))
}
