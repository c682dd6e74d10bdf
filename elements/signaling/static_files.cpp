#include "elements/signaling/static_files.hpp"

#include "elements/common/gst_ptr.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace parley::signaling {
namespace {

struct ContentType {
    std::string_view ending;
    const char* type;
};

constexpr std::array content_types{
    ContentType{".html", "text/html; charset=utf-8"},
    ContentType{".js", "text/javascript; charset=utf-8"},
    ContentType{".mjs", "text/javascript; charset=utf-8"},
    ContentType{".css", "text/css; charset=utf-8"},
    ContentType{".json", "application/json"},
    ContentType{".map", "application/json"},
    ContentType{".webmanifest", "application/manifest+json"},
    ContentType{".svg", "image/svg+xml"},
    ContentType{".png", "image/png"},
    ContentType{".jpg", "image/jpeg"},
    ContentType{".webp", "image/webp"},
    ContentType{".ico", "image/x-icon"},
    ContentType{".woff2", "font/woff2"},
    ContentType{".wasm", "application/wasm"},
    ContentType{".mp3", "audio/mpeg"},
    ContentType{".wav", "audio/wav"},
    ContentType{".txt", "text/plain; charset=utf-8"},
    ContentType{".md", "text/plain; charset=utf-8"},
};

bool ends_with(std::string_view text, std::string_view ending) {
    return text.size() >= ending.size() && text.substr(text.size() - ending.size()) == ending;
}

std::string canonical(const std::string& path) {
    const std::unique_ptr<char, FreeWith<free>> real{::realpath(path.c_str(), nullptr)};
    return real ? real.get() : std::string{};
}

bool is_harmless(std::string_view path) {
    if (path.find('\0') != std::string_view::npos || path.find('\\') != std::string_view::npos) {
        return false;
    }
    // No "..", and no hidden files: an editor's, or version control's.
    return path.find("/.") == std::string_view::npos;
}

bool matches(const std::string& if_none_match, const std::string& etag) {
    return if_none_match == "*" || if_none_match.find(etag) != std::string::npos;
}

} // namespace

const char* content_type_of(std::string_view file) {
    const auto known =
        std::find_if(content_types.begin(), content_types.end(),
                     [&](const ContentType& t) { return ends_with(file, t.ending); });
    return known == content_types.end() ? "application/octet-stream" : known->type;
}

StaticFiles::StaticFiles(const std::string& root) : root_{canonical(root)} {}

std::string StaticFiles::resolve(std::string_view path) const {
    if (root_.empty() || path.empty() || path.front() != '/' || !is_harmless(path)) return {};
    auto file = canonical(root_ + std::string{path});
    struct stat status {};
    if (file.empty() || ::stat(file.c_str(), &status) != 0) return {};
    if (S_ISDIR(status.st_mode)) {
        file = canonical(file + "/index.html");
        if (file.empty() || ::stat(file.c_str(), &status) != 0) return {};
    }
    if (!S_ISREG(status.st_mode)) return {};
    if (file.compare(0, root_.size() + 1, root_ + "/") != 0) return {};
    return file;
}

void StaticFiles::serve(HttpExchange& exchange) const {
    const bool head = exchange.method() == "HEAD";
    if (exchange.method() != "GET" && !head) {
        exchange.method_not_allowed("GET, HEAD");
        return;
    }
    const auto file = resolve(exchange.path());
    GErrorOut error;
    struct stat status {};
    const auto mapped =
        adopt_ptr(file.empty() ? nullptr : g_mapped_file_new(file.c_str(), FALSE, error));
    if (!mapped || ::stat(file.c_str(), &status) != 0) {
        exchange.problem(SOUP_STATUS_NOT_FOUND, "there is no such file");
        return;
    }
    const auto etag = fmt::format("\"{:x}-{:x}-{:x}\"", status.st_size, status.st_mtim.tv_sec,
                                  status.st_mtim.tv_nsec);
    exchange.add_header("ETag", etag)
        .add_header("Cache-Control", "no-cache")
        .add_header("X-Content-Type-Options", "nosniff")
        .add_header("Referrer-Policy", "same-origin");
    if (matches(exchange.header("If-None-Match"), etag)) {
        exchange.reply_empty(SOUP_STATUS_NOT_MODIFIED);
        return;
    }
    const auto bytes = adopt_ptr(g_mapped_file_get_bytes(mapped.get()));
    exchange.reply_bytes(SOUP_STATUS_OK, content_type_of(file), bytes.get());
}

} // namespace parley::signaling
