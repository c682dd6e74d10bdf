// One thread that owns its rooms whole: reads its UDP and TCP port, carries out commands, and
// sends what the engine made of it.
#pragma once

#include "core/room/engine.hpp"
#include "core/transport/send_batch.hpp"
#include "net/file_descriptor.hpp"
#include "net/tap_port.hpp"
#include "net/tcp_connection.hpp"
#include "net/tcp_listener.hpp"
#include "net/udp_socket.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace parley::net {

class Worker {
  public:
    /// Called on the worker's thread.
    struct Handlers {
        std::function<void(std::vector<room::Event>)> on_events;
        std::function<void(const room::Notice&)> on_notice;
    };

    struct TapConfig {
        tap::QueueLimits limits;
        TapCodec codec;
    };

    /// Binds the port; the error names it.
    static Result<std::unique_ptr<Worker>> create(room::EngineConfig config, TapConfig taps,
                                                  Handlers handlers);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    /// Tells the clients that the server goes down, and joins the thread.
    ~Worker();

    /// From any thread.
    void post(room::Command command);
    /// The server's end of a tap.
    void add_tap(FileDescriptor fd, room::TapAccess access);
    /// Takes taps of strangers from now on; before the worker has any.
    void listen_for_taps(TapListener listener, TapPort::Route route);
    /// `task` runs on the worker's thread, with its statistics.
    void collect_stats(std::function<void(room::WorkerStats)> task);

  private:
    Worker(room::EngineConfig config, TapConfig taps, Handlers handlers);
    Result<void> open();

    void run();
    /// `task` runs on the worker's thread.
    void run_task(std::function<void()> task);
    void carry_out();
    void read_udp(UdpSocket& socket);
    void accept();
    void read_tcp(TcpConnection& connection);
    void close_tcp(std::uint32_t id, bool tell_engine);
    void refresh_addresses();
    void send();
    void hand_over();
    void flush_taps();
    [[nodiscard]] room::WorkerStats stats() const;

    room::EngineConfig config_;
    Handlers handlers_;
    SendBatch batch_;
    room::Engine engine_;
    ReceiveBatch received_;

    TapConfig tap_config_;
    FileDescriptor epoll_;
    FileDescriptor wake_;
    std::optional<UdpSocket> udp4_;
    std::optional<UdpSocket> udp6_;
    std::optional<TcpListener> listener_;

    struct Connection {
        TcpConnection tcp;
        Instant opened;
        bool accepted = false; ///< a peer of ours is at the other end
    };
    std::map<std::uint32_t, Connection> connections_;
    std::optional<TapPort> taps_;
    std::uint32_t next_connection_ = 1;
    std::vector<const SendBatch::Run*> runs4_; ///< kept, so that sending allocates nothing
    std::vector<const SendBatch::Run*> runs6_;

    Instant now_{};
    Instant next_refresh_{};
    std::uint64_t turns_ = 0;

    std::mutex mutex_; ///< guards the mailbox, for moments only
    std::vector<room::Command> mailbox_;
    std::vector<std::function<void(room::WorkerStats)>> stats_requests_;
    std::vector<std::function<void()>> tasks_;
    bool stopping_ = false;

    std::thread thread_;
};

} // namespace parley::net
