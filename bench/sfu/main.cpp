// The load client: connects a publisher and subscribers to one server, and measures runs.
//
// Takes commands on stdin, one JSON object a line, and answers each by one on stdout:
//   {"do": "publish"}                       connects the publisher
//   {"do": "subscribe", "count": 50}        connects so many subscribers more, one after another
//   {"do": "run", "pattern": "fives", "rate": 150, "seconds": 10}
//                                           with "spin": true the client never sleeps meanwhile
//   {"do": "record", "seconds": 10, "path": "trace.txt", "title": "..."}   what others publish
//   {"do": "usage"}                         the server's CPU, memory and threads
// An answer with "error" says what went wrong; the client goes on. End of input ends it.
#include "bench/sfu/load.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <string_view>

namespace parley::bench {
namespace {

constexpr std::string_view usage_text =
    "parley-sfu-load --server=whip|janus --address=URL|SOCKET --pid=PID\n"
    "                [--room=bench] [--profile=SRTP_AES128_CM_HMAC_SHA1_80|"
    "SRTP_AEAD_AES_128_GCM]\n"
    "                [--codec=vp8|h264] [--timestamps=kernel|user]\n";

int run(int argc, char** argv) {
    std::map<std::string, std::string, std::less<>> options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        const auto equals = argument.find('=');
        if (!argument.starts_with("--") || equals == std::string_view::npos) {
            fmt::print(stderr, "{}", usage_text);
            return 2;
        }
        options[std::string{argument.substr(2, equals - 2)}] = argument.substr(equals + 1);
    }
    const auto option = [&](std::string_view name, std::string_view otherwise = {}) {
        const auto found = options.find(name);
        return found == options.end() ? std::string{otherwise} : found->second;
    };
    LoadSettings settings;
    settings.server = option("server");
    settings.address = option("address");
    settings.room = option("room", "bench");
    settings.pid = std::atoi(option("pid", "0").c_str());
    settings.codec = option("codec", "vp8") == "h264" ? VideoCodec::h264 : VideoCodec::vp8;
    settings.kernel_timestamps = option("timestamps", "kernel") == "kernel";
    const auto profile = srtp::profile_from_name(option("profile", "SRTP_AES128_CM_HMAC_SHA1_80"));
    if (!profile || settings.address.empty() || settings.pid <= 0 ||
        (settings.server != "whip" && settings.server != "janus")) {
        fmt::print(stderr, "{}", usage_text);
        return 2;
    }
    settings.profile = *profile;

    auto load = Load::create(settings);
    if (!load) {
        fmt::print(stderr, "parley-sfu-load: {}\n", load.error().text);
        return 1;
    }
    for (std::string line; std::getline(std::cin, line);) {
        const auto command = nlohmann::json::parse(line, nullptr, false);
        auto answer = (*load)->command(command);
        fmt::print("{}\n",
                   (answer ? *answer : nlohmann::json{{"error", answer.error().text}}).dump());
        std::fflush(stdout);
    }
    return 0;
}

} // namespace
} // namespace parley::bench

int main(int argc, char** argv) {
    try {
        return parley::bench::run(argc, argv);
    } catch (const std::exception& error) {
        fmt::print(stderr, "parley-sfu-load: {}\n", error.what());
        return 1;
    }
}
