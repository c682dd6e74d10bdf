// A small recording with real chunks, written through Ledger as a recorder would.
#pragma once

#include "recording/evidence/ledger.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace parley::recording::test {

/// A folder that goes with the test.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] std::string path(const std::string& name = {}) const;

  private:
    std::filesystem::path path_;
};

struct FakeOptions {
    const SigningKey* key = nullptr;
    bool closed = true;
    Utc expires{};
};

/// Of 2026-11-27T15:00:00Z.
Utc utc_at(Duration since_start);

/// Two files, ana.mp4 and bob.webm: a header and four fragments each. Returns the chain's head.
Digest write_fake_recording(const std::string& folder, const FakeOptions& options = {});

/// A private Ed25519 key, made by the openssl command.
SigningKey make_key(const std::string& pem_path);

std::string contents(const std::string& path);
void overwrite(const std::string& path, const std::string& text);
std::vector<std::string> lines_of(const std::string& path);
void write_lines(const std::string& path, const std::vector<std::string>& lines);

} // namespace parley::recording::test
