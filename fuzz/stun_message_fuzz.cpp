// STUN messages as the network brings them: parsed, verified, and answered by an ICE-lite session.
#include "core/ice/ice_lite.hpp"
#include "core/stun/message.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace parley;
    const auto message = stun::MessageView::parse({data, size});
    if (!message) return 0;
    static_cast<void>(message->check_fingerprint());
    static_cast<void>(message->check_integrity("VOkJxbRl1RmTxUk/WvJxBt"));

    // The user name and password of RFC 5769's sample, so that what derives from it goes deeper.
    ice::LiteSession session{{"evtj", "VOkJxbRl1RmTxUk/WvJxBt"}, Instant{}};
    std::array<std::uint8_t, ice::LiteSession::max_reply_size> buffer;
    const auto outcome = session.handle_request(*message, Flow{}, Instant{}, buffer);
    if (!outcome.reply.empty() && !stun::MessageView::parse(outcome.reply)) std::abort();
    if (outcome.authenticated && !message->check_integrity("VOkJxbRl1RmTxUk/WvJxBt")) std::abort();
    return 0;
}
