// WHIP (RFC 9725) and WHEP by libcurl.
#include "bench/sfu/signaling.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace parley::bench {
namespace {

using Json = nlohmann::json;

struct Reply {
    long status = 0;
    std::string body;
};

class WhipSignaling final : public Signaling {
  public:
    WhipSignaling(std::string base, std::string room)
        : base_{std::move(base)}, room_{std::move(room)}, curl_{curl_easy_init()} {}

    Result<RemoteDescription> publish(const LocalDescription& local) override {
        auto reply = request("/whip/" + room_, publisher_offer(local), 201);
        if (!reply) return tl::make_unexpected(reply.error());
        return read_description(reply->body);
    }

    Result<RemoteDescription> subscribe(const LocalDescription& local) override {
        if (participant_.empty()) {
            auto name = find_publisher();
            if (!name) return tl::make_unexpected(name.error());
            participant_ = std::move(*name);
        }
        auto reply = request("/whep/" + room_ + "/" + participant_, viewer_offer(local), 201);
        if (!reply) return tl::make_unexpected(reply.error());
        return read_description(reply->body);
    }

  private:
    struct Cleanup {
        void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
        void operator()(curl_slist* list) const { curl_slist_free_all(list); }
    };

    static std::size_t take_body(char* data, std::size_t size, std::size_t n, void* reply) {
        static_cast<Reply*>(reply)->body.append(data, size * n);
        return size * n;
    }

    /// WHIP does not tell a publisher its name, but viewers ask by it.
    Result<std::string> find_publisher() {
        auto reply = request("/api/v1/rooms", {}, 200);
        if (!reply) return tl::make_unexpected(reply.error());
        const auto rooms = Json::parse(reply->body, nullptr, false);
        if (!rooms.is_object()) return fail("/api/v1/rooms did not answer with a JSON object");
        for (const auto& room : rooms.value("rooms", Json::array())) {
            const auto participants = room.value("participants", Json::array());
            if (room.value("name", "") != room_ || participants.size() != 1) continue;
            return participants[0].value("id", "");
        }
        return fail("the room \"" + room_ + "\" does not hold one publisher: " + reply->body);
    }

    /// POST of an SDP, or GET without one. One connection is kept for all requests.
    Result<Reply> request(const std::string& path, const std::string& sdp, long expected) {
        Reply reply;
        const auto url = base_ + path;
        const std::unique_ptr<curl_slist, Cleanup> headers{
            curl_slist_append(nullptr, "Content-Type: application/sdp")};
        auto* curl = curl_.get();
        curl_easy_reset(curl);
        curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
        if (!sdp.empty()) {
            curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
            curl_easy_setopt(curl, CURLOPT_POSTFIELDS, sdp.c_str());
            curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                             static_cast<curl_off_t>(sdp.size()));
        }
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &take_body);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        const auto code = curl_easy_perform(curl);
        if (code != CURLE_OK) return fail(fmt::format("{}: {}", url, curl_easy_strerror(code)));
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply.status);
        if (reply.status != expected) {
            return fail(fmt::format("{} answered {}: {}", url, reply.status, reply.body));
        }
        return reply;
    }

    std::string base_;
    std::string room_;
    std::string participant_;
    std::unique_ptr<CURL, Cleanup> curl_;
};

} // namespace

Result<std::unique_ptr<Signaling>> make_whip_signaling(std::string base, std::string room) {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return fail("libcurl does not start");
    return std::make_unique<WhipSignaling>(std::move(base), std::move(room));
}

} // namespace parley::bench
