#include "recording/evidence/ledger.hpp"

#include "recording/evidence/event_json.hpp"
#include "recording/evidence/folder.hpp"
#include "recording/evidence/hex.hpp"
#include "recording/evidence/signed_text.hpp"

#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace parley::recording {
namespace {

class FileLedger final : public Ledger {
  public:
    FileLedger(std::string folder, Descriptor fd, const SigningKey* key)
        : folder_{std::move(folder)}
        , path_{path_in(folder_, events_name)}
        , fd_{std::move(fd)}
        , key_{key} {}

    Result<void> append(const Event& event) override {
        if (std::holds_alternative<Signature>(event.body)) {
            return fail("a signature is appended by sign() only");
        }
        auto whole = event;
        if (auto* started = std::get_if<RecordingStarted>(&whole.body)) {
            started->public_key = key_ != nullptr ? key_->public_pem() : "";
        }
        return put(whole);
    }

    Result<void> sign(Duration at, Utc utc) override {
        if (key_ == nullptr || seq_ == signed_seq_) return {};
        auto signature = key_->sign(head_);
        if (!signature) return tl::make_unexpected(signature.error());
        if (auto ok = put({at, utc, Signature{*signature}}); !ok) return ok;
        head_signature_ = *signature;
        signed_seq_ = seq_;
        return {};
    }

    Result<void> sync() override {
        if (::fdatasync(fd_.get()) != 0) return system_error("sync");
        return {};
    }

    Result<void> write_manifest() override {
        // Never ahead of the chain, not even after a power cut.
        if (auto ok = sync(); !ok) return ok;
        const auto text = manifest_.to_json();
        if (auto ok = write_atomically(folder_, manifest_name, text); !ok) return ok;
        if (!manifest_.ended() || key_ == nullptr) return {};
        return write_signature(folder_, manifest_signature_name, text, *key_, head_);
    }

    const Digest& head() const override { return head_; }
    const std::string& head_signature() const override { return head_signature_; }
    const Manifest& manifest() const override { return manifest_; }

    /// Reads what is there, and ends a torn last line.
    Result<void> resume() {
        const auto text = read_file(path_, std::size_t{1} << 32);
        if (!text) return tl::make_unexpected(text.error());
        std::string_view rest{*text};
        for (std::size_t number = 1; !rest.empty(); ++number) {
            const auto end = rest.find('\n');
            const auto piece = rest.substr(0, end);
            const bool last = end == std::string_view::npos;
            rest = last ? std::string_view{} : rest.substr(end + 1);
            torn_ = last;
            const auto line = parse_line(piece);
            // Torn lines are no part of the chain; the line behind one fits the line before it.
            if (!line) continue;
            if (line->seq != seq_ || line->prev != head_) {
                return fail(fmt::format("{} line {}: does not follow from the lines before it; "
                                        "`parley verify` says more",
                                        path_, number));
            }
            accept(*line, piece);
        }
        return {};
    }

  private:
    Result<void> system_error(std::string_view what) const {
        return fail(
            fmt::format("{}: cannot {}: {}", path_, what, std::generic_category().message(errno)));
    }

    Result<void> put(const Event& event) {
        const auto text = print_line({seq_, event, head_});
        // What cannot be read back (text that is not UTF-8) must not get into the chain.
        const auto line = parse_line(text);
        if (!line)
            return fail(fmt::format("{}: event cannot be written: {}", path_, line.error().text));
        struct stat before {};
        if (::fstat(fd_.get(), &before) != 0) return system_error("read the size");
        std::size_t written = 0;
        // A torn line that could not be taken back is ended first.
        const auto bytes = (torn_ ? "\n" : "") + text + '\n';
        if (auto ok = write_all(fd_.get(), bytes, written); !ok) {
            if (written > 0 && ::ftruncate(fd_.get(), before.st_size) != 0) torn_ = true;
            return fail(fmt::format("{}: cannot write: {}", path_, ok.error().text));
        }
        torn_ = false;
        accept(*line, text);
        return {};
    }

    void accept(const Line& line, std::string_view text) {
        head_ = next_head(head_, text);
        ++seq_;
        manifest_.apply(line.event);
        manifest_.set_chain(seq_, head_);
        if (const auto* signature = std::get_if<Signature>(&line.event.body)) {
            head_signature_ = signature->signature;
            signed_seq_ = seq_;
        }
    }

    std::string folder_;
    std::string path_;
    Descriptor fd_;
    const SigningKey* key_;
    std::uint64_t seq_ = 0;
    std::uint64_t signed_seq_ = 0;
    Digest head_{};
    std::string head_signature_;
    Manifest manifest_;
    bool torn_ = false;
};

std::string why() {
    return std::generic_category().message(errno);
}

} // namespace

Result<std::unique_ptr<Ledger>> Ledger::create(const std::string& folder, const SigningKey* key) {
    const auto path = path_in(folder, events_name);
    Descriptor fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0640)};
    if (!fd) return fail(fmt::format("{}: cannot make it: {}", path, why()));
    // Held as long as the recording runs: how others tell a running one from a crashed one. Where
    // the file system has no locks there is nothing to tell.
    ::flock(fd.get(), LOCK_EX);
    return std::make_unique<FileLedger>(folder, std::move(fd), key);
}

Result<std::unique_ptr<Ledger>> Ledger::reopen(const std::string& folder, const SigningKey* key) {
    const auto path = path_in(folder, events_name);
    Descriptor fd{::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW)};
    if (!fd) return fail(fmt::format("{}: {}", path, why()));
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        return fail(fmt::format("{}: the recording is running", path));
    }
    auto ledger = std::make_unique<FileLedger>(folder, std::move(fd), key);
    if (auto ok = ledger->resume(); !ok) return tl::make_unexpected(ok.error());
    return ledger;
}

} // namespace parley::recording
