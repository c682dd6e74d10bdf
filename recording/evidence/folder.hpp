// The files of a recording's folder that are no media: their names, and reading and writing them.
#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace parley::recording {

inline constexpr std::string_view events_name = "events.jsonl";
inline constexpr std::string_view manifest_name = "manifest.json";
inline constexpr std::string_view manifest_signature_name = "manifest.json.sig";
inline constexpr std::string_view recovery_name = "recovery.json";
inline constexpr std::string_view recovery_signature_name = "recovery.json.sig";
/// Its presence is the hold, whatever is in it: anybody can set it without Parley.
inline constexpr std::string_view legal_hold_name = "legal-hold";

std::string path_in(const std::string& folder, std::string_view name);

/// A file descriptor, closed with its owner.
class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_{fd} {}
    Descriptor(Descriptor&& other) noexcept : fd_{other.release()} {}
    Descriptor& operator=(Descriptor&& other) noexcept;
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor();

    [[nodiscard]] int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    int release();

  private:
    int fd_ = -1;
};

/// For reading; regular files only, and no symbolic link at the end of the path.
Result<Descriptor> open_regular(const std::string& path);

/// All of a file; an error where it is not there, is none, or has more than `limit` bytes.
Result<std::string> read_file(const std::string& path, std::size_t limit);

/// Replaces a file at once: a crash leaves the old one or the new one (write, fsync, rename, fsync
/// of the folder).
Result<void> write_atomically(const std::string& folder, std::string_view name,
                              std::string_view text);

/// Writes all of it, or says why not; `written` is what was.
Result<void> write_all(int fd, std::string_view text, std::size_t& written);

} // namespace parley::recording
