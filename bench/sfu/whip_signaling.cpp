// WHIP (RFC 9725) and WHEP by libcurl.
#include "bench/sfu/signaling.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <cctype>
#include <cstddef>
#include <memory>
#include <utility>

namespace parley::bench {
namespace {

struct Reply {
    long status = 0;
    std::string location;
    std::string body;
};

class WhipSignaling final : public Signaling {
  public:
    WhipSignaling(std::string base, std::string room)
        : base_{std::move(base)}, room_{std::move(room)}, curl_{curl_easy_init()} {}

    Result<RemoteDescription> publish(const LocalDescription& local) override {
        auto reply = post("/whip/" + room_, publisher_offer(local));
        if (!reply) return tl::make_unexpected(reply.error());
        // The session's resource is /whip/{room}/{participant}.
        const auto last = reply->location.find_last_of('/');
        if (last == std::string::npos || last + 1 == reply->location.size()) {
            return fail("WHIP gave the Location \"" + reply->location + "\", which names nobody");
        }
        participant_ = reply->location.substr(last + 1);
        return read_description(reply->body);
    }

    Result<RemoteDescription> subscribe(const LocalDescription& local) override {
        auto reply = post("/whep/" + room_ + "/" + participant_, viewer_offer(local));
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

    static std::size_t take_header(char* data, std::size_t size, std::size_t n, void* reply) {
        std::string line{data, size * n};
        constexpr std::string_view name = "location:";
        bool same = line.size() > name.size();
        for (std::size_t i = 0; same && i < name.size(); ++i) {
            same = std::tolower(static_cast<unsigned char>(line[i])) == name[i];
        }
        if (same) {
            const auto first = line.find_first_not_of(" \t", name.size());
            const auto last = line.find_last_not_of(" \t\r\n");
            if (first != std::string::npos && last >= first) {
                static_cast<Reply*>(reply)->location = line.substr(first, last - first + 1);
            }
        }
        return size * n;
    }

    /// One connection is kept for all requests.
    Result<Reply> post(const std::string& path, const std::string& sdp) {
        Reply reply;
        const auto url = base_ + path;
        const std::unique_ptr<curl_slist, Cleanup> headers{
            curl_slist_append(nullptr, "Content-Type: application/sdp")};
        auto* curl = curl_.get();
        curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, sdp.c_str());
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(sdp.size()));
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &take_body);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply);
        curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &take_header);
        curl_easy_setopt(curl, CURLOPT_HEADERDATA, &reply);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        const auto code = curl_easy_perform(curl);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, nullptr);
        if (code != CURLE_OK) return fail(fmt::format("{}: {}", url, curl_easy_strerror(code)));
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply.status);
        if (reply.status != 201) {
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
