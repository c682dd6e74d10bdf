#include "core/dtls/certificate.hpp"
#include "core/dtls/fingerprint.hpp"

#include <gtest/gtest.h>

namespace parley::dtls {
namespace {

constexpr auto sha256_of_abc = "sha-256 BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:B0:03:61:A3"
                               ":96:17:7A:9C:B4:10:FF:61:F2:00:15:AD";

TEST(Fingerprint, ReadsAndWritesTheSdpForm) {
    const auto fingerprint = Fingerprint::parse(sha256_of_abc);
    ASSERT_TRUE(fingerprint);
    EXPECT_EQ(fingerprint->algorithm, HashAlgorithm::sha256);
    EXPECT_EQ(fingerprint->to_string(), sha256_of_abc);
    EXPECT_TRUE(fingerprint->matches(as_bytes("abc")));
    EXPECT_FALSE(fingerprint->matches(as_bytes("abd")));
    for (const auto algorithm :
         {HashAlgorithm::sha256, HashAlgorithm::sha384, HashAlgorithm::sha512}) {
        const auto made = Fingerprint::of(as_bytes("abc"), algorithm);
        EXPECT_EQ(Fingerprint::parse(made.to_string()), made);
        EXPECT_TRUE(made.matches(as_bytes("abc")));
    }
}

TEST(Fingerprint, CaseDoesNotMatter) { // RFC 8122, section 5: hash names are case-insensitive
    std::string text{sha256_of_abc};
    for (auto& c : text)
        c = static_cast<char>(std::tolower(c));
    EXPECT_EQ(Fingerprint::parse(text), Fingerprint::parse(sha256_of_abc));
    text.replace(0, 7, "SHA-256");
    EXPECT_EQ(Fingerprint::parse(text), Fingerprint::parse(sha256_of_abc));
}

TEST(Fingerprint, RefusesWhatIsWeakOrMalformed) {
    const std::string good{sha256_of_abc};
    EXPECT_FALSE(Fingerprint::parse(""));
    EXPECT_FALSE(Fingerprint::parse("sha-256"));
    EXPECT_FALSE(Fingerprint::parse("sha-256 "));
    EXPECT_FALSE(
        Fingerprint::parse("sha-1 A9:99:3E:36:47:06:81:6A:BA:3E:25:71:78:50:C2:6C:9C:D0:D8:9D"));
    EXPECT_FALSE(Fingerprint::parse("md5 90:01:50:98:3C:D2:4F:B0:D6:96:3F:7D:28:E1:7F:72"));
    EXPECT_FALSE(Fingerprint::parse(good.substr(0, good.size() - 3)));
    EXPECT_FALSE(Fingerprint::parse(good + ":00"));
    EXPECT_FALSE(Fingerprint::parse("sha-384" + good.substr(7)));
    for (std::size_t i = 8; i < good.size(); ++i) {
        auto broken = good;
        broken[i] = 'G';
        EXPECT_FALSE(Fingerprint::parse(broken)) << i;
    }
}

TEST(Fingerprint, EmptyOnesMatchNothing) {
    EXPECT_FALSE(Fingerprint{} == Fingerprint{});
    EXPECT_FALSE(Fingerprint{}.matches(as_bytes("abc")));
}

TEST(Certificate, EachIsNewAndFingerprintIsOfTheEncodedForm) {
    const auto one = Certificate::generate();
    const auto other = Certificate::generate();
    ASSERT_TRUE(one);
    ASSERT_TRUE(other);
    EXPECT_TRUE(one->fingerprint().matches(one->der()));
    EXPECT_FALSE(one->fingerprint() == other->fingerprint());
}

} // namespace
} // namespace parley::dtls
