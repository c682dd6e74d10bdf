// One HTTP request and its answer, over libsoup's message.
#pragma once

#include "core/base/endpoint.hpp"
#include "elements/common/gst_ptr.hpp"

#include <libsoup/soup.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::signaling {

/// Largest body of a request, in bytes: an SDP fits many times.
inline constexpr std::size_t max_body_size = std::size_t{256} * 1024;

/// Lives as long as somebody may still answer; copies share the message.
class HttpExchange {
  public:
    HttpExchange(SoupServerMessage* message, std::string path);

    [[nodiscard]] std::string_view method() const;
    [[nodiscard]] const std::string& path() const { return path_; } ///< decoded
    /// The path's parts between slashes: "/whip/call" gives {"whip", "call"}.
    [[nodiscard]] std::vector<std::string> segments() const;
    [[nodiscard]] std::string query(const char* name) const;  ///< empty where absent
    [[nodiscard]] std::string header(const char* name) const; ///< empty where absent
    /// Without parameters, in lower case.
    [[nodiscard]] std::string content_type() const;
    [[nodiscard]] std::string body() const;
    [[nodiscard]] bool body_too_large() const;
    [[nodiscard]] std::string bearer_token() const;
    [[nodiscard]] IpAddress remote() const;
    [[nodiscard]] bool secure() const; ///< came over TLS

    HttpExchange& add_header(const char* name, std::string_view value);
    void reply(unsigned status, const char* content_type, std::string_view body);
    void reply_bytes(unsigned status, const char* content_type, GBytes* body);
    void reply_empty(unsigned status);
    /// application/problem+json (RFC 9457) whose detail says what is wrong and what would be right.
    void problem(unsigned status, std::string_view detail);
    /// 405 with what is allowed.
    void method_not_allowed(const char* allowed);

    /// The answer comes later; until then the client waits.
    void defer();

    [[nodiscard]] SoupServerMessage* message() const { return message_.get(); }

  private:
    void finish();

    GstPtr<SoupServerMessage> message_;
    std::string path_;
    std::shared_ptr<bool> deferred_;
};

} // namespace parley::signaling
