// The process of an egress: `parley run` with its taps, its control socket, and what it says on
// stderr. Lives in one thread, with that thread's default main context.
#pragma once

#include "core/base/result.hpp"
#include "elements/common/gst_ptr.hpp"
#include "elements/common/line_connection.hpp"
#include "net/file_descriptor.hpp"

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parley::egress {

class Child {
  public:
    struct Launch {
        std::string program;                ///< `parley`
        std::vector<std::string> arguments; ///< of `parley run`, without --control
        std::vector<net::FileDescriptor> taps;
    };
    struct Handlers {
        std::function<void(std::string_view json)> event; ///< an event of the control socket
        std::function<void(std::string_view line)> words; ///< a line of its stderr
        /// It is gone; not called from within start(). Destroying the child is allowed.
        std::function<void(int status)> exited;
    };

    static Result<std::unique_ptr<Child>> start(Launch launch, Handlers handlers);
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    /// Kills it where it runs still.
    ~Child();

    using Answer = std::function<void(Result<std::string> line)>;
    /// A request of the control protocol, as the members of its JSON object without `id`; the
    /// answer is the line that comes back.
    void request(std::string_view members, Answer answer);
    /// Asks it to end, as Ctrl-C does.
    void stop();
    void kill();
    [[nodiscard]] pid_t pid() const { return pid_; }

  private:
    explicit Child(Handlers handlers) : handlers_{std::move(handlers)} {}
    Result<void> connect(net::FileDescriptor fd);
    void on_line(std::string_view line);
    void on_exit(int status);
    void read_words();
    void fail_all(const std::string& text);

    Handlers handlers_;
    pid_t pid_ = 0; ///< 0: gone
    std::shared_ptr<LineConnection> control_;
    net::FileDescriptor words_;
    std::string word_line_;
    GstPtr<GSource> words_source_;
    GstPtr<GSource> exit_source_;
    std::uint64_t next_request_ = 1;
    std::map<std::string, Answer> waiting_;
};

} // namespace parley::egress
