// The media server as its shells see it: a thread-safe front before the workers that own the rooms.
#pragma once

#include "core/base/result.hpp"
#include "core/room/messages.hpp"
#include "core/room/outbox.hpp"
#include "core/room/stats.hpp"
#include "core/room/tap.hpp"
#include "net/file_descriptor.hpp"
#include "net/tap_port.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parley::net {

struct MediaServerConfig {
    std::uint16_t port = 10000; ///< worker i listens on port + i, UDP and TCP
    unsigned workers = 1;
    std::vector<std::string> announce; ///< addresses to offer instead of this machine's own
    std::vector<std::string> video_codecs{"VP8", "VP9", "H264", "AV1", "H265"}; ///< in order
    Duration consent_timeout = 30s; ///< a peer silent for so long is gone
    Duration resume_time = 15s;     ///< a participant without a connection is kept for so long
    std::size_t tap_buffer = std::size_t{16} << 20; ///< bytes that may wait for a tap's client
    std::string tap_socket;        ///< path of a Unix socket for taps of strangers; empty: none
    bool consent_required = false; ///< recordings get nothing of those who have not consented
    TapCodec tap_codec;            ///< without one there are no taps
};

using room::Notice;
using room::TapAccess;

class MediaServer {
  public:
    /// Called on a worker's thread, in order for one client; must hand over and return at once.
    using EventHandler = std::function<void(room::Event)>;
    using NoticeHandler = std::function<void(const Notice&)>;

    MediaServer() = default;
    MediaServer(const MediaServer&) = delete;
    MediaServer& operator=(const MediaServer&) = delete;
    virtual ~MediaServer() = default;

    /// The signalling shell attaches here; nullptr detaches. Once this has returned, the handler
    /// that was there before is not called any more.
    virtual void set_event_handler(EventHandler handler) = 0;

    /// From any thread; carried out in order on the worker that owns the command's room.
    virtual void post(room::Command command) = 0;

    /// A tap into a room (docs/tap.md): one end of a seqpacket socket pair, authorised already, for
    /// this process or a child of it. The room is there for as long as the tap is. From any thread.
    virtual Result<FileDescriptor> open_tap(TapAccess access) = 0;

    /// Everything that happens in the rooms, after what is there already (as room_opened,
    /// participant_joined and track_published without words; some of it may come twice). On the
    /// workers' threads, in order for one room. Ends with what is given back: once that is gone the
    /// handler is not called any more. It must not be let go within the handler.
    using RoomWatch = std::shared_ptr<void>;
    virtual RoomWatch watch_rooms(NoticeHandler handler) = 0;

    /// Asks every worker and hands the whole to `done`, on a worker's thread.
    virtual void collect_stats(std::function<void(room::ServerStats)> done) = 0;

    [[nodiscard]] virtual const MediaServerConfig& config() const = 0;
};

/// Binds the ports and starts the workers. An address in use is an error that names the port.
Result<std::unique_ptr<MediaServer>> start_media_server(MediaServerConfig config,
                                                        MediaServer::NoticeHandler on_notice);

} // namespace parley::net
