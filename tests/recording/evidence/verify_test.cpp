// Each attack is done to a recording, and has to be found and named.
#include "recording/evidence/digest.hpp"
#include "recording/evidence/event_json.hpp"
#include "recording/evidence/recovery.hpp"
#include "recording/evidence/verify.hpp"
#include "tests/recording/support/fake_recording.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

namespace parley::recording {
namespace {

using namespace test;

class Verify : public ::testing::Test {
  protected:
    Verify() : key_{make_key(folder_.path("key.pem"))} {}

    void record(bool closed = true, bool is_signed = true) {
        head_ = write_fake_recording(recording_,
                                     {.key = is_signed ? &key_ : nullptr, .closed = closed});
    }
    [[nodiscard]] std::string path(const std::string& name) const {
        return recording_ + '/' + name;
    }

    [[nodiscard]] Verification checked(const VerifyOptions& options = {}) const {
        auto result = verify(recording_, options);
        EXPECT_TRUE(result);
        return result ? std::move(*result) : Verification{};
    }

    /// Altered, and one of the findings says so in these words.
    void expect(Severity severity, const std::string& words,
                const VerifyOptions& options = {}) const {
        const auto text = to_text(checked(options));
        EXPECT_EQ(checked(options).result, severity) << text;
        EXPECT_NE(text.find(words), std::string::npos) << words << "\nis not in\n" << text;
    }
    void expect_altered(const std::string& words) const { expect(Severity::altered, words); }

    void edit(const std::string& name, const std::string& from, const std::string& to) const {
        auto text = contents(path(name));
        const auto at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        overwrite(path(name), text.replace(at, from.size(), to));
    }

    /// Makes the chain hold again, as whoever has no key can.
    void rewrite_chain() const {
        auto lines = lines_of(path("events.jsonl"));
        Digest head{};
        for (auto& text : lines) {
            auto line = parse_line(text);
            ASSERT_TRUE(line);
            line->prev = head;
            text = print_line(*line);
            head = next_head(head, text);
        }
        write_lines(path("events.jsonl"), lines);
    }

    TemporaryFolder folder_;
    SigningKey key_;
    std::string recording_ = folder_.path("r");
    Digest head_{};
};

TEST_F(Verify, AFinishedRecordingIsGood) {
    record();
    const auto key = PublicKey::parse(key_.public_pem());
    ASSERT_TRUE(key);
    const auto result = checked({.key = &*key, .anchor = head_});
    EXPECT_EQ(result.result, Severity::note) << to_text(result);
    EXPECT_EQ(result.state, "closed");
    EXPECT_TRUE(result.signer_known);
    EXPECT_EQ(result.signed_events, result.manifest.events());
    EXPECT_EQ(result.bytes, 2U * (1000 + 1010 + 1020 + 1030 + 1040));
}

TEST_F(Verify, AnUnsignedOneIsGoodAndSaysWhatThatProves) {
    record(true, false);
    expect(Severity::note, "no accident");
    const auto key = PublicKey::parse(key_.public_pem());
    expect(Severity::altered, "is not signed, but", {.key = &*key});
}

TEST_F(Verify, ACrashedOneIsIncomplete) {
    record(false);
    expect(Severity::incomplete, "was cut off");
    overwrite(path("ana.mp4"), contents(path("ana.mp4")) + "half a fragment");
    expect(Severity::incomplete, "ana.mp4: has 15 bytes behind its last chunk");
    overwrite(path("events.jsonl"), contents(path("events.jsonl")) + "{\"seq\":9");
    expect(Severity::incomplete, "is torn");
}

TEST_F(Verify, ARunningOneIsIncomplete) {
    std::filesystem::create_directories(recording_);
    auto ledger = Ledger::create(recording_, &key_);
    ASSERT_TRUE(ledger);
    ASSERT_TRUE((*ledger)->append({0s, utc_at(0s), RecordingStarted{"1", "call"}}));
    ASSERT_TRUE((*ledger)->write_manifest());
    expect(Severity::incomplete, "is running");
    EXPECT_EQ(checked().state, "running");
}

TEST_F(Verify, AFlippedBit) {
    record();
    auto bytes = contents(path("ana.mp4"));
    bytes[1500] ^= 1;
    overwrite(path("ana.mp4"), bytes);
    expect_altered("ana.mp4 chunk 1: its bytes differ");
}

TEST_F(Verify, AMissingFile) {
    record();
    std::filesystem::remove(path("bob.webm"));
    expect_altered("bob.webm: is missing");
}

TEST_F(Verify, ATruncatedFile) {
    record(false);
    auto bytes = contents(path("bob.webm"));
    bytes.resize(3500);
    overwrite(path("bob.webm"), bytes);
    expect_altered("bob.webm chunk 3: is cut off");
}

TEST_F(Verify, SwappedFragments) {
    record();
    const auto b = contents(path("ana.mp4"));
    overwrite(path("ana.mp4"),
              b.substr(0, 2010) + b.substr(3030, 1030) + b.substr(2010, 1020) + b.substr(4060));
    expect_altered("ana.mp4 chunk 2: holds the bytes of chunk 3: swapped");
    expect_altered("ana.mp4 chunk 3: holds the bytes of chunk 2: swapped");
}

TEST_F(Verify, SwappedFiles) {
    record();
    const auto ana = contents(path("ana.mp4"));
    overwrite(path("ana.mp4"), contents(path("bob.webm")));
    overwrite(path("bob.webm"), ana);
    expect_altered("holds the bytes of chunk 0 of bob.webm: swapped");
}

TEST_F(Verify, AMissingFragment) {
    record();
    const auto b = contents(path("ana.mp4"));
    overwrite(path("ana.mp4"), b.substr(0, 2010) + b.substr(3030));
    expect_altered("ana.mp4 chunk 2");
}

TEST_F(Verify, AddedBytes) {
    record();
    overwrite(path("ana.mp4"), contents(path("ana.mp4")) + "more");
    expect_altered("has 4 bytes more");
}

TEST_F(Verify, ReorderedLines) {
    record();
    auto lines = lines_of(path("events.jsonl"));
    std::swap(lines[3], lines[4]);
    write_lines(path("events.jsonl"), lines);
    expect_altered("events.jsonl line 4: is event 4 where event 3 belongs");
    expect_altered("events.jsonl line 5: is event 3, behind event 4: lines are re-ordered");
}

TEST_F(Verify, ARemovedLine) {
    record();
    auto lines = lines_of(path("events.jsonl"));
    lines.erase(lines.begin() + 5);
    write_lines(path("events.jsonl"), lines);
    expect_altered("line 6: is event 6 where event 5 belongs: lines are missing");
}

TEST_F(Verify, ACutChain) {
    record();
    auto lines = lines_of(path("events.jsonl"));
    lines.resize(lines.size() - 3);
    write_lines(path("events.jsonl"), lines);
    expect_altered("its end was cut off");
}

TEST_F(Verify, AnEditedEvent) {
    record();
    edit("events.jsonl", "card data", "cart data");
    const auto lines = lines_of(path("events.jsonl"));
    const auto at = std::find_if(lines.begin(), lines.end(),
                                 [](const std::string& line) {
                                     return line.find("cart data") != std::string::npos;
                                 }) -
                    lines.begin() + 1;
    expect_altered("line " + std::to_string(at + 1) +
                   ": does not follow from the line before: line " + std::to_string(at) +
                   " was edited");
}

TEST_F(Verify, AnEditedLastEvent) {
    record(true, false);
    edit("events.jsonl", "\"reason\":\"eos\"", "\"reason\":\"error\"");
    expect_altered("manifest.json: differs from what the events add up to");
}

TEST_F(Verify, ALineThatIsGarbage) {
    record();
    auto lines = lines_of(path("events.jsonl"));
    lines[6] = "garbage";
    write_lines(path("events.jsonl"), lines);
    expect_altered("events.jsonl line 7: cannot be read");
}

TEST_F(Verify, ARewrittenChain) {
    record();
    edit("events.jsonl", "card data", "cart data");
    rewrite_chain();
    expect_altered("the chain was rewritten");
}

TEST_F(Verify, ARewrittenUnsignedChainIsFoundByItsAnchor) {
    record(false, false);
    edit("events.jsonl", "card data", "cart data");
    rewrite_chain();
    std::filesystem::remove(path("manifest.json"));
    EXPECT_EQ(checked().result, Severity::incomplete);
    expect(Severity::altered, "anchor", {.anchor = head_});
}

TEST_F(Verify, AnEditedManifest) {
    record();
    edit("manifest.json", "card data", "cart data");
    expect_altered("manifest.json: differs from what the events add up to, in: pauses");
    expect_altered("manifest.json.sig: does not fit manifest.json");
}

TEST_F(Verify, AnAddedEvent) {
    record();
    auto lines = lines_of(path("events.jsonl"));
    Line added{lines.size(), {6s, utc_at(6s), Mark{"added"}}, head_};
    lines.push_back(print_line(added));
    write_lines(path("events.jsonl"), lines);
    expect_altered("comes behind the recording's end");
}

TEST_F(Verify, AnAddedFile) {
    record();
    overwrite(path("eve.mp4"), "x");
    expect_altered("eve.mp4: is not known to the recording");
}

TEST_F(Verify, ALinkInsteadOfAFile) {
    record();
    std::filesystem::rename(path("ana.mp4"), folder_.path("elsewhere"));
    std::filesystem::create_symlink(folder_.path("elsewhere"), path("ana.mp4"));
    expect_altered("is a symbolic link");
}

TEST_F(Verify, AnotherKey) {
    record();
    const auto other = make_key(folder_.path("other.pem"));
    const auto key = PublicKey::parse(other.public_pem());
    expect(Severity::altered, "is signed by another key", {.key = &*key});
}

TEST_F(Verify, APatchedHeaderIsKnown) {
    std::filesystem::create_directories(recording_);
    overwrite(path("a.mp4"), "head");
    const auto sha = [](std::string_view text) { return Sha256::of(as_bytes(text)); };
    {
        auto ledger = Ledger::create(recording_, nullptr);
        ASSERT_TRUE(ledger);
        const auto say = [&](EventBody body) {
            ASSERT_TRUE((*ledger)->append({0s, utc_at(0s), std::move(body)}));
        };
        say(RecordingStarted{"1", "call"});
        say(FileStarted{"a.mp4", "mp4"});
        say(ChunkWritten{"a.mp4", "header", 0, 4, sha("head")});
        say(ChunkPatched{"a.mp4", 0, 4, sha("HEAD")});
        ASSERT_TRUE((*ledger)->write_manifest());
        // A crash before the bytes followed the line.
        EXPECT_NE(checked().result, Severity::altered);
        say(FileClosed{"a.mp4", 4, sha("HEAD")});
        say(RecordingEnded{"eos"});
        ASSERT_TRUE((*ledger)->write_manifest());
    }
    expect_altered("a.mp4 chunk 0: its bytes differ");
    overwrite(path("a.mp4"), "HEAD");
    expect(Severity::note, "nothing was altered");
}

class Recovered : public Verify {
  protected:
    /// Patches the header of a crashed ana.mp4 and appends an index, as a recovery would.
    void recover(std::uint64_t patched_offset, std::uint64_t patched_size, const SigningKey* key) {
        record(false);
        auto bytes = contents(path("ana.mp4"));
        bytes[patched_offset] = '!';
        const std::string index = "index";
        RecoveryStatement::File file;
        file.file = "ana.mp4";
        file.old_size = bytes.size();
        file.appended = {bytes.size(), index.size(), Sha256::of(as_bytes(index))};
        file.patched = {{patched_offset, patched_size,
                         Sha256::of(as_bytes(bytes).subspan(patched_offset, patched_size))}};
        file.lost_ms = 420;
        overwrite(path("ana.mp4"), bytes + index);
        ASSERT_TRUE(write_recovery(recording_, {utc_at(9s), "parley 0.1.0", head_, {file}}, key));
    }
};

TEST_F(Recovered, IsAcceptedAndSaid) {
    recover(0, 1000, &key_);
    expect(Severity::incomplete, "ana.mp4: was recovered: 420 ms are lost, 5 bytes were added");
    EXPECT_EQ(checked().state, "recovered");
}

TEST_F(Recovered, AStatementCannotReplaceMedia) {
    recover(1000, 1010, &key_);
    expect_altered("ana.mp4 chunk 1: its bytes differ");
}

TEST_F(Recovered, AnEditedStatementIsFound) {
    recover(0, 1000, &key_);
    edit("recovery.json", "420", "20");
    expect_altered("recovery.json.sig: does not fit recovery.json");
}

TEST_F(Recovered, BytesThatTheStatementDoesNotKnowAreFound) {
    recover(0, 1000, &key_);
    overwrite(path("ana.mp4"), contents(path("ana.mp4")) + "x");
    expect_altered("another size than recovery.json says");
}

} // namespace
} // namespace parley::recording
