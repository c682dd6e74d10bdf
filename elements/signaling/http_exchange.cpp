#include "elements/signaling/http_exchange.hpp"

#include "elements/common/json.hpp"

namespace parley::signaling {
namespace {

SoupMessageHeaders* request_headers(SoupServerMessage* message) {
    return soup_server_message_get_request_headers(message);
}

} // namespace

HttpExchange::HttpExchange(SoupServerMessage* message, std::string path)
    : message_{ref_ptr(message)}
    , path_{std::move(path)}
    , deferred_{std::make_shared<bool>(false)} {}

std::string_view HttpExchange::method() const {
    return soup_server_message_get_method(message_.get());
}

std::vector<std::string> HttpExchange::segments() const {
    std::vector<std::string> parts;
    std::string_view rest{path_};
    while (!rest.empty()) {
        if (rest.front() == '/') {
            rest.remove_prefix(1);
            continue;
        }
        const auto slash = rest.find('/');
        parts.emplace_back(rest.substr(0, slash));
        rest.remove_prefix(std::min(slash, rest.size()));
    }
    return parts;
}

std::string HttpExchange::query(const char* name) const {
    const char* text = g_uri_get_query(soup_server_message_get_uri(message_.get()));
    if (!text) return {};
    const std::unique_ptr<GHashTable, FreeWith<g_hash_table_unref>> table{soup_form_decode(text)};
    const auto* value = static_cast<const char*>(g_hash_table_lookup(table.get(), name));
    return value ? value : "";
}

std::string HttpExchange::header(const char* name) const {
    const char* value = soup_message_headers_get_list(request_headers(message_.get()), name);
    return value ? value : "";
}

std::string HttpExchange::content_type() const {
    const char* type =
        soup_message_headers_get_content_type(request_headers(message_.get()), nullptr);
    if (!type) return {};
    const GStringPtr lower{g_ascii_strdown(type, -1)};
    return lower.get();
}

std::string HttpExchange::body() const {
    auto* body = soup_server_message_get_request_body(message_.get());
    const auto bytes = adopt_ptr(soup_message_body_flatten(body));
    gsize size = 0;
    const auto* data = static_cast<const char*>(g_bytes_get_data(bytes.get(), &size));
    return data ? std::string{data, size} : std::string{};
}

bool HttpExchange::body_too_large() const {
    const auto length = soup_message_headers_get_content_length(request_headers(message_.get()));
    const auto* body = soup_server_message_get_request_body(message_.get());
    return length > static_cast<goffset>(max_body_size) ||
           body->length > static_cast<goffset>(max_body_size);
}

std::string HttpExchange::bearer_token() const {
    const auto value = header("Authorization");
    constexpr std::string_view scheme = "Bearer ";
    if (value.size() <= scheme.size() ||
        g_ascii_strncasecmp(value.c_str(), scheme.data(), scheme.size()) != 0) {
        return {};
    }
    return value.substr(value.find_first_not_of(' ', scheme.size()));
}

IpAddress HttpExchange::remote() const {
    const char* host = soup_server_message_get_remote_host(message_.get());
    return IpAddress::parse(host ? host : "").value_or(IpAddress{});
}

bool HttpExchange::secure() const {
    return g_strcmp0(g_uri_get_scheme(soup_server_message_get_uri(message_.get())), "https") == 0;
}

HttpExchange& HttpExchange::add_header(const char* name, std::string_view value) {
    soup_message_headers_append(soup_server_message_get_response_headers(message_.get()), name,
                                std::string{value}.c_str());
    return *this;
}

void HttpExchange::reply(unsigned status, const char* content_type, std::string_view body) {
    soup_server_message_set_status(message_.get(), status, nullptr);
    soup_server_message_set_response(message_.get(), content_type, SOUP_MEMORY_COPY, body.data(),
                                     body.size());
    finish();
}

void HttpExchange::reply_bytes(unsigned status, const char* content_type, GBytes* body) {
    soup_server_message_set_status(message_.get(), status, nullptr);
    auto* headers = soup_server_message_get_response_headers(message_.get());
    soup_message_headers_replace(headers, "Content-Type", content_type);
    soup_message_body_append_bytes(soup_server_message_get_response_body(message_.get()), body);
    finish();
}

void HttpExchange::reply_empty(unsigned status) {
    soup_server_message_set_status(message_.get(), status, nullptr);
    finish();
}

void HttpExchange::problem(unsigned status, std::string_view detail) {
    const auto body = json::Writer{}
                          .begin_object()
                          .member("title", soup_status_get_phrase(status))
                          .member("status", status)
                          .member("detail", detail)
                          .end_object()
                          .take();
    reply(status, "application/problem+json", body);
}

void HttpExchange::method_not_allowed(const char* allowed) {
    add_header("Allow", allowed);
    problem(SOUP_STATUS_METHOD_NOT_ALLOWED, std::string{"allowed here: "} + allowed);
}

void HttpExchange::defer() {
    *deferred_ = true;
    soup_server_message_pause(message_.get());
}

void HttpExchange::finish() {
    if (!std::exchange(*deferred_, false)) return;
    soup_server_message_unpause(message_.get());
}

} // namespace parley::signaling
