#include "net/tap_port.hpp"

#include "core/base/log.hpp"
#include "core/tap/record.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <vector>

namespace parley::net {

namespace {
constexpr std::uint32_t listener_id = 0;
constexpr std::size_t most_strangers = 64;
/// A stranger that has not said hello by then is closed.
constexpr Duration hello_limit = 5s;
constexpr std::size_t hello_size = 4096;
} // namespace

void TapPort::watch(int fd, std::uint32_t id, std::uint32_t events, int operation) const {
    epoll_event event{};
    event.events = events;
    event.data.u64 = first_token_ + id;
    epoll_ctl(epoll_, operation, fd, &event);
}

void TapPort::listen(TapListener listener, Route route) {
    listener_.emplace(std::move(listener));
    route_ = std::move(route);
    watch(listener_->fd(), listener_id, EPOLLIN, EPOLL_CTL_ADD);
}

void TapPort::add(FileDescriptor fd, room::TapAccess access) {
    const auto id = next_id_++;
    const int raw = fd.get();
    auto& entry = taps_[id];
    entry.connection = std::make_unique<TapConnection>(std::move(fd), limits_, codec_.print);
    engine_.open_tap(id, std::move(access), entry.connection->queue());
    watch(raw, id, EPOLLIN, EPOLL_CTL_ADD);
}

void TapPort::handle(std::uint64_t token, std::uint32_t events, Instant now) {
    const auto id = static_cast<std::uint32_t>(token - first_token_);
    if (id == listener_id) {
        accept(now);
    } else if (strangers_.contains(id)) {
        greet(id, now);
    } else if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        read(id, now); // what can be written is written by flush()
    }
}

void TapPort::accept(Instant now) {
    while (auto accepted = listener_->accept()) {
        if (strangers_.size() >= most_strangers) continue;
        const auto id = next_id_++;
        watch(accepted->get(), id, EPOLLIN, EPOLL_CTL_ADD);
        strangers_[id] = {std::move(*accepted), now};
    }
}

/// Looks at the first message without taking it: whoever owns the room that it names reads it.
void TapPort::greet(std::uint32_t id, Instant) {
    auto fd = std::move(strangers_[id].fd);
    strangers_.erase(id);
    std::array<std::uint8_t, hello_size> buffer;
    const auto size = ::recv(fd.get(), buffer.data(), buffer.size(), MSG_PEEK | MSG_DONTWAIT);
    if (size <= 0) return;
    epoll_ctl(epoll_, EPOLL_CTL_DEL, fd.get(), nullptr);
    tap::RecordReader reader{Bytes{buffer.data(), static_cast<std::size_t>(size)}};
    const auto record = reader.next();
    if (record && record->type == tap::RecordType::control) {
        const auto request = codec_.parse(as_text(record->body));
        const auto* hello = request ? std::get_if<tap::Hello>(&*request) : nullptr;
        if (hello != nullptr && route_(hello->room, fd)) return;
    }
    // The engine says what is wrong with it, where something is.
    add(std::move(fd), {});
}

void TapPort::read(room::TapId id, Instant now) {
    const auto found = taps_.find(id);
    if (found == taps_.end()) return;
    const auto state = found->second.connection->read(
        [&](Bytes message) { return engine_.receive_tap(id, message, now); });
    if (state == TapConnection::State::closed) drop(id, now);
}

void TapPort::end(room::TapId id) {
    const auto found = taps_.find(id);
    if (found != taps_.end()) found->second.connection->end();
}

void TapPort::drop(room::TapId id, Instant now) {
    engine_.close_tap(id, now); // it uses the queue until here
    taps_.erase(id);            // closing the descriptor takes it out of epoll
}

void TapPort::flush(Instant now) {
    std::vector<room::TapId> over;
    for (auto& [id, entry] : taps_) {
        auto& connection = *entry.connection;
        if (connection.flush(now) == TapConnection::State::closed) {
            over.push_back(id);
            continue;
        }
        if (connection.blocked() == entry.waiting) continue;
        entry.waiting = connection.blocked();
        watch(connection.fd(), id, entry.waiting ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
    }
    for (const auto id : over)
        drop(id, now);
    std::erase_if(strangers_, [&](const auto& s) { return now - s.second.since > hello_limit; });
}

} // namespace parley::net
