#include "core/dtls/datagram_bio.hpp"

#include <openssl/bio.h>

#include <algorithm>

namespace parley::dtls {

namespace {

int read_datagram(BIO* bio, char* out, int size) {
    BIO_clear_retry_flags(bio);
    auto& incoming = static_cast<DatagramQueue*>(BIO_get_data(bio))->incoming;
    if (!incoming) {
        BIO_set_retry_read(bio);
        return -1;
    }
    // What does not fit is lost, as with recv(): OpenSSL's buffer holds any record.
    const auto count = std::min(incoming->size(), static_cast<std::size_t>(size));
    std::copy_n(incoming->begin(), count, out);
    incoming.reset();
    return static_cast<int>(count);
}

int write_datagram(BIO* bio, const char* data, int size) {
    BIO_clear_retry_flags(bio);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(data);
    static_cast<DatagramQueue*>(BIO_get_data(bio))->outgoing.emplace_back(bytes, bytes + size);
    return size;
}

long control(BIO* bio, int command, long, void*) {
    switch (command) {
    case BIO_CTRL_FLUSH:
    case BIO_CTRL_DUP:
        return 1;
    case BIO_CTRL_PENDING: {
        const auto& incoming = static_cast<DatagramQueue*>(BIO_get_data(bio))->incoming;
        return incoming ? static_cast<long>(incoming->size()) : 0;
    }
    default:
        return 0;
    }
}

BIO_METHOD* method() {
    static BIO_METHOD* const made = [] {
        auto* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "parley datagrams");
        if (m == nullptr) return m;
        BIO_meth_set_read(m, read_datagram);
        BIO_meth_set_write(m, write_datagram);
        BIO_meth_set_ctrl(m, control);
        return m;
    }();
    return made;
}

} // namespace

bio_st* make_datagram_bio(DatagramQueue& queue) {
    auto* bio = method() != nullptr ? BIO_new(method()) : nullptr;
    if (bio == nullptr) return nullptr;
    BIO_set_data(bio, &queue);
    BIO_set_init(bio, 1);
    return bio;
}

} // namespace parley::dtls
