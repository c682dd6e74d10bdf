// A message of a rooms server from anywhere: no crash, and what is said back can be read.
#include "elements/room/remote/rooms_protocol.hpp"
#include "elements/signaling/protocol.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace parley;
    const auto message = rooms::parse_server_message({reinterpret_cast<const char*>(data), size});
    if (!message || !*message) return 0;
    if (const auto* offer = std::get_if<rooms::Offer>(&**message)) {
        const auto answer = rooms::print_answer(offer->connection, offer->revision, offer->sdp);
        // Refused it may be (a name too long), but never for being no JSON.
        const auto read = signaling::parse_client_message(answer);
        if (!read && read.error().text.find("JSON") != std::string::npos) std::abort();
    }
    return 0;
}
