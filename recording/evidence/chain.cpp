#include "recording/evidence/chain.hpp"

#include "recording/evidence/event_json.hpp"
#include "recording/evidence/folder.hpp"

#include <fmt/format.h>
#include <sys/file.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace parley::recording {
namespace {

/// Lines of a file, of which one at a time is in memory.
class LineReader {
  public:
    explicit LineReader(int fd) : fd_{fd} {}

    /// Nothing at the end. A line that is too long comes in pieces, none of which parses.
    std::optional<std::string> next() {
        for (;;) {
            const auto end = buffer_.find('\n', from_);
            if (end != std::string::npos || buffer_.size() - from_ > max_line) {
                const auto size = std::min(end, from_ + max_line) - from_;
                auto line = buffer_.substr(from_, size);
                from_ += size + (end == from_ + size ? 1 : 0);
                return line;
            }
            buffer_.erase(0, std::exchange(from_, 0));
            std::array<char, 65536> piece{};
            const auto got = ::read(fd_, piece.data(), piece.size());
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) error_ = std::generic_category().message(errno);
            if (got <= 0) {
                if (buffer_.empty()) return std::nullopt;
                ended_by_newline_ = false;
                return std::exchange(buffer_, {});
            }
            buffer_.append(piece.data(), static_cast<std::size_t>(got));
        }
    }
    [[nodiscard]] bool ended_by_newline() const { return ended_by_newline_; }
    [[nodiscard]] const std::string& error() const { return error_; }

  private:
    int fd_;
    std::string buffer_;
    std::size_t from_ = 0;
    bool ended_by_newline_ = true;
    std::string error_;
};

class ChainReader {
  public:
    ChainReader(std::uint64_t snapshot_at, const Digest* anchor)
        : snapshot_at_{snapshot_at}, anchor_{anchor} {}

    Chain chain;

    void take(const std::string& text) {
        ++number_;
        auto line = parse_line(text);
        if (!line) {
            if (unreadable_) altered(*unreadable_, "cannot be read: " + why_);
            unreadable_ = number_;
            why_ = line.error().text;
            return;
        }
        const bool follows = line->seq == expected_ && line->prev == head_;
        if (unreadable_) {
            if (follows) {
                torn(*unreadable_);
            } else {
                altered(*unreadable_, "cannot be read: " + why_);
            }
            unreadable_.reset();
            was_in_order_ = was_in_order_ && follows;
        }
        if (!follows) say_why(*line);
        was_in_order_ = line->seq == expected_;
        expected_ = std::max(expected_, line->seq + 1);
        head_ = next_head(line->prev, text);
        if (anchor_ != nullptr && head_ == *anchor_) chain.anchor_seen = true;
        apply(*line);
    }

    void finish(bool ended_by_newline) {
        if (!unreadable_) return;
        if (ended_by_newline) {
            altered(*unreadable_, "cannot be read: " + why_);
        } else {
            torn(*unreadable_);
        }
    }

  private:
    void add(Severity severity, std::uint64_t line, std::string text) {
        chain.findings.push_back(
            {severity, std::string{events_name}, line, std::nullopt, std::move(text)});
    }
    void altered(std::uint64_t line, std::string text) {
        add(Severity::altered, line, std::move(text));
        chain.broken = true;
    }
    void torn(std::uint64_t line) {
        add(Severity::incomplete, line, "is torn: writing it was cut off");
    }

    void say_why(const Line& line) {
        if (line.seq > expected_) {
            altered(number_, fmt::format("is event {} where event {} belongs: lines are missing or "
                                         "re-ordered",
                                         line.seq, expected_));
        } else if (line.seq < expected_) {
            altered(number_, fmt::format("is event {}, behind event {}: lines are re-ordered or "
                                         "repeated",
                                         line.seq, expected_ - 1));
        } else if (was_in_order_) {
            altered(
                number_,
                number_ == 1
                    ? std::string{"does not begin a chain: prev is not zero"}
                    : fmt::format("does not follow from the line before: line {} was edited, or "
                                  "this line's prev",
                                  number_ - 1));
        }
    }

    void apply(const Line& line) {
        const auto& body = line.event.body;
        const bool first = chain.events == 0;
        const auto* started = std::get_if<RecordingStarted>(&body);
        if (first != (started != nullptr)) {
            altered(number_, first ? "is not the start of a recording"
                                   : "starts the recording a second time");
        }
        if (first && started != nullptr && !started->public_key.empty()) {
            auto key = PublicKey::parse(started->public_key);
            if (key) {
                chain.key = std::move(*key);
            } else {
                altered(number_, "public_key: " + key.error().text);
            }
        }
        const auto* signature = std::get_if<Signature>(&body);
        if (chain.manifest.ended() && signature == nullptr) {
            altered(number_, "comes behind the recording's end: it was added");
        }
        ++chain.events;
        if (signature != nullptr) {
            check(*signature, line.prev);
        } else if (const auto* unknown = std::get_if<UnknownEvent>(&body)) {
            add(Severity::note, number_,
                fmt::format("is of type \"{}\", which this version does not know", unknown->type));
        }
        // A second start must not give the recording another key.
        if (first || started == nullptr) chain.manifest.apply(line.event);
        chain.manifest.set_chain(chain.events, head_);
        if (chain.events == snapshot_at_) chain.snapshot = chain.manifest.to_json();
        keep(body);
    }

    void check(const Signature& signature, const Digest& signed_head) {
        if (!chain.key) {
            altered(number_, "is a signature, but the recording names no key");
        } else if (chain.key->verify(signed_head, signature.signature)) {
            chain.signed_events = chain.events;
        } else {
            altered(number_, "is not a signature of the chain up to here: the chain was rewritten");
        }
    }

    void keep(const EventBody& body) {
        if (const auto* file = std::get_if<FileStarted>(&body)) {
            if (!chain.files.try_emplace(file->file).second) {
                altered(number_, "starts a file a second time");
            }
        } else if (const auto* chunk = std::get_if<ChunkWritten>(&body)) {
            if (auto* state = find(chunk->file)) add_chunk(*state, *chunk);
        } else if (const auto* patch = std::get_if<ChunkPatched>(&body)) {
            if (auto* state = find(patch->file)) apply_patch(*state, *patch);
        } else if (const auto* closed = std::get_if<FileClosed>(&body)) {
            auto* state = find(closed->file);
            if (state == nullptr) return;
            if (state->closed) altered(number_, "closes a file a second time");
            state->closed = *closed;
        }
    }

    FileState* find(const std::string& name) {
        const auto found = chain.files.find(name);
        if (found != chain.files.end()) return &found->second;
        altered(number_, "is about a file that was not started");
        return nullptr;
    }

    void add_chunk(FileState& state, const ChunkWritten& chunk) {
        if (state.closed) altered(number_, "adds to a file that is closed");
        std::uint64_t end = 0;
        if (!state.chunks.empty()) {
            const auto& last = state.chunks.back().about;
            end = last.offset + last.size;
            const bool fragments = last.what == "fragment" && chunk.what == "fragment";
            // Sound may reach a little over the cut, which is at a picture.
            constexpr Duration tolerance = 100ms;
            if (fragments && chunk.start < last.start) {
                altered(number_, "is a fragment that begins before the one before it: timeline");
            } else if (fragments && chunk.start + tolerance < last.end) {
                add(Severity::incomplete, number_,
                    "is a fragment that overlaps the one before it: timeline");
            }
        }
        if (chunk.end < chunk.start) altered(number_, "is a fragment that ends before it begins");
        if (chunk.offset != end) {
            altered(number_,
                    fmt::format("is a chunk at byte {} of {} where {} belongs: {}", chunk.offset,
                                chunk.file, end, chunk.offset > end ? "a hole" : "an overlap"));
        }
        state.chunks.push_back({chunk, std::nullopt});
    }

    void apply_patch(FileState& state, const ChunkPatched& patch) {
        const auto found = std::lower_bound(
            state.chunks.begin(), state.chunks.end(), patch.offset,
            [](const ChunkState& c, std::uint64_t at) { return c.about.offset < at; });
        if (found == state.chunks.end() || found->about.offset != patch.offset ||
            found->about.size != patch.size) {
            return altered(number_, "patches a chunk that there is not");
        }
        found->unpatched = std::exchange(found->about.sha256, patch.sha256);
    }

    std::uint64_t snapshot_at_;
    const Digest* anchor_;
    std::uint64_t number_ = 0;
    std::uint64_t expected_ = 0;
    Digest head_{};
    bool was_in_order_ = true;
    std::optional<std::uint64_t> unreadable_;
    std::string why_;
};

} // namespace

Result<Chain> read_chain(const std::string& folder, std::uint64_t snapshot_at,
                         const Digest* anchor) {
    auto fd = open_regular(path_in(folder, events_name));
    if (!fd) return tl::make_unexpected(fd.error());
    ChainReader reader{snapshot_at, anchor};
    reader.chain.running = ::flock(fd->get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    ::flock(fd->get(), LOCK_UN);
    LineReader lines{fd->get()};
    while (auto line = lines.next())
        reader.take(*line);
    if (!lines.error().empty()) {
        return fail(fmt::format("{}: {}", path_in(folder, events_name), lines.error()));
    }
    reader.finish(lines.ended_by_newline());
    return std::move(reader.chain);
}

} // namespace parley::recording
