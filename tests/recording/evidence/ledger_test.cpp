#include "recording/evidence/event_json.hpp"
#include "recording/evidence/hex.hpp"
#include "recording/evidence/ledger.hpp"
#include "recording/evidence/signed_text.hpp"
#include "recording/evidence/utc.hpp"
#include "tests/recording/support/fake_recording.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>

namespace parley::recording {
namespace {

using namespace test;

int shell(const std::string& command) {
    return std::system(command.c_str());
}

TEST(SigningKey, SaysWhatIsWrongWithAFile) {
    const TemporaryFolder folder;
    const auto error = [&](const std::string& path) {
        const auto key = SigningKey::load(path);
        return key ? std::string{} : key.error().text;
    };
    const auto path = folder.path("key.pem");
    EXPECT_NE(error(path).find("No such file"), std::string::npos) << error(path);
    overwrite(path, "hello");
    EXPECT_NE(error(path).find("not a private key in PEM"), std::string::npos) << error(path);
    ASSERT_EQ(shell("openssl genpkey -algorithm x25519 -out " + path), 0);
    EXPECT_NE(error(path).find("not an Ed25519"), std::string::npos) << error(path);
    EXPECT_NE(error(path).find("openssl genpkey -algorithm ed25519"), std::string::npos);
}

TEST(SigningKey, OpensslAgreesWithASignature) {
    const TemporaryFolder folder;
    const auto key = make_key(folder.path("key.pem"));
    write_fake_recording(folder.path("r"), {.key = &key});
    const auto parsed = parse_signature(contents(folder.path("r/manifest.json.sig")));
    ASSERT_TRUE(parsed) << parsed.error().text;
    const auto raw = from_base64(parsed->signature);
    ASSERT_TRUE(raw);
    overwrite(folder.path("sig"), std::string{as_text(*raw)});
    overwrite(folder.path("pub.pem"), parsed->key.pem());
    const auto check = [&] {
        return shell(fmt::format("openssl pkeyutl -verify -rawin -pubin -inkey {0}/pub.pem -in "
                                 "{0}/r/manifest.json -sigfile {0}/sig >/dev/null",
                                 folder.path()));
    };
    EXPECT_EQ(check(), 0);
    overwrite(folder.path("r/manifest.json"), contents(folder.path("r/manifest.json")) + " ");
    EXPECT_NE(check(), 0);
}

TEST(Ledger, EachLineNamesTheHeadBeforeIt) {
    const TemporaryFolder folder;
    const auto head = write_fake_recording(folder.path("r"));
    Digest expected{};
    std::uint64_t seq = 0;
    for (const auto& text : lines_of(folder.path("r/events.jsonl"))) {
        const auto line = parse_line(text);
        ASSERT_TRUE(line) << text << line.error().text;
        EXPECT_EQ(line->seq, seq++);
        EXPECT_EQ(line->prev, expected);
        EXPECT_EQ(print_line(*line), text);
        expected = next_head(expected, text);
    }
    EXPECT_EQ(head, expected);
    EXPECT_GT(seq, 20U);
}

TEST(Ledger, AnotherProgramComesToTheSameHead) {
    const TemporaryFolder folder;
    const auto key = make_key(folder.path("key.pem"));
    const auto head = write_fake_recording(folder.path("r"), {.key = &key});
    const auto check = [&] {
        return shell(fmt::format("python3 {}/tests/recording/evidence/chain_check.py {} {}",
                                 PARLEY_SOURCE_DIR, folder.path("r"), to_hex(head)));
    };
    EXPECT_EQ(check(), 0);
    auto bytes = contents(folder.path("r/ana.mp4"));
    bytes[1500] ^= 1;
    overwrite(folder.path("r/ana.mp4"), bytes);
    EXPECT_NE(check(), 0);
}

TEST(Ledger, RefusesAFolderThatHasOne) {
    const TemporaryFolder folder;
    write_fake_recording(folder.path("r"));
    EXPECT_FALSE(Ledger::create(folder.path("r"), nullptr));
}

TEST(Ledger, ALineThatDoesNotFitLeavesNothingAndMayBeAppendedAgain) {
    const TemporaryFolder folder;
    auto ledger = Ledger::create(folder.path(), nullptr);
    ASSERT_TRUE(ledger);
    ASSERT_TRUE((*ledger)->append({0s, utc_at(0s), Mark{"first"}}));
    const auto before = contents(folder.path("events.jsonl"));
    const auto head = (*ledger)->head();

    // The file may grow by half a line.
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit old{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
    rlimit small = old;
    small.rlim_cur = before.size() + 20;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const auto full = (*ledger)->append({1s, utc_at(1s), Mark{"second"}});
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
    EXPECT_FALSE(full);
    EXPECT_EQ(contents(folder.path("events.jsonl")), before);
    EXPECT_EQ((*ledger)->head(), head);

    ASSERT_TRUE((*ledger)->append({1s, utc_at(1s), Mark{"second"}}));
    EXPECT_EQ(lines_of(folder.path("events.jsonl")).size(), 2U);
}

TEST(Ledger, RefusesTextThatCouldNotBeReadBack) {
    const TemporaryFolder folder;
    auto ledger = Ledger::create(folder.path(), nullptr);
    ASSERT_TRUE(ledger);
    EXPECT_FALSE((*ledger)->append({0s, utc_at(0s), Mark{"\xff"}}));
    EXPECT_EQ(contents(folder.path("events.jsonl")), "");
}

TEST(Ledger, ReopenGoesOnBehindATornLine) {
    const TemporaryFolder folder;
    write_fake_recording(folder.path("r"), {.closed = false});
    const auto path = folder.path("r/events.jsonl");
    const auto whole = contents(path);
    overwrite(path, whole + "{\"seq\":99,\"at");
    {
        auto ledger = Ledger::reopen(folder.path("r"), nullptr);
        ASSERT_TRUE(ledger) << ledger.error().text;
        ASSERT_TRUE((*ledger)->append({6s, utc_at(6s), Mark{"after"}}));
        EXPECT_EQ((*ledger)->manifest().marks().size(), 2U);
    }
    EXPECT_EQ(contents(path).substr(0, whole.size()), whole);
    auto again = Ledger::reopen(folder.path("r"), nullptr);
    ASSERT_TRUE(again) << again.error().text;
    EXPECT_EQ((*again)->manifest().marks().size(), 2U);
}

TEST(Ledger, ReopenRefusesARecordingThatRuns) {
    const TemporaryFolder folder;
    const auto running = Ledger::create(folder.path(), nullptr);
    ASSERT_TRUE(running);
    const auto second = Ledger::reopen(folder.path(), nullptr);
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().text.find("running"), std::string::npos);
}

TEST(Utc, IsWrittenAndReadToTheNanosecond) {
    const Utc time{std::chrono::seconds{1'795'791'600} + 123'456'789ns};
    EXPECT_EQ(to_text(time), "2026-11-27T15:00:00.123456789Z");
    EXPECT_EQ(parse_utc(to_text(time)), time);
    EXPECT_FALSE(parse_utc("2026-02-30T15:00:00.123456789Z"));
    EXPECT_FALSE(parse_utc("2026-11-27T15:00:00Z"));
}

} // namespace
} // namespace parley::recording
