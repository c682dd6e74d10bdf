#include "tests/recording/support/fake_recording.hpp"

#include "recording/evidence/digest.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace parley::recording::test {
namespace {

class Writer {
  public:
    Writer(std::string folder, Ledger& ledger) : folder_{std::move(folder)}, ledger_{ledger} {}

    void say(Duration at, EventBody body) {
        const auto ok = ledger_.append({at, utc_at(at), std::move(body)});
        ASSERT_TRUE(ok) << ok.error().text;
    }

    void file(const std::string& name, const std::string& participant, bool closed) {
        const auto track = participant + "/camera";
        say(1s, FileStarted{name, name.substr(4), participant, {track}, 1s, utc_at(1s)});
        std::string all;
        for (int i = 0; i < 5; ++i) {
            // Sizes differ, and so do the bytes of all chunks.
            const std::string bytes(static_cast<std::size_t>(1000 + 10 * i),
                                    static_cast<char>((name[0] == 'a' ? 'a' : 'k') + i));
            const Duration start = i == 0 ? 0s : std::chrono::seconds{i - 1};
            const Duration end = i == 0 ? 0s : start + 1s;
            std::ofstream{folder_ + '/' + name, std::ios::binary | std::ios::app} << bytes;
            say(1s + end, ChunkWritten{name, i == 0 ? "header" : "fragment", all.size(),
                                       bytes.size(), Sha256::of(as_bytes(bytes)), start, end});
            all += bytes;
        }
        if (!closed) return;
        say(5s, FileClosed{name, all.size(), Sha256::of(as_bytes(all)), 4s, utc_at(5s)});
    }

  private:
    std::string folder_;
    Ledger& ledger_;
};

} // namespace

TemporaryFolder::TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "parley-evidence-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::path(const std::string& name) const {
    return name.empty() ? path_.string() : (path_ / name).string();
}

Utc utc_at(Duration since_start) {
    return Utc{std::chrono::seconds{1'795'791'600} + since_start};
}

Digest write_fake_recording(const std::string& folder, const FakeOptions& options) {
    std::filesystem::create_directories(folder);
    auto made = Ledger::create(folder, options.key);
    if (!made) {
        ADD_FAILURE() << made.error().text;
        return {};
    }
    auto& ledger = **made;
    Writer writer{folder, ledger};
    writer.say(0s, RecordingStarted{"4f1c", "call", "parley 0.1.0", "participant", "hold",
                                    "assumed", "", "", "synchronized", 1ms, options.expires});
    writer.say(0s, ParticipantSeen{"ana", "Ana \"<A>\" & co", "member"});
    writer.say(0s, ParticipantSeen{"bob", "Bob", "member"});
    for (const std::string who : {"ana", "bob"}) {
        writer.say(1s, TrackStarted{who + "/camera", who, "camera", "H264", utc_at(1s), true});
        writer.say(1s, SizeChanged{who + "/camera", 640, 360});
    }
    writer.file("ana.mp4", "ana", options.closed);
    EXPECT_TRUE(ledger.sign(5s, utc_at(5s)));
    writer.file("bob.webm", "bob", options.closed);
    writer.say(2s, Gap{"ana/camera", GapReason::frozen, 2s, 500ms, 7});
    writer.say(3s, Paused{"card data", "agent 7"});
    writer.say(4s, Resumed{});
    writer.say(4s, Mark{"here"});
    writer.say(4s, ConsentChanged{"bob", true});
    writer.say(4s, Chat{"bob", "hello"});
    writer.say(5s, ClockDrift{"bob/camera", -3.25});
    if (options.closed) writer.say(5s, RecordingEnded{"eos"});
    EXPECT_TRUE(ledger.sign(5s, utc_at(5s)));
    EXPECT_TRUE(ledger.write_manifest());
    return ledger.head();
}

SigningKey make_key(const std::string& pem_path) {
    const auto command = fmt::format("openssl genpkey -algorithm ed25519 -out {}", pem_path);
    EXPECT_EQ(std::system(command.c_str()), 0);
    auto key = SigningKey::load(pem_path);
    if (!key) {
        ADD_FAILURE() << key.error().text;
        std::abort();
    }
    return std::move(*key);
}

std::string contents(const std::string& path) {
    std::ifstream in{path, std::ios::binary};
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

void overwrite(const std::string& path, const std::string& text) {
    std::ofstream{path, std::ios::binary | std::ios::trunc} << text;
}

std::vector<std::string> lines_of(const std::string& path) {
    std::vector<std::string> lines;
    std::istringstream in{contents(path)};
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

void write_lines(const std::string& path, const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines)
        text += line + '\n';
    overwrite(path, text);
}

} // namespace parley::recording::test
