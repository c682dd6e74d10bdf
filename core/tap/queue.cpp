#include "core/tap/queue.hpp"

#include "core/base/log.hpp"

#include <cstring>

namespace parley::tap {

bool Queue::roomy(Instant now) {
    const auto waited = age(now);
    if (overflowed_) {
        overflowed_ = waiting_bytes_ > limits_.bytes / 2 || waited > limits_.age / 2;
    } else {
        overflowed_ = waiting_bytes_ >= limits_.bytes || waited >= limits_.age;
    }
    return !overflowed_;
}

MutBytes Queue::begin_rtp(std::size_t size, Instant now) {
    if (!open_.fits(rtp_prefix_size + size)) seal(now);
    return open_.begin_rtp(size);
}

void Queue::rtcp(StreamId stream, Bytes compound, Instant now) {
    if (!open_.fits(compound.size())) seal(now);
    open_.append(RecordType::rtcp, stream, compound);
}

void Queue::control(std::string_view json, Instant now) {
    if (!open_.fits(json.size())) seal(now);
    if (!open_.append(RecordType::control, no_stream, as_bytes(json))) {
        log::warning("tap", "a control message of {} bytes does not fit a tap", json.size());
    }
}

void Queue::seal(Instant now) {
    if (open_.empty()) return;
    std::vector<std::uint8_t> next;
    if (!spares_.empty()) {
        next = std::move(spares_.back());
        spares_.pop_back();
    }
    waiting_bytes_ += open_.message().size();
    waiting_.push_back({open_.take(std::move(next)), now});
}

void Queue::drop(StreamId stream, Instant now) {
    seal(now);
    for (auto& message : waiting_) {
        auto& bytes = message.bytes;
        waiting_bytes_ -= bytes.size();
        std::size_t kept = 0;
        std::size_t at = 0;
        RecordReader reader{bytes};
        while (const auto record = reader.next()) {
            const auto end =
                static_cast<std::size_t>(record->body.data() - bytes.data()) + record->body.size();
            if (record->type == RecordType::control || record->stream != stream) {
                // To the front, over what has been read already.
                std::memmove(bytes.data() + kept, bytes.data() + at, end - at);
                kept += end - at;
            }
            at = end;
        }
        bytes.resize(kept);
        waiting_bytes_ += kept;
    }
    std::erase_if(waiting_, [](const Message& message) { return message.bytes.empty(); });
}

void Queue::pop() {
    auto& front = waiting_.front();
    waiting_bytes_ -= front.bytes.size();
    if (spares_.size() < most_spares) spares_.push_back(std::move(front.bytes));
    waiting_.pop_front();
}

} // namespace parley::tap
