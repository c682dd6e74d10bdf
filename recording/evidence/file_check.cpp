#include "recording/evidence/file_check.hpp"

#include "recording/evidence/digest.hpp"
#include "recording/evidence/folder.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <map>

namespace parley::recording {
namespace {

namespace fs = std::filesystem;

struct Mismatch {
    std::string file;
    std::size_t chunk = 0;
    Digest found{};
};

/// Hashes bytes of a file; nothing where they are not there. `also` may be null.
std::optional<Digest> hash(int fd, std::uint64_t offset, std::uint64_t size, Sha256* also) {
    Sha256 hasher;
    std::array<std::uint8_t, 65536> piece{};
    while (size > 0) {
        const auto want = std::min<std::uint64_t>(size, piece.size());
        const auto got = ::pread(fd, piece.data(), want, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return std::nullopt;
        const auto bytes = Bytes{piece}.first(static_cast<std::size_t>(got));
        hasher.update(bytes);
        if (also != nullptr) also->update(bytes);
        offset += bytes.size();
        size -= bytes.size();
    }
    return hasher.finish();
}

/// A name from the chain may be anything: it must not lead out of the folder.
bool stays_inside(const std::string& folder, const std::string& name) {
    const fs::path path{name};
    if (name.empty() || path.is_absolute() || name.find('\0') != std::string::npos) return false;
    for (const auto& part : path) {
        if (part == ".." || part == "." || part.empty()) return false;
    }
    std::error_code error;
    auto at = fs::path{folder};
    for (const auto& part : path.parent_path()) {
        at /= part;
        if (fs::is_symlink(at, error)) return false;
    }
    return true;
}

class FileChecker {
  public:
    FileChecker(const std::string& folder, const Chain& chain) : folder_{folder}, chain_{chain} {}

    Findings findings;
    std::uint64_t bytes = 0;

    void check(const std::string& name, const FileState& state,
               const RecoveryStatement::File* recovered) {
        const auto add = [&](Severity severity, std::string text) {
            findings.push_back({severity, name, std::nullopt, std::nullopt, std::move(text)});
        };
        if (!stays_inside(folder_, name)) {
            return add(Severity::altered, "is a name that leads out of the recording's folder");
        }
        const auto path = path_in(folder_, name);
        std::error_code error;
        if (fs::symlink_status(path, error).type() == fs::file_type::not_found) {
            // Between the line and the file's first byte a crash may come.
            if (state.chunks.empty() && !state.closed) {
                return add(Severity::incomplete, "is not there; nothing of it was recorded");
            }
            return add(Severity::altered, "is missing");
        }
        const auto fd = open_regular(path);
        if (!fd) {
            const bool kind = !fs::is_regular_file(fs::symlink_status(path, error));
            return add(kind ? Severity::altered : Severity::incomplete,
                       "cannot be read: " + fd.error().text);
        }
        struct stat about {};
        if (::fstat(fd->get(), &about) != 0) return add(Severity::incomplete, "cannot be read");
        const auto size = static_cast<std::uint64_t>(about.st_size);
        bytes += size;

        Sha256 whole;
        const auto good = check_chunks(name, state, recovered, fd->get(), size, whole);
        if (!good) return;
        std::uint64_t end = 0;
        if (!state.chunks.empty()) {
            end = state.chunks.back().about.offset + state.chunks.back().about.size;
        }
        if (recovered != nullptr) return check_recovered(name, *recovered, fd->get(), size, end);
        if (!state.closed) {
            add(Severity::incomplete, "was not closed");
            if (size > end) {
                add(Severity::incomplete,
                    fmt::format("has {} bytes behind its last chunk, which nothing proves",
                                size - end));
            }
            return;
        }
        if (state.closed->size != end) {
            add(Severity::altered, fmt::format("was closed with {} bytes, but its chunks have {}",
                                               state.closed->size, end));
        }
        if (size > end) {
            add(Severity::altered, fmt::format("has {} bytes more than were recorded", size - end));
        } else if (whole.finish() != state.closed->sha256) {
            add(Severity::altered, "has another SHA-256 than when it was closed");
        }
    }

    /// Says of each chunk that differs whether it holds what belongs elsewhere.
    void name_mismatches() {
        std::map<Digest, std::pair<std::string, std::size_t>> places;
        for (const auto& [name, state] : chain_.files) {
            for (std::size_t i = 0; i < state.chunks.size(); ++i)
                places.emplace(state.chunks[i].about.sha256, std::pair{name, i});
        }
        for (const auto& mismatch : mismatches_) {
            auto from = places.find(mismatch.found) != places.end()
                            ? std::optional{places.find(mismatch.found)->second}
                            : find_moved(mismatch);
            std::string text = "its bytes differ from what was recorded";
            if (from) {
                text = fmt::format("holds the bytes of chunk {}{}: swapped", from->second,
                                   from->first == mismatch.file ? "" : " of " + from->first);
            }
            findings.push_back(
                {Severity::altered, mismatch.file, std::nullopt, mismatch.chunk, std::move(text)});
        }
    }

  private:
    const RecoveryStatement::Range* patch_of(const RecoveryStatement::File* recovered,
                                             const ChunkWritten& chunk) const {
        if (recovered == nullptr || chunk.what != "header") return nullptr;
        for (const auto& patch : recovered->patched) {
            if (patch.offset == chunk.offset && patch.size == chunk.size) return &patch;
        }
        return nullptr;
    }

    bool check_chunks(const std::string& name, const FileState& state,
                      const RecoveryStatement::File* recovered, int fd, std::uint64_t size,
                      Sha256& whole) {
        bool good = true;
        for (std::size_t i = 0; i < state.chunks.size(); ++i) {
            const auto& chunk = state.chunks[i];
            const auto& about = chunk.about;
            if (about.offset > size || about.size > size - about.offset) {
                findings.push_back(
                    {Severity::altered, name, std::nullopt, i,
                     fmt::format("is cut off: the file has {} bytes, chunks {} to {} "
                                 "are not whole",
                                 size, i, state.chunks.size() - 1)});
                return false;
            }
            const auto found = hash(fd, about.offset, about.size, &whole);
            if (!found) {
                findings.push_back({Severity::incomplete, name, std::nullopt, i, "cannot be read"});
                return false;
            }
            if (*found == about.sha256) continue;
            const auto* patch = patch_of(recovered, about);
            if (patch != nullptr && *found == patch->sha256) continue;
            if (!state.closed && chunk.unpatched && *found == *chunk.unpatched) continue;
            mismatches_.push_back({name, i, *found});
            good = false;
        }
        return good;
    }

    void check_recovered(const std::string& name, const RecoveryStatement::File& recovered, int fd,
                         std::uint64_t size, std::uint64_t end) {
        const auto& tail = recovered.appended;
        const auto add = [&](Severity severity, std::string text) {
            findings.push_back({severity, name, std::nullopt, std::nullopt, std::move(text)});
        };
        if (recovered.old_size < end || size != recovered.old_size + tail.size) {
            return add(Severity::altered, "has another size than recovery.json says");
        }
        if (tail.size > 0 && hash(fd, tail.offset, tail.size, nullptr) != tail.sha256) {
            return add(Severity::altered,
                       "its recovered index differs from what recovery.json says");
        }
        add(Severity::incomplete, fmt::format("was recovered: {} ms are lost, {} bytes were added",
                                              recovered.lost_ms, tail.size));
        if (recovered.old_size > end) {
            add(Severity::incomplete, fmt::format("{} bytes behind its last chunk prove nothing",
                                                  recovered.old_size - end));
        }
    }

    /// Fragments that changed places seldom have one size: looks for others where this one begins
    /// and where it ends.
    std::optional<std::pair<std::string, std::size_t>> find_moved(const Mismatch& mismatch) {
        const auto& chunks = chain_.files.at(mismatch.file).chunks;
        const auto& here = chunks[mismatch.chunk].about;
        const auto fd = open_regular(path_in(folder_, mismatch.file));
        if (!fd) return std::nullopt;
        for (const auto& other : mismatches_) {
            if (other.file != mismatch.file || other.chunk == mismatch.chunk) continue;
            if (++tries_ > max_tries) return std::nullopt;
            const auto& wanted = chunks[other.chunk].about;
            const auto end = here.offset + here.size;
            if (hash(fd->get(), here.offset, wanted.size, nullptr) == wanted.sha256 ||
                (end >= wanted.size &&
                 hash(fd->get(), end - wanted.size, wanted.size, nullptr) == wanted.sha256)) {
                return std::pair{mismatch.file, other.chunk};
            }
        }
        return std::nullopt;
    }

    static constexpr int max_tries = 256; ///< of a file that is all wrong
    const std::string& folder_;
    const Chain& chain_;
    std::vector<Mismatch> mismatches_;
    int tries_ = 0;
};

} // namespace

Findings check_files(const std::string& folder, const Chain& chain,
                     const RecoveryStatement* recovery, std::uint64_t& bytes) {
    FileChecker checker{folder, chain};
    for (const auto& [name, state] : chain.files) {
        const RecoveryStatement::File* recovered = nullptr;
        if (recovery != nullptr && !state.closed) {
            for (const auto& file : recovery->files) {
                if (file.file == name) recovered = &file;
            }
        }
        checker.check(name, state, recovered);
    }
    checker.name_mismatches();
    bytes += checker.bytes;
    return std::move(checker.findings);
}

} // namespace parley::recording
