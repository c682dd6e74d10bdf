// Client messages of the rooms protocol: what is taken must be safe to repeat to others.
#include "elements/common/json.hpp"
#include "elements/signaling/protocol.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace parley;

namespace {

void expect_valid(const std::string& text) {
    if (!g_utf8_validate_len(text.data(), text.size(), nullptr)) std::abort();
    if (!json::Document::parse_object(text)) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto message = signaling::parse_client_message(as_text({data, size}));
    if (!message) {
        expect_valid(signaling::error_json(message.error()));
        return 0;
    }
    if (!message->request_id.empty()) expect_valid(signaling::pong_json(message->request_id));
    if (const auto* text = std::get_if<room::Message>(&message->body)) {
        expect_valid(signaling::to_json(
            {{}, message->request_id, room::MessageEvent{"p-1", text->to, text->payload}}, {}));
    }
    if (const auto* join = std::get_if<signaling::JoinRequest>(&message->body)) {
        expect_valid(signaling::to_json(
            {{}, "", room::ParticipantJoined{{join->participant, join->name, join->role}}}, {}));
    }
    return 0;
}
