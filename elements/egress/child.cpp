#include "elements/egress/child.hpp"

#include "elements/common/json.hpp"
#include "elements/egress/spawn.hpp"
#include "net/socket_address.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <glib-unix.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

namespace parley::egress {

namespace {

/// A child's answer may be long: the statistics of a large room.
constexpr std::size_t longest_line = std::size_t{16} << 20;
constexpr std::size_t longest_words = 4096;
constexpr int first_inherited = 3;

} // namespace

Result<std::unique_ptr<Child>> Child::start(Launch launch, Handlers handlers) {
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return fail(net::describe_errno("cannot make a control socket", errno));
    }
    net::FileDescriptor ours{ends[0]};
    const net::FileDescriptor theirs{ends[1]};
    auto words = make_pipe();
    if (!words) return tl::make_unexpected(words.error());
    const net::FileDescriptor nowhere{::open("/dev/null", O_RDWR | O_CLOEXEC)};

    Program program{launch.program, {"run"}, {}, {}};
    program.descriptors = {{STDIN_FILENO, nowhere.get()},
                           {STDOUT_FILENO, nowhere.get()},
                           {STDERR_FILENO, words->write.get()},
                           {first_inherited, theirs.get()}};
    std::string taps;
    int number = first_inherited;
    for (const auto& tap : launch.taps) {
        program.descriptors[++number] = tap.get();
        taps += fmt::format("{}fd:{}", taps.empty() ? "" : ",", number);
    }
    program.arguments.push_back(fmt::format("--control=fd:{}", first_inherited));
    program.arguments.insert(program.arguments.end(), launch.arguments.begin(),
                             launch.arguments.end());
    // It is our child, not the service manager's.
    program.environment = {
        {"PARLEY_TAP", taps}, {"NOTIFY_SOCKET", ""}, {"WATCHDOG_USEC", ""}, {"WATCHDOG_PID", ""}};

    std::unique_ptr<Child> child{new Child{std::move(handlers)}};
    const auto pid = spawn(program);
    if (!pid) return tl::make_unexpected(pid.error());
    child->pid_ = *pid;
    child->words_ = std::move(words->read);
    ::fcntl(child->words_.get(), F_SETFL, O_NONBLOCK);

    auto* const context = g_main_context_get_thread_default();
    child->words_source_ = adopt_ptr(
        g_unix_fd_source_new(child->words_.get(), static_cast<GIOCondition>(G_IO_IN | G_IO_HUP)));
    const GUnixFDSourceFunc on_words = [](gint, GIOCondition condition, gpointer self) -> gboolean {
        static_cast<Child*>(self)->read_words();
        return (condition & G_IO_IN) != 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
    };
    g_source_set_callback(child->words_source_.get(), G_SOURCE_FUNC(on_words), child.get(),
                          nullptr);
    g_source_attach(child->words_source_.get(), context);
    child->exit_source_ = adopt_ptr(g_child_watch_source_new(*pid));
    const GChildWatchFunc on_exit = [](GPid, gint status, gpointer self) {
        static_cast<Child*>(self)->on_exit(status);
    };
    g_source_set_callback(child->exit_source_.get(), G_SOURCE_FUNC(on_exit), child.get(), nullptr);
    g_source_attach(child->exit_source_.get(), context);
    if (const auto connected = child->connect(std::move(ours)); !connected) {
        return tl::make_unexpected(connected.error());
    }
    return child;
}

Child::~Child() {
    for (auto* source : {&words_source_, &exit_source_}) {
        if (*source) g_source_destroy(source->get());
    }
    if (control_) control_->close();
    if (pid_ == 0) return;
    kill();
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
}

Result<void> Child::connect(net::FileDescriptor fd) {
    GErrorOut error;
    const auto socket = adopt_ptr(g_socket_new_from_fd(fd.get(), error));
    if (!socket) return fail(fmt::format("cannot use a control socket: {}", error.message()));
    static_cast<void>(fd.release()); // the socket's
    const auto connection = adopt_ptr(g_socket_connection_factory_create_connection(socket.get()));
    LineConnection::Handlers handlers;
    handlers.line = [this](std::string_view line) { on_line(line); };
    handlers.closed = [this] { fail_all("the process has closed its control socket"); };
    control_ = std::make_shared<LineConnection>(connection, longest_line, std::move(handlers));
    control_->start();
    request(R"("type":"watch")", {});
    return {};
}

void Child::request(std::string_view members, Answer answer) {
    if (pid_ == 0) {
        if (answer) answer(fail("the process is gone"));
        return;
    }
    auto id = std::to_string(next_request_++);
    control_->send(fmt::format(R"({{"id":"{}",{}}})", id, members));
    if (answer) waiting_.emplace(std::move(id), std::move(answer));
}

void Child::on_line(std::string_view line) {
    const auto document = json::Document::parse_object(line);
    if (!document) return;
    const auto root = document->root();
    const auto type = root.text_or("type", "");
    if (type && *type == "event") {
        if (handlers_.event) handlers_.event(line);
        return;
    }
    const auto id = root.text_or("id", "");
    if (!id) return;
    auto found = waiting_.extract(*id);
    if (found) found.mapped()(std::string{line});
}

void Child::read_words() {
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto size = ::read(words_.get(), buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return;
        word_line_.append(buffer.data(), static_cast<std::size_t>(size));
        std::size_t end = 0;
        while ((end = word_line_.find('\n')) != std::string::npos) {
            if (handlers_.words) handlers_.words(std::string_view{word_line_}.substr(0, end));
            word_line_.erase(0, end + 1);
        }
        if (word_line_.size() > longest_words) word_line_.clear();
    }
}

void Child::on_exit(int status) {
    pid_ = 0;
    read_words();
    fail_all("the process has ended");
    if (const auto exited = handlers_.exited) exited(status); // which may destroy us
}

void Child::fail_all(const std::string& text) {
    for (auto& [id, answer] : std::exchange(waiting_, {}))
        answer(fail(text));
}

void Child::stop() {
    request(R"("type":"stop")", {});
}

void Child::kill() {
    if (pid_ != 0) ::kill(-pid_, SIGKILL);
}

} // namespace parley::egress
