// The control socket's messages (docs/control.md): one JSON object a line.
#pragma once

#include "core/base/result.hpp"
#include "elements/common/json.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace parley::tools {

/// Of a line, in bytes.
inline constexpr std::size_t max_control_line = std::size_t{64} << 10;

struct ControlRequest {
    enum class Type { get, set, properties, action, list, stats, watch, stop };

    std::string id; ///< repeated in the answer; may be empty
    Type type = Type::list;
    std::string element;
    std::string name;                 ///< of a property or a signal
    JsonNode* value = nullptr;        ///< of `set`; borrowed from the document
    std::vector<JsonNode*> arguments; ///< of `action`; borrowed from the document
};

/// A request and what it borrows from.
class ControlMessage {
  public:
    static Result<ControlMessage> parse(std::string_view line);
    [[nodiscard]] const ControlRequest& request() const { return request_; }

  private:
    explicit ControlMessage(json::Document document) : document_{std::move(document)} {}
    Result<void> read();

    json::Document document_;
    ControlRequest request_;
};

/// {"type": "done", "id": ..., "value": ...}, without the line's end. `value` is JSON.
std::string print_done(const std::string& id, std::string_view value);
/// {"type": "error", "id": ..., "text": ...}
std::string print_error(const std::string& id, std::string_view text);

} // namespace parley::tools
