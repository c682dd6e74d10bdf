// A UDP relay with an emulated network inside: what clients send to it goes on to one server from a
// socket of each client's own, through a netem link in each direction.
//
//     netem-relay --listen 127.0.0.1:6000 --to 127.0.0.1:10000 --seed 7 --loss 10 --delay 20
//
// Prints "listening on ADDRESS:PORT" first, "ok" or "error: ..." for each line that stdin brings
// (netem_conditions.hpp, or "stats"), and its counters as JSON on SIGTERM or SIGINT.
#include "net/clock.hpp"
#include "net/file_descriptor.hpp"
#include "net/socket_address.hpp"
#include "tests/tools/netem_conditions.hpp"

#include <fmt/format.h>
#include <sys/signalfd.h>

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::netem {
namespace {

constexpr Duration idle_limit = 120s;
constexpr std::size_t client_limit = 2000;
constexpr int receive_burst = 64;

struct Options {
    Endpoint listen;
    Endpoint server;
    std::uint64_t seed = 1;
    Conditions conditions;
};

std::optional<Endpoint> parse_endpoint(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return {};
    auto host = text.substr(0, colon);
    const auto digits = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host == "localhost") host = "127.0.0.1";
    const auto address = IpAddress::parse(host);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (!address || error != std::errc{} || end != digits.data() + digits.size()) return {};
    return Endpoint{*address, port};
}

Result<Options> parse_options(std::vector<std::string_view> arguments) {
    Options options;
    bool listen = false;
    bool server = false;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (!arguments[i].starts_with("--")) return fail(fmt::format("what is {}?", arguments[i]));
        const auto option = arguments[i].substr(2);
        std::string_view value;
        if (!is_flag(option)) {
            if (++i == arguments.size()) return fail(fmt::format("--{} wants a value", option));
            value = arguments[i];
        }
        if (option == "listen" || option == "to") {
            const auto endpoint = parse_endpoint(value);
            if (!endpoint) return fail(fmt::format("--{} wants ADDRESS:PORT", option));
            (option == "to" ? options.server : options.listen) = *endpoint;
            (option == "to" ? server : listen) = true;
        } else if (option == "seed") {
            const auto end = value.data() + value.size();
            if (const auto [at, error] = std::from_chars(value.data(), end, options.seed);
                error != std::errc{} || at != end) {
                return fail("--seed wants a whole number");
            }
        } else if (auto done = apply_option(options.conditions, option, value); !done) {
            return fail("--" + std::string{option} + ": " + done.error().text);
        }
    }
    if (!listen || !server) return fail("--listen and --to are needed");
    return options;
}

/// A non-blocking UDP socket with room for a burst; bound to `local`, or connected to `remote`.
Result<net::FileDescriptor> open_socket(const Endpoint& endpoint, bool connected) {
    const int family = endpoint.address.is_v4() ? AF_INET : AF_INET6;
    net::FileDescriptor fd{socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!fd) return fail(net::describe_errno("socket", errno));
    const int room = 4 << 20;
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    auto address = net::to_socket_address(endpoint, family);
    const int done = connected ? connect(fd.get(), address.data(), address.size)
                               : bind(fd.get(), address.data(), address.size);
    if (done != 0) return fail(net::describe_errno(endpoint.to_string(), errno));
    return fd;
}

Endpoint local_endpoint(int fd) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
    return net::to_endpoint(storage);
}

/// One client's own access network.
struct Client {
    net::FileDescriptor fd; ///< connected to the server
    net::SocketAddress address;
    Link up;
    Link down;
    Instant heard;
};

void add(Link::Counters& sum, const Link::Counters& one) {
    sum.pushed += one.pushed;
    sum.delivered += one.delivered;
    sum.lost += one.lost;
    sum.overflow += one.overflow;
    sum.reordered += one.reordered;
    sum.duplicated += one.duplicated;
}

std::string to_json(const Link::Counters& counters) {
    return fmt::format(R"({{"received":{},"delivered":{},"lost":{},"overflow":{},"reordered":{},)"
                       R"("duplicated":{}}})",
                       counters.pushed, counters.delivered, counters.lost, counters.overflow,
                       counters.reordered, counters.duplicated);
}

class Relay {
  public:
    Relay(const Options& options, net::FileDescriptor listener)
        : options_{options}
        , listener_{std::move(listener)}
        , family_{options.listen.address.is_v4() ? AF_INET : AF_INET6} {}

    /// Until `signals` is readable.
    void run(int signals) {
        for (;;) {
            wait(signals);
            const auto now = net::steady_now();
            if (polled_[0].revents != 0) return;
            if (polled_[1].revents != 0) read_commands();
            if (polled_[2].revents != 0) receive_from_clients(now);
            for (std::size_t i = 3; i < polled_.size(); ++i) {
                if (polled_[i].revents != 0) receive_from_server(*order_[i - 3], now);
            }
            deliver(net::steady_now());
            drop_idle(now);
        }
    }

    [[nodiscard]] std::string counters() const {
        auto up = closed_up_;
        auto down = closed_down_;
        for (const auto& [endpoint, client] : clients_) {
            add(up, client->up.counters());
            add(down, client->down.counters());
        }
        return fmt::format(R"({{"clients":{},"refused":{},"up":{},"down":{}}})", clients_seen_,
                           refused_, to_json(up), to_json(down));
    }

  private:
    void wait(int signals) {
        polled_.assign({{signals, POLLIN, 0}, {input_, POLLIN, 0}, {listener_.get(), POLLIN, 0}});
        order_.clear();
        std::optional<Instant> next;
        for (const auto& [endpoint, client] : clients_) {
            polled_.push_back({client->fd.get(), POLLIN, 0});
            order_.push_back(client.get());
            for (const auto* link : {&client->up, &client->down}) {
                const auto due = link->next_deadline();
                if (due && (!next || *due < *next)) next = due;
            }
        }
        timespec timeout{1, 0};
        if (next) {
            const auto left = std::clamp<Duration>(*next - net::steady_now(), 0s, 1s);
            timeout.tv_sec = left / 1s;
            timeout.tv_nsec = (left % 1s).count();
        }
        if (ppoll(polled_.data(), polled_.size(), &timeout, nullptr) <= 0) {
            for (auto& entry : polled_)
                entry.revents = 0;
        }
    }

    void read_commands() {
        std::array<char, 1024> buffer;
        const auto size = read(input_, buffer.data(), buffer.size());
        if (size <= 0) {
            input_ = -1; // poll passes over it: the relay goes on without orders
            return;
        }
        input_text_.append(buffer.data(), static_cast<std::size_t>(size));
        for (auto end = input_text_.find('\n'); end != std::string::npos;
             end = input_text_.find('\n')) {
            obey(std::string_view{input_text_}.substr(0, end));
            input_text_.erase(0, end + 1);
        }
        std::fflush(stdout);
    }

    void obey(std::string_view line) {
        if (line == "stats") return fmt::print("{}\n", counters());
        if (const auto done = apply(options_.conditions, line); !done) {
            return fmt::print("error: {}\n", done.error().text);
        }
        for (const auto& [endpoint, client] : clients_) {
            client->up.configure(options_.conditions.up);
            client->down.configure(options_.conditions.down);
        }
        fmt::print("ok\n");
    }

    Client* find_client(const Endpoint& endpoint, Instant now) {
        if (const auto found = clients_.find(endpoint); found != clients_.end()) {
            return found->second.get();
        }
        if (clients_.size() >= client_limit) return nullptr;
        auto fd = open_socket(options_.server, true);
        if (!fd) return nullptr;
        // Each link has a seed of its own, by the order in which clients come.
        const auto seed = options_.seed + 2 * clients_seen_++;
        auto client = std::make_unique<Client>(Client{
            std::move(*fd), net::to_socket_address(endpoint, family_),
            Link{options_.conditions.up, seed}, Link{options_.conditions.down, seed + 1}, now});
        return clients_.emplace(endpoint, std::move(client)).first->second.get();
    }

    void receive_from_clients(Instant now) {
        for (int i = 0; i < receive_burst; ++i) {
            sockaddr_storage from{};
            socklen_t from_size = sizeof from;
            const auto size = recvfrom(listener_.get(), buffer_.data(), buffer_.size(), 0,
                                       reinterpret_cast<sockaddr*>(&from), &from_size);
            if (size < 0) return;
            auto* client = find_client(net::to_endpoint(from), now);
            if (client == nullptr) {
                ++refused_;
                continue;
            }
            client->heard = now;
            client->up.push(Bytes{buffer_}.first(static_cast<std::size_t>(size)), now);
        }
    }

    void receive_from_server(Client& client, Instant now) {
        for (int i = 0; i < receive_burst; ++i) {
            const auto size = recv(client.fd.get(), buffer_.data(), buffer_.size(), 0);
            if (size < 0) {
                // A refusal by ICMP is read once; the server may not be up yet.
                if (errno == ECONNREFUSED) continue;
                return;
            }
            client.down.push(Bytes{buffer_}.first(static_cast<std::size_t>(size)), now);
        }
    }

    void deliver(Instant now) {
        for (const auto& [endpoint, client] : clients_) {
            while (const auto packet = client->up.pop(now)) {
                send(client->fd.get(), packet->bytes.data(), packet->bytes.size(), 0);
            }
            while (const auto packet = client->down.pop(now)) {
                sendto(listener_.get(), packet->bytes.data(), packet->bytes.size(), 0,
                       client->address.data(), client->address.size);
            }
        }
    }

    void drop_idle(Instant now) {
        std::erase_if(clients_, [&](const auto& entry) {
            const auto& client = *entry.second;
            if (now - client.heard < idle_limit) return false;
            add(closed_up_, client.up.counters());
            add(closed_down_, client.down.counters());
            return true;
        });
    }

    Options options_;
    net::FileDescriptor listener_;
    int family_;
    int input_ = STDIN_FILENO;
    std::string input_text_;
    std::map<Endpoint, std::unique_ptr<Client>> clients_;
    std::vector<pollfd> polled_; ///< signals, stdin, the listener, then the clients of order_
    std::vector<Client*> order_;
    std::array<std::uint8_t, 65536> buffer_;
    std::uint64_t clients_seen_ = 0;
    std::uint64_t refused_ = 0;
    Link::Counters closed_up_;
    Link::Counters closed_down_;
};

int run(const std::vector<std::string_view>& arguments) {
    const auto options = parse_options(arguments);
    if (!options) {
        fmt::print(stderr, "netem-relay: {}\n", options.error().text);
        return 2;
    }
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    const net::FileDescriptor signal_fd{signalfd(-1, &signals, SFD_CLOEXEC)};

    auto listener = open_socket(options->listen, false);
    if (!listener) {
        fmt::print(stderr, "netem-relay: {}\n", listener.error().text);
        return 1;
    }
    fmt::print("listening on {}\n", local_endpoint(listener->get()).to_string());
    std::fflush(stdout);
    const auto relay = std::make_unique<Relay>(*options, std::move(*listener));
    relay->run(signal_fd.get());
    fmt::print("{}\n", relay->counters());
    return 0;
}

} // namespace
} // namespace parley::netem

int main(int argc, char** argv) {
    return parley::netem::run({argv + 1, argv + argc});
}
