#include "recording/evidence/folder.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace parley::recording {
namespace {

std::string reason() {
    return std::generic_category().message(errno);
}

} // namespace

std::string path_in(const std::string& folder, std::string_view name) {
    return fmt::format("{}/{}", folder, name);
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    if (this != &other) {
        if (fd_ >= 0) ::close(fd_);
        fd_ = other.release();
    }
    return *this;
}

Descriptor::~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
}

int Descriptor::release() {
    return std::exchange(fd_, -1);
}

Result<Descriptor> open_regular(const std::string& path) {
    // A FIFO would block without O_NONBLOCK.
    Descriptor fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    if (!fd) {
        if (errno == ELOOP) return fail(path + ": is a symbolic link");
        return fail(fmt::format("{}: {}", path, reason()));
    }
    struct stat about {};
    if (::fstat(fd.get(), &about) != 0 || !S_ISREG(about.st_mode)) {
        return fail(path + ": is not a file");
    }
    return fd;
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
    // A key may well be a link, or come by a pipe: no demands on the kind.
    const Descriptor fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) return fail(fmt::format("{}: {}", path, reason()));
    std::string text;
    std::array<char, 65536> piece{};
    for (;;) {
        const auto got = ::read(fd.get(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(fmt::format("{}: {}", path, reason()));
        if (got == 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(got));
        if (text.size() > limit)
            return fail(fmt::format("{}: has more than {} bytes", path, limit));
    }
}

Result<void> write_all(int fd, std::string_view text, std::size_t& written) {
    written = 0;
    while (written < text.size()) {
        const auto put = ::write(fd, text.data() + written, text.size() - written);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return fail(reason());
        written += static_cast<std::size_t>(put);
    }
    return {};
}

Result<void> write_atomically(const std::string& folder, std::string_view name,
                              std::string_view text) {
    const auto path = path_in(folder, name);
    const auto temporary = path_in(folder, fmt::format(".{}.new", name));
    const auto give_up = [&](std::string_view what) -> Result<void> {
        auto why = fail(fmt::format("{}: cannot {}: {}", path, what, reason()));
        ::unlink(temporary.c_str());
        return why;
    };
    Descriptor fd{
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640)};
    if (!fd) return give_up("write");
    std::size_t written = 0;
    if (!write_all(fd.get(), text, written)) return give_up("write");
    if (::fsync(fd.get()) != 0) return give_up("sync");
    if (::rename(temporary.c_str(), path.c_str()) != 0) return give_up("replace");
    const Descriptor where{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!where || ::fsync(where.get()) != 0) {
        return fail(fmt::format("{}: cannot sync the folder: {}", path, reason()));
    }
    return {};
}

} // namespace parley::recording
