#include "elements/room/remote/http_link.hpp"

#include "elements/room/remote/http_session.hpp"
#include "elements/room/remote/link_thread.hpp"

#include <utility>

namespace parley::room_elements {

struct HttpLink::Thread {
    LinkThread<Session> thread;
};

HttpLink::HttpLink(std::unique_ptr<Thread> thread) : thread_{std::move(thread)} {}

std::unique_ptr<HttpLink> HttpLink::start(GstBin* bin, RemoteConfig config, Direction direction,
                                          Handlers handlers) {
    auto make = [bin, config = std::move(config), direction,
                 handlers = std::move(handlers)](SenderTable& senders, GMainContext* context) {
        return std::make_unique<Session>(bin, config, direction, handlers, senders, context);
    };
    return std::unique_ptr<HttpLink>{new HttpLink{std::unique_ptr<Thread>{
        new Thread{{bin, "parley-http", std::move(make), [](Session& s) { s.begin(); }}}}}};
}

HttpLink::~HttpLink() = default;

void HttpLink::send(const tap::Up& message) {
    thread_->thread.call([message](Session& session) { session.on_request(message); });
}

void HttpLink::send_rtp(const Packet& packet) {
    thread_->thread.senders().send(packet);
}

tap::Link::Counters HttpLink::counters() const {
    return thread_->thread.senders().counters();
}

} // namespace parley::room_elements
