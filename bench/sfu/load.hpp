// The load on one server: its publisher, its subscribers, and the measurements.
#pragma once

#include "bench/sfu/publisher.hpp"
#include "bench/sfu/receivers.hpp"
#include "bench/sfu/signaling.hpp"

#include <nlohmann/json.hpp>
#include <sys/types.h>

#include <memory>
#include <string>

namespace parley::bench {

struct LoadSettings {
    std::string server;  ///< "whip" or "janus"
    std::string address; ///< "http://127.0.0.1:8080", or the path of Janus' Unix socket
    std::string room;
    pid_t pid = 0; ///< of the server that is measured
    srtp::Profile profile = srtp::Profile::aes128_cm_hmac_sha1_80;
    VideoCodec codec = VideoCodec::vp8;
    bool kernel_timestamps = true;
};

class Load {
  public:
    static Result<std::unique_ptr<Load>> create(LoadSettings settings);

    Result<nlohmann::json> command(const nlohmann::json& command);

  private:
    explicit Load(LoadSettings settings);

    Result<nlohmann::json> publish();
    Result<nlohmann::json> subscribe(std::size_t count);
    Result<nlohmann::json> measure(const std::string& pattern, double rate, Duration length);
    Result<nlohmann::json> record(const std::string& path, const std::string& title,
                                  Duration length);
    Result<nlohmann::json> usage() const;
    [[nodiscard]] Result<std::unique_ptr<Peer>> open_peer() const;
    void serve_for(Duration length);
    void serve_until_quiet();

    LoadSettings settings_;
    std::shared_ptr<const dtls::Context> certificate_;
    std::unique_ptr<Signaling> signaling_;
    Receivers receivers_;
    std::unique_ptr<Publisher> publisher_;
};

} // namespace parley::bench
