#include "elements/egress/spawn.hpp"

#include "net/socket_address.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace parley::egress {

namespace {

class FileActions {
  public:
    FileActions() { posix_spawn_file_actions_init(&actions_); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
    ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
    posix_spawn_file_actions_t* get() { return &actions_; }

  private:
    posix_spawn_file_actions_t actions_{};
};

class Attributes {
  public:
    Attributes() {
        posix_spawnattr_init(&attributes_);
        sigset_t none;
        sigemptyset(&none);
        sigset_t all;
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &all);
        posix_spawnattr_setpgroup(&attributes_, 0);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                   POSIX_SPAWN_SETSIGDEF);
    }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    ~Attributes() { posix_spawnattr_destroy(&attributes_); }
    posix_spawnattr_t* get() { return &attributes_; }

  private:
    posix_spawnattr_t attributes_{};
};

std::vector<std::string> environment_with(const std::map<std::string, std::string>& changes) {
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text{*entry};
        if (!changes.contains(std::string{text.substr(0, text.find('='))})) all.emplace_back(text);
    }
    for (const auto& [name, value] : changes) {
        if (!value.empty()) all.push_back(name + "=" + value);
    }
    return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (auto& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

} // namespace

Result<pid_t> spawn(const Program& program) {
    FileActions actions;
    // Out of the way first: a descriptor must not be written over before it has been copied.
    constexpr int above = 64;
    std::vector<net::FileDescriptor> copies;
    int last = STDERR_FILENO;
    for (const auto& [number, fd] : program.descriptors) {
        copies.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, above));
        if (!copies.back()) return fail(net::describe_errno("cannot copy a descriptor", errno));
        posix_spawn_file_actions_adddup2(actions.get(), copies.back().get(), number);
        last = std::max(last, number);
    }
    for (int number = STDERR_FILENO + 1; number <= last; ++number) {
        if (!program.descriptors.contains(number)) {
            posix_spawn_file_actions_addclose(actions.get(), number);
        }
    }
    posix_spawn_file_actions_addclosefrom_np(actions.get(), last + 1);

    Attributes attributes;
    std::vector<std::string> arguments{program.path};
    arguments.insert(arguments.end(), program.arguments.begin(), program.arguments.end());
    auto environment = environment_with(program.environment);
    auto argv = pointers_to(arguments);
    auto envp = pointers_to(environment);
    pid_t pid = 0;
    const int error = ::posix_spawnp(&pid, program.path.c_str(), actions.get(), attributes.get(),
                                     argv.data(), envp.data());
    if (error != 0) return fail(net::describe_errno("cannot start " + program.path, error));
    return pid;
}

Result<Pipe> make_pipe() {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return fail(net::describe_errno("cannot make a pipe", errno));
    return Pipe{net::FileDescriptor{ends[0]}, net::FileDescriptor{ends[1]}};
}

Result<Finished> run_to_end(Program program) {
    auto pipe = make_pipe();
    if (!pipe) return tl::make_unexpected(pipe.error());
    program.descriptors[STDOUT_FILENO] = pipe->write.get();
    program.descriptors[STDERR_FILENO] = pipe->write.get();
    const auto pid = spawn(program);
    if (!pid) return tl::make_unexpected(pid.error());
    pipe->write = {};
    Finished finished;
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto size = ::read(pipe->read.get(), buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) break;
        finished.output.append(buffer.data(), static_cast<std::size_t>(size));
    }
    while (::waitpid(*pid, &finished.status, 0) < 0 && errno == EINTR) {
    }
    return finished;
}

std::string describe_exit(int status) {
    if (WIFSIGNALED(status)) {
        const auto* const name = ::sigabbrev_np(WTERMSIG(status));
        return name != nullptr ? fmt::format("it was killed by SIG{}", name)
                               : fmt::format("it was killed by signal {}", WTERMSIG(status));
    }
    return fmt::format("it ended with exit code {}", WEXITSTATUS(status));
}

} // namespace parley::egress
