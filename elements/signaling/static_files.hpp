// The page from disk: types, validators, and nothing outside its folder.
#pragma once

#include "elements/signaling/http_exchange.hpp"

#include <string>
#include <string_view>

namespace parley::signaling {

class StaticFiles {
  public:
    /// A folder with an index.html; empty: nothing is served.
    explicit StaticFiles(const std::string& root);

    /// GET and HEAD. Serves index.html for a folder that has one.
    void serve(HttpExchange& exchange) const;

  private:
    /// The file that a decoded path names, or empty where there is none below the root; symbolic
    /// links that lead out of it count as none.
    [[nodiscard]] std::string resolve(std::string_view path) const;

    std::string root_; // canonical
};

/// By the file name's ending; "application/octet-stream" where unknown.
const char* content_type_of(std::string_view file);

} // namespace parley::signaling
