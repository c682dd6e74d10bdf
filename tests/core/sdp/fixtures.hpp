// Descriptions that real browsers made, and what every negotiation test needs.
#pragma once

#include "core/sdp/negotiation/transport.hpp"
#include "core/sdp/session_description.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace parley::sdp::test {

struct Fixture {
    std::string name; ///< "chromium-156/av-sendonly.offer.sdp"
    std::string text;
};

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream stream{path, std::ios::binary};
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

/// All fixtures whose file name ends in `suffix`; empty when the folder is not there.
inline std::vector<Fixture> fixtures(std::string_view suffix) {
    const std::filesystem::path root{PARLEY_SDP_FIXTURES};
    std::vector<Fixture> result;
    if (!std::filesystem::is_directory(root)) return result;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        const auto name = std::filesystem::relative(entry.path(), root).string();
        if (name.size() < suffix.size() || name.substr(name.size() - suffix.size()) != suffix) {
            continue;
        }
        result.push_back({name, read_file(entry.path())});
    }
    std::sort(result.begin(), result.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return result;
}

inline bool have_fixtures() {
    return std::filesystem::is_directory(PARLEY_SDP_FIXTURES);
}

// The macro, because GTEST_SKIP returns from the test itself.
#define PARLEY_NEED_FIXTURES()                                                                     \
    if (!::parley::sdp::test::have_fixtures())                                                     \
    GTEST_SKIP() << "no recorded descriptions at " << PARLEY_SDP_FIXTURES

inline SessionDescription parsed(const std::string& text) {
    auto result = parse(text);
    if (!result) {
        ADD_FAILURE() << result.error().text << "\n" << text;
        return {};
    }
    return *result;
}

inline SessionDescription fixture(const std::string& name) {
    return parsed(read_file(std::filesystem::path{PARLEY_SDP_FIXTURES} / name));
}

inline LocalTransport local_transport() {
    LocalTransport local;
    local.session_id = "4711";
    local.version = 3;
    local.ufrag = "serv";
    local.pwd = "0123456789abcdefghijkl";
    local.fingerprint = {"sha-256", std::vector<std::uint8_t>(32, 0xAB)};
    const Endpoint v4{IpAddress::v4(192, 0, 2, 1), 10000};
    const Endpoint v6{*IpAddress::parse("2001:db8::1"), 10000};
    local.candidates = {{v4, Protocol::udp}, {v6, Protocol::udp}, {v4, Protocol::tcp}};
    return local;
}

} // namespace parley::sdp::test
