// A participant that publishes through a link.
#pragma once

#include "elements/room/sink/publication.hpp"
#include "elements/room/timeline.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace parley::room_elements {

class LinkPublication final : public Publication {
  public:
    struct Config {
        std::string room;
        std::string token;
        std::string participant;
        std::string display_name;
        room::Role role = room::Role::participant;
        bool recording_consent = false;
    };
    /// Called on the link's thread.
    struct Handlers {
        std::function<void()> joined;
        std::function<void(std::string)> refused; ///< to come in at all
        std::function<void(std::string)> ended;   ///< not called for an end of ours
    };

    /// Comes into the room; `timeline` is tied to its time, and outlives this.
    using Connect =
        std::function<Result<std::unique_ptr<tap::Link>>(const tap::Hello&, tap::Link::Handlers)>;
    static Result<std::shared_ptr<LinkPublication>>
    open(const Connect& connect, const Config& config, Timeline& timeline, Handlers handlers);
    /// Leaves. Not on a thread of its own.
    LinkPublication(const LinkPublication&) = delete;
    LinkPublication& operator=(const LinkPublication&) = delete;
    ~LinkPublication() override;

    LayerStreams publish(const Track& track) override;
    void unpublish(const LayerStreams& streams) override;
    void mute(const LayerStreams& streams, bool muted) override;
    void send(const tap::Client::Packet& packet) override;
    void flush() override;
    [[nodiscard]] Counters counters() const override;

  private:
    struct Published {
        Track track;
        LayerStreams streams;
    };

    LinkPublication(Timeline& timeline, Handlers handlers);
    void on_control(const tap::Down& message);
    void on_refused(const tap::Refused& message);
    /// The track that a stream belongs to; nothing where it has been unpublished.
    [[nodiscard]] std::shared_ptr<const Published> find(tap::StreamId stream) const;

    Timeline& timeline_;
    Handlers handlers_;
    mutable std::mutex mutex_;
    std::map<tap::StreamId, std::shared_ptr<const Published>> tracks_; // mutex_; by each layer
    std::uint32_t next_stream_ = 1;                                    // mutex_
    std::string close_reason_;                                         // the tap's thread
    std::unique_ptr<tap::Link> client_; ///< last: its thread uses the rest
};

} // namespace parley::room_elements
