#include "recording/evidence/recovery.hpp"

#include "elements/common/json.hpp"
#include "recording/evidence/folder.hpp"
#include "recording/evidence/hex.hpp"
#include "recording/evidence/signed_text.hpp"
#include "recording/evidence/utc.hpp"

#include <algorithm>
#include <limits>

namespace parley::recording {
namespace {

constexpr auto largest = std::numeric_limits<std::int64_t>::max() / 2;

void put(json::Writer& w, const RecoveryStatement::Range& range) {
    w.member("offset", range.offset).member("size", range.size);
    w.member("sha256", to_hex(range.sha256));
}

Result<std::uint64_t> number(const json::Object& object, const char* name) {
    PARLEY_READ(value, object.integer(name, 0, largest));
    return static_cast<std::uint64_t>(value);
}

Result<Digest> digest(const json::Object& object, const char* name) {
    PARLEY_READ(text, object.text(name));
    const auto bytes = from_hex(text);
    Digest read{};
    if (!bytes || bytes->size() != read.size()) {
        return fail(object.where(name) + ": must be 64 hexadecimal digits");
    }
    std::copy(bytes->begin(), bytes->end(), read.begin());
    return read;
}

Result<RecoveryStatement::Range> range(const json::Object& object) {
    PARLEY_READ(offset, number(object, "offset"));
    PARLEY_READ(size, number(object, "size"));
    PARLEY_READ(sha256, digest(object, "sha256"));
    return RecoveryStatement::Range{offset, size, sha256};
}

Result<RecoveryStatement::File> file(const json::Object& object) {
    RecoveryStatement::File read;
    PARLEY_READ(name, object.text("file"));
    PARLEY_READ(old_size, number(object, "old_size"));
    PARLEY_READ(lost, number(object, "lost_ms"));
    PARLEY_READ(appended, object.object("appended"));
    PARLEY_READ(tail, range(appended));
    if (tail.offset != old_size) return fail(appended.where("offset") + ": must be old_size");
    read.file = std::move(name);
    read.old_size = old_size;
    read.lost_ms = lost;
    read.appended = tail;
    PARLEY_READ(patches, object.objects_or_none("patched"));
    for (const auto& patch : patches) {
        PARLEY_READ(patched, range(patch));
        read.patched.push_back(patched);
    }
    return read;
}

} // namespace

std::string print_recovery(const RecoveryStatement& statement) {
    json::Writer w;
    w.begin_object().member("version", 1).member("type", "recovery");
    w.member("utc", to_text(statement.utc)).member("software", statement.software);
    w.member("chain_head", to_hex(statement.chain_head)).begin_array("files");
    for (const auto& f : statement.files) {
        w.begin_object().member("file", f.file).member("old_size", f.old_size);
        w.begin_object("appended");
        put(w, f.appended);
        w.end_object().begin_array("patched");
        for (const auto& patch : f.patched) {
            w.begin_object();
            put(w, patch);
            w.end_object();
        }
        w.end_array().member("lost_ms", f.lost_ms).end_object();
    }
    w.end_array().end_object();
    return w.take() + '\n';
}

Result<RecoveryStatement> parse_recovery(std::string_view text) {
    PARLEY_READ(document, json::Document::parse_object(text));
    const auto object = document.root();
    PARLEY_READ(type, object.text("type"));
    if (type != "recovery") return fail("type: must be recovery");
    RecoveryStatement statement;
    PARLEY_READ(utc, object.text("utc"));
    const auto time = parse_utc(utc);
    if (!time) return fail("utc: must be a time");
    statement.utc = *time;
    PARLEY_READ(software, object.text("software"));
    statement.software = std::move(software);
    PARLEY_READ(head, digest(object, "chain_head"));
    statement.chain_head = head;
    PARLEY_READ(files, object.objects_or_none("files"));
    for (const auto& entry : files) {
        PARLEY_READ(one, file(entry));
        statement.files.push_back(std::move(one));
    }
    return statement;
}

Result<void> write_recovery(const std::string& folder, const RecoveryStatement& statement,
                            const SigningKey* key) {
    const auto text = print_recovery(statement);
    if (auto ok = write_atomically(folder, recovery_name, text); !ok) return ok;
    if (key == nullptr) return {};
    return write_signature(folder, recovery_signature_name, text, *key, statement.chain_head);
}

} // namespace parley::recording
