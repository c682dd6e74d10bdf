// Janus' VideoRoom plugin (janus.plugin.videoroom, multistream) over the pfunix transport.
#include "bench/sfu/signaling.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

namespace parley::bench {
namespace {

using Json = nlohmann::json;

constexpr int room = 1234;

class JanusSignaling final : public Signaling {
  public:
    explicit JanusSignaling(int socket) : socket_{socket}, buffer_(std::size_t{1} << 20) {}
    ~JanusSignaling() override { ::close(socket_); }

    Result<void> open(VideoCodec codec) {
        auto created = request({{"janus", "create"}});
        if (!created) return tl::make_unexpected(created.error());
        session_ = (*created)["data"]["id"].get<std::uint64_t>();
        publisher_ = 0;
        auto handle = attach();
        if (!handle) return tl::make_unexpected(handle.error());
        publisher_ = *handle;
        auto made = message(publisher_, {{"request", "create"},
                                         {"room", room},
                                         {"publishers", 1},
                                         {"bitrate", 100'000'000},
                                         {"fir_freq", 0},
                                         {"videocodec", codec == VideoCodec::vp8 ? "vp8" : "h264"},
                                         {"audiolevel_ext", false},
                                         {"videoorient_ext", false},
                                         {"playoutdelay_ext", false},
                                         {"transport_wide_cc_ext", false}});
        if (!made) return tl::make_unexpected(made.error());
        return {};
    }

    Result<RemoteDescription> publish(const LocalDescription& local) override {
        auto joined = message(
            publisher_, {{"request", "join"}, {"ptype", "publisher"}, {"room", room}, {"id", 1}});
        if (!joined) return tl::make_unexpected(joined.error());
        const Json offer{{"type", "offer"}, {"sdp", publisher_offer(local)}};
        auto published = message(publisher_, {{"request", "publish"}}, offer);
        if (!published) return tl::make_unexpected(published.error());
        return description(*published);
    }

    Result<RemoteDescription> subscribe(const LocalDescription& local) override {
        auto handle = attach();
        if (!handle) return tl::make_unexpected(handle.error());
        auto attached = message(*handle, {{"request", "join"},
                                          {"ptype", "subscriber"},
                                          {"room", room},
                                          {"streams", Json::array({{{"feed", 1}}})}});
        if (!attached) return tl::make_unexpected(attached.error());
        auto remote = description(*attached);
        if (!remote) return remote;
        auto answer = viewer_answer((*attached)["jsep"]["sdp"].get<std::string>(), local);
        if (!answer) return tl::make_unexpected(answer.error());
        const Json jsep{{"type", "answer"}, {"sdp", *answer}};
        auto started = message(*handle, {{"request", "start"}, {"room", room}}, jsep);
        if (!started) return tl::make_unexpected(started.error());
        return remote;
    }

  private:
    static Result<RemoteDescription> description(const Json& event) {
        if (!event.contains("jsep")) return fail("Janus sent no SDP: " + event.dump());
        return read_description(event["jsep"]["sdp"].get<std::string>());
    }

    Result<std::uint64_t> attach() {
        auto answer = request({{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}});
        if (!answer) return tl::make_unexpected(answer.error());
        return (*answer)["data"]["id"].get<std::uint64_t>();
    }

    /// A plugin's message; gives the reply, which is an event except for synchronous requests.
    Result<Json> message(std::uint64_t handle, const Json& body, const Json& jsep = nullptr) {
        Json call{{"janus", "message"}, {"handle_id", handle}, {"body", body}};
        if (!jsep.is_null()) call["jsep"] = jsep;
        auto reply = request(std::move(call));
        if (reply && reply->contains("plugindata") &&
            (*reply)["plugindata"]["data"].contains("error")) {
            return fail("Janus: " + (*reply)["plugindata"]["data"]["error"].get<std::string>());
        }
        return reply;
    }

    /// Sends and waits for the reply of this transaction that is not an "ack".
    Result<Json> request(Json call) {
        const auto transaction = std::to_string(++transactions_);
        call["transaction"] = transaction;
        if (session_ != 0) call["session_id"] = session_;
        const auto text = call.dump();
        if (::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) < 0) {
            return fail(fmt::format("sending to Janus: {}", std::strerror(errno)));
        }
        for (;;) {
            const auto size = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
            if (size <= 0) {
                return fail(fmt::format("no reply of Janus to {}: {}", text,
                                        size == 0 ? "it hung up" : std::strerror(errno)));
            }
            auto reply = Json::parse(buffer_.data(), buffer_.data() + size, nullptr, false);
            if (reply.is_discarded()) return fail("Janus sent something that is not JSON");
            if (reply.value("transaction", "") != transaction) continue;
            const auto kind = reply.value("janus", "");
            if (kind == "ack") continue;
            if (kind == "error") return fail("Janus: " + reply["error"].dump());
            return reply;
        }
    }

    int socket_;
    std::vector<char> buffer_;
    std::uint64_t session_ = 0;
    std::uint64_t publisher_ = 0;
    std::uint64_t transactions_ = 0;
};

} // namespace

Result<std::unique_ptr<Signaling>> make_janus_signaling(const std::string& path, VideoCodec codec) {
    const int fd = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return fail("too long a path: " + path);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    const timeval patience{10, 0};
    if (fd < 0 || ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
        ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        auto error = fmt::format("connecting to Janus at {}: {}", path, std::strerror(errno));
        if (fd >= 0) ::close(fd);
        return fail(std::move(error));
    }
    auto signaling = std::make_unique<JanusSignaling>(fd);
    if (auto opened = signaling->open(codec); !opened) return tl::make_unexpected(opened.error());
    return signaling;
}

} // namespace parley::bench
