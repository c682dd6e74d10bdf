#include "elements/room/remote/rooms_link.hpp"

#include "elements/room/remote/link_thread.hpp"
#include "elements/room/remote/rooms_session.hpp"

#include <utility>

namespace parley::room_elements {

struct RoomsLink::Thread {
    LinkThread<Session> thread;
};

RoomsLink::RoomsLink(std::unique_ptr<Thread> thread) : thread_{std::move(thread)} {}

std::unique_ptr<RoomsLink> RoomsLink::start(GstBin* bin, RemoteConfig config, Handlers handlers) {
    auto make = [bin, config = std::move(config),
                 handlers = std::move(handlers)](SenderTable& senders, GMainContext* context) {
        return std::make_unique<Session>(bin, config, handlers, senders, context);
    };
    return std::unique_ptr<RoomsLink>{new RoomsLink{std::unique_ptr<Thread>{
        new Thread{{bin, "parley-rooms", std::move(make), [](Session& s) { s.connect(); }}}}}};
}

RoomsLink::~RoomsLink() = default;

void RoomsLink::send(const tap::Up& message) {
    thread_->thread.call([message](Session& session) { session.on_request(message); });
}

void RoomsLink::send_rtp(const Packet& packet) {
    thread_->thread.senders().send(packet);
}

tap::Link::Counters RoomsLink::counters() const {
    return thread_->thread.senders().counters();
}

} // namespace parley::room_elements
