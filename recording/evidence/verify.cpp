#include "recording/evidence/verify.hpp"

#include "elements/common/json.hpp"
#include "recording/evidence/chain.hpp"
#include "recording/evidence/file_check.hpp"
#include "recording/evidence/folder.hpp"
#include "recording/evidence/signed_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <set>

namespace parley::recording {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t max_manifest = std::size_t{256} << 20;
constexpr std::size_t max_signature = 64 * 1024;

bool exists(const std::string& path) {
    std::error_code error;
    return fs::symlink_status(path, error).type() != fs::file_type::not_found;
}

class Verifier {
  public:
    Verifier(const std::string& folder, const VerifyOptions& options)
        : folder_{folder}, options_{options} {}

    Result<Verification> run() {
        // Before the chain: that of a running recording may be ahead, never behind.
        read_manifest();
        auto chain =
            read_chain(folder_, manifest_events_, options_.anchor ? &*options_.anchor : nullptr);
        if (!chain) return tl::make_unexpected(chain.error());
        chain_ = std::move(*chain);
        out_.findings = std::move(chain_.findings);
        if (chain_.events == 0) {
            add(Severity::incomplete, events_name, "holds no event");
        }
        check_signer();
        check_manifest();
        read_recovery();
        auto found = check_files(folder_, chain_, recovery_ ? &*recovery_ : nullptr, out_.bytes);
        out_.findings.insert(out_.findings.end(), found.begin(), found.end());
        check_strangers();
        conclude();
        return std::move(out_);
    }

    [[nodiscard]] bool running() const { return chain_.running; }

  private:
    void add(Severity severity, std::string_view file, std::string text) {
        out_.findings.push_back(
            {severity, std::string{file}, std::nullopt, std::nullopt, std::move(text)});
    }

    void read_manifest() {
        const auto path = path_in(folder_, manifest_name);
        if (!exists(path)) return;
        auto text = read_file(path, max_manifest);
        if (!text) return add(Severity::incomplete, manifest_name, text.error().text);
        manifest_ = std::move(*text);
        const auto document = json::Document::parse_object(*manifest_);
        if (!document) return;
        const auto events =
            document->root().integer("events", 0, std::numeric_limits<std::int64_t>::max());
        if (events) manifest_events_ = static_cast<std::uint64_t>(*events);
    }

    void check_signer() {
        if (chain_.key) out_.signer = chain_.key->fingerprint();
        if (options_.key != nullptr) {
            out_.signer_known = chain_.key && chain_.key->pem() == options_.key->pem();
            if (!chain_.key) {
                add(Severity::altered, events_name, "is not signed, but a signature was asked for");
            } else if (!out_.signer_known) {
                add(Severity::altered, events_name,
                    fmt::format("is signed by another key: {}, not {}", out_.signer,
                                options_.key->fingerprint()));
            }
        } else if (!chain_.key) {
            add(Severity::note, events_name,
                "is not signed: this proves that no accident changed the recording, not that "
                "nobody "
                "did");
        } else {
            add(Severity::note, events_name,
                fmt::format("is signed by key {}; --public-key checks whose that is", out_.signer));
        }
        if (options_.anchor && !chain_.anchor_seen) {
            add(Severity::altered, events_name,
                "never had the head that was given as anchor: the chain was rewritten or cut");
        }
        out_.signed_events = chain_.signed_events;
        if (chain_.key && chain_.signed_events < chain_.events) {
            add(chain_.manifest.ended() ? Severity::incomplete : Severity::note, events_name,
                fmt::format("its last {} events are not signed",
                            chain_.events - chain_.signed_events));
        }
    }

    void check_manifest() {
        if (!manifest_) {
            // Written with the first event, and replaced, never removed.
            return add(chain_.manifest.ended() ? Severity::altered : Severity::incomplete,
                       manifest_name, "is missing");
        }
        if (manifest_events_ > chain_.events) {
            return add(
                Severity::altered, events_name,
                fmt::format("has {} events, but the manifest was made of {}: its end was cut "
                            "off",
                            chain_.events, manifest_events_));
        }
        if (!chain_.snapshot) {
            return add(Severity::altered, manifest_name, "cannot be read: it was edited");
        }
        if (*chain_.snapshot != *manifest_) compare(*chain_.snapshot, *manifest_);
        if (chain_.manifest.ended() && manifest_events_ < chain_.events) {
            add(Severity::incomplete, manifest_name, "was not written at the end");
        }
        check_manifest_signature();
    }

    /// Names the members that differ.
    void compare(const std::string& expected, const std::string& found) {
        const auto a = json::Document::parse_object(expected);
        const auto b = json::Document::parse_object(found);
        std::vector<std::string> names;
        if (a && b) {
            for (const char* name :
                 {"version",   "id",           "room",       "software",       "state",
                  "started",   "ended",        "end_reason", "duration",       "layout",
                  "fill",      "clock",        "expires",    "consent_policy", "encryption",
                  "signing",   "participants", "tracks",     "files",          "gaps",
                  "pauses",    "marks",        "consent",    "chat",           "disk_troubles",
                  "chain_head"}) {
                const auto text = [&](const json::Document& document) {
                    auto* node = document.root().node(name);
                    return node == nullptr ? std::string{}
                                           : json::to_text(node).value_or(std::string{});
                };
                if (text(*a) != text(*b)) names.emplace_back(name);
            }
        }
        if (names.size() == 1 && names.front() == "chain_head" && chain_.broken)
            return; // said above
        add(Severity::altered, manifest_name,
            names.empty() ? "differs from what the events add up to: it was edited"
                          : fmt::format("differs from what the events add up to, in: {}",
                                        fmt::join(names, ", ")));
    }

    void check_manifest_signature() {
        const auto text = read_signature(manifest_signature_name);
        if (!text) {
            if (chain_.key && chain_.manifest.ended()) {
                add(Severity::incomplete, manifest_signature_name,
                    "is not there: the manifest is not signed");
            }
            return;
        }
        const auto signature = parse_signature(*text);
        if (!signature) {
            return add(Severity::altered, manifest_signature_name, signature.error().text);
        }
        if (!chain_.key || signature->key.pem() != chain_.key->pem()) {
            add(Severity::altered, manifest_signature_name,
                "is of another key than the recording names");
        }
        if (!signature->key.verify(as_bytes(*manifest_), signature->signature)) {
            add(Severity::altered, manifest_signature_name,
                "does not fit manifest.json: one of them was edited");
        } else if (signature->head != chain_.manifest.head() && !chain_.broken) {
            add(Severity::altered, manifest_signature_name,
                "is of another head of the chain: events.jsonl was changed after the end");
        }
    }

    std::optional<std::string> read_signature(std::string_view name) {
        const auto path = path_in(folder_, name);
        if (!exists(path)) return std::nullopt;
        auto text = read_file(path, max_signature);
        return text ? std::move(*text) : std::string{};
    }

    void read_recovery() {
        const auto path = path_in(folder_, recovery_name);
        if (!exists(path)) return;
        const auto text = read_file(path, max_manifest);
        if (!text) return add(Severity::incomplete, recovery_name, text.error().text);
        auto statement = parse_recovery(*text);
        if (!statement) return add(Severity::altered, recovery_name, statement.error().text);
        if (statement->chain_head != chain_.manifest.head()) {
            add(Severity::altered, recovery_name, "is of another head of the chain");
        }
        recovery_ = std::move(*statement);
        const auto signature_text = read_signature(recovery_signature_name);
        if (!signature_text) {
            return add(Severity::incomplete, recovery_name,
                       "is not signed: who says so is not known");
        }
        const auto signature = parse_signature(*signature_text);
        if (!signature || !signature->key.verify(as_bytes(*text), signature->signature)) {
            return add(Severity::altered, recovery_signature_name, "does not fit recovery.json");
        }
        add(Severity::note, recovery_name,
            fmt::format("is signed by key {}{}", signature->key.fingerprint(),
                        signature->key.fingerprint() == out_.signer ? ""
                                                                    : ", not the recording's"));
    }

    void check_strangers() {
        const std::set<std::string_view> ours{
            events_name,   manifest_name,           manifest_signature_name,
            recovery_name, recovery_signature_name, legal_hold_name};
        if (exists(path_in(folder_, legal_hold_name))) {
            add(Severity::note, legal_hold_name, "keeps the recording from being pruned");
        }
        std::error_code error;
        fs::recursive_directory_iterator at{folder_, error};
        for (; !error && at != fs::recursive_directory_iterator{}; at.increment(error)) {
            std::error_code ignored;
            if (at->is_directory(ignored) && !at->is_symlink(ignored)) continue;
            const auto name = at->path().lexically_relative(folder_).string();
            const bool leftover = name.starts_with('.') && name.ends_with(".new");
            if (leftover || ours.contains(name) || chain_.files.contains(name)) continue;
            // A running recording may have made it since its events were read.
            add(chain_.running ? Severity::incomplete : Severity::altered, name,
                "is not known to the recording: it was added");
        }
        if (error) add(Severity::incomplete, "", "the folder cannot be listed: " + error.message());
    }

    void conclude() {
        out_.state = chain_.running            ? "running"
                     : chain_.manifest.ended() ? "closed"
                     : recovery_               ? "recovered"
                                               : "cut off";
        if (!chain_.manifest.ended()) {
            add(Severity::incomplete, events_name,
                chain_.running ? "has no end: the recording is running"
                               : "has no end: the recording was cut off");
        }
        std::stable_sort(
            out_.findings.begin(), out_.findings.end(),
            [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
        out_.result = out_.findings.empty() ? Severity::note : out_.findings.front().severity;
        out_.manifest = std::move(chain_.manifest);
    }

    const std::string& folder_;
    const VerifyOptions& options_;
    std::optional<std::string> manifest_;
    std::uint64_t manifest_events_ = 0;
    std::optional<RecoveryStatement> recovery_;
    Chain chain_;
    Verification out_;
};

} // namespace

Result<Verification> verify(const std::string& folder, const VerifyOptions& options) {
    // A running recording may patch a header after its events were read: looked at again.
    constexpr int tries = 3;
    for (int i = 1;; ++i) {
        Verifier verifier{folder, options};
        auto result = verifier.run();
        if (!result || i == tries || !verifier.running() || result->result != Severity::altered) {
            return result;
        }
    }
}

} // namespace parley::recording
