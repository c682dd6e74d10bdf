# What ./run and ./test share: find what is missing, install it, build. Sourced, not run.
# Expects `root` to be the repository's folder; needs nothing beyond a minimal Debian 12.
# shellcheck shell=bash disable=SC2154

# shellcheck source=scripts/packages.sh
source "$root/scripts/packages.sh"

logs=$root/build/log

say() { printf '%s\n' "$*" >&2; }

die() {
    say "$@"
    exit 1
}

# show_log FILE: the end of a log, for whoever has to mend what failed.
show_log() {
    say "--- the last lines of $1:"
    tail -n 40 "$1" >&2
    say "---"
}

# One set-up at a time: two would write the same build folders.
lock_setup() {
    if ! mkdir -p "$logs" 2>/dev/null || [[ ! -w $root/build || ! -w $logs ]]; then
        die "Cannot write to $root/build (was it made by another user?)." \
            "Remedy: sudo chown -R $(id -un) '$root/build'"
    fi
    exec 9>"$root/build/.lock"
    if ! flock -n 9; then
        say "Waiting for another ./run or ./test to finish its set-up ..."
        flock 9
    fi
}

unlock_setup() { exec 9>&-; }

# missing_packages NAME...: those that are not installed.
missing_packages() {
    { dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true; } |
        awk 'BEGIN { for (i = 1; i < ARGC; i++) want[ARGV[i]]; ARGC = 1 }
             $2 == "installed" { delete want[$1] }
             END { for (name in want) print name }' "$@" | sort
}

has_node() {
    local version
    command -v npm >/dev/null && version=$(node --version 2>/dev/null) || return 1
    version=${version#v}
    ((${version%%.*} >= 18))
}

# install_packages NAME...: by apt, as root or with sudo.
install_packages() {
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "This is not Debian: make sure that you have what these packages hold: $*"
        return
    fi
    local missing
    missing=$(missing_packages "$@" | tr '\n' ' ')
    missing=${missing% }
    [[ -z $missing ]] && return
    local -a names as_root=()
    read -ra names <<<"$missing"
    if ((EUID != 0)); then
        command -v sudo >/dev/null || die \
            "These packages are missing: $missing" \
            "Only an administrator can install them, and there is no sudo here. As root, run:" \
            "    apt-get update && apt-get install --no-install-recommends $missing"
        as_root=(sudo)
    fi
    say "Installing ${#names[@]} packages: $missing"
    local log=$logs/packages.log
    : >"$log"
    local -a environment=(env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8)
    if ! "${as_root[@]}" "${environment[@]}" apt-get -o DPkg::Lock::Timeout=300 update \
        >>"$log" 2>&1 9>&-; then
        say "apt-get update failed; going on with the lists that are here."
    fi
    if ! "${as_root[@]}" "${environment[@]}" apt-get -o DPkg::Lock::Timeout=300 install -y \
        --no-install-recommends "${names[@]}" >>"$log" 2>&1 </dev/null 9>&-; then
        show_log "$log"
        die "The packages could not be installed. Is this machine online?"
    fi
}

# install_npm: the packages of package.json, which only the browser tests use.
install_npm() {
    local stamp=$root/node_modules/.parley-stamp now log=$logs/npm.log
    now=$(cd "$root" && cat package.json package-lock.json 2>/dev/null | sha256sum)
    [[ -f $stamp && $(<"$stamp") == "$now" ]] && return
    say "Installing the browser tests' npm packages"
    local command=install
    [[ -f $root/package-lock.json ]] && command=ci
    if ! (cd "$root" && npm "$command" --no-audit --no-fund) >"$log" 2>&1 9>&-; then
        show_log "$log"
        die "npm could not install the packages of package.json. Is this machine online?"
    fi
    printf '%s\n' "$now" >"$stamp"
}

# configure_build FOLDER OPTION...: build/FOLDER with these meson options; does nothing when it has
# them. A folder that was moved here, or whose set-up was interrupted, is made anew.
configure_build() {
    local folder=$root/build/$1 log=$logs/build-$1.log want
    shift
    want=$(printf '%s\n' "$root" "$@")
    local stamp=$folder/.parley-options
    if [[ -f $folder/build.ninja && -f $stamp && $(<"$stamp") == "$want" ]]; then
        return
    fi
    if [[ -d $folder ]] && ! rm -rf "$folder" 2>/dev/null; then
        die "Cannot renew $folder (was it made by another user?)." "Remedy: sudo rm -rf '$folder'"
    fi
    if ! meson setup "$folder" "$root" "$@" >"$log" 2>&1 9>&-; then
        show_log "$log"
        die "The build could not be set up."
    fi
    printf '%s\n' "$want" >"$stamp"
}

# build FOLDER TARGET...: ninja, with a line for each quarter of the way.
build() {
    local folder=$root/build/$1 log=$logs/build-$1.log name=$1
    shift
    local line quarter shown=0
    # Objects of one folder serve another: the same sources and flags, at the same depth.
    export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
    if ! NINJA_STATUS='[%f/%t] ' ninja -C "$folder" "$@" 2>&1 9>&- | tee "$log" | {
        while IFS= read -r line; do
            [[ $line =~ ^\[([0-9]+)/([0-9]+)\]\  ]] || continue
            ((BASH_REMATCH[2] < 8)) && continue
            quarter=$((BASH_REMATCH[1] * 4 / BASH_REMATCH[2]))
            if ((quarter > shown)); then
                shown=$quarter
                say "Building ($name): $((quarter * 25)) % of ${BASH_REMATCH[2]} steps"
            fi
        done
    }; then
        show_log "$log"
        die "The build failed."
    fi
}

# set_up_run: all that ./run needs.
set_up_run() {
    lock_setup
    install_packages "${packages_build[@]}" "${packages_run[@]}"
    configure_build release --buildtype=release -Dtests=false -Dbench=false
    build release
    unlock_setup
}

# use_build FOLDER: lets GStreamer and the command find what was built there, and nothing else does.
use_build() {
    export GST_PLUGIN_PATH=$root/build/$1/plugins${GST_PLUGIN_PATH:+:$GST_PLUGIN_PATH}
    export GST_REGISTRY=$root/build/$1/registry.bin
    export PARLEY_DATA_DIR=$root
}
