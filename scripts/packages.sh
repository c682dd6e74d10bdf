# The Debian packages that each job needs, beyond a minimal Debian 12. Sourced by setup.sh.
# shellcheck shell=bash disable=SC2034

packages_build=(
    gcc g++ meson ninja-build pkg-config ccache
    libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev libgstreamer-plugins-bad1.0-dev
    libsoup-3.0-dev libjson-glib-dev libssl-dev libjwt-dev libfmt-dev libexpected-dev
)

# What a pipeline meets at run time; openssl makes the certificate of --lan.
packages_run=(
    gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good
    gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-nice gstreamer1.0-libav gstreamer1.0-x
    glib-networking ca-certificates openssl
)

# libsrtp2 is the oracle of the SRTP tests, curl and nlohmann-json are the bench client's; aiortc,
# simple-whip-client and gst-rtsp-server are peers of another make.
packages_test=(
    libgtest-dev libgmock-dev libsrtp2-dev libcurl4-openssl-dev nlohmann-json3-dev
    clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev llvm-14
    git procps iproute2 nftables ffmpeg curl coturn
    chromium firefox-esr python3-aiortc simple-whip-client gir1.2-gst-rtsp-server-1.0 python3-gi python3-jsonschema
)

packages_bench=(janus linux-perf python3-matplotlib)

# Only where no `node` of 18 or later is there, whatever it was installed by.
packages_node=(nodejs npm)
