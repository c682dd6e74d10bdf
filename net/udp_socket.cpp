#include "net/udp_socket.hpp"

#include "core/base/log.hpp"
#include "net/socket_address.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/udp.h>

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace parley::net {

namespace {

constexpr int socket_buffer_size = 4 << 20;
/// Limits of UDP_SEGMENT: segments a call, and the whole must be one IP packet.
constexpr std::uint32_t gso_max_segments = 64;
constexpr std::size_t gso_max_bytes = 65000;
constexpr int send_patience_ms = 5;

void set_option(int fd, int level, int name, int value) {
    setsockopt(fd, level, name, &value, sizeof value);
}

} // namespace

ReceiveBatch::ReceiveBatch()
    : storage_{std::make_unique_for_overwrite<std::uint8_t[]>(capacity * slot_size)} {
    for (unsigned i = 0; i < capacity; ++i) {
        vectors_[i] = {storage_.get() + i * slot_size, slot_size};
        auto& header = headers_[i].msg_hdr;
        header.msg_name = &names_[i];
        header.msg_iov = &vectors_[i];
        header.msg_iovlen = 1;
        header.msg_control = controls_[i].data();
    }
}

struct UdpSocket::Outgoing {
    static constexpr unsigned max_messages = 128;
    static constexpr unsigned max_vectors = 1024;
    static constexpr std::size_t control_size =
        CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(std::uint16_t));

    std::array<mmsghdr, max_messages> headers{};
    std::array<SocketAddress, max_messages> names{};
    alignas(cmsghdr) std::array<std::array<std::uint8_t, control_size>, max_messages> controls{};
    std::array<iovec, max_vectors> vectors{};
    unsigned messages = 0;
    unsigned used_vectors = 0;
};

void UdpSocket::OutgoingDeleter::operator()(Outgoing* outgoing) const {
    delete outgoing;
}

UdpSocket::UdpSocket(FileDescriptor fd, int family)
    : fd_{std::move(fd)}, family_{family}, out_{new Outgoing} {}

Result<UdpSocket> UdpSocket::bind(int family, std::uint16_t port) {
    FileDescriptor fd{::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!fd) return fail(describe_errno("cannot open a UDP socket", errno));

    if (family == AF_INET6) {
        set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
        set_option(fd.get(), IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    } else {
        set_option(fd.get(), IPPROTO_IP, IP_PKTINFO, 1);
    }
    set_option(fd.get(), SOL_SOCKET, SO_SNDBUF, socket_buffer_size);
    set_option(fd.get(), SOL_SOCKET, SO_RCVBUF, socket_buffer_size);

    const auto any = family == AF_INET ? IpAddress::v4(0, 0, 0, 0) : IpAddress{};
    auto address = to_socket_address({any, port}, family);
    if (::bind(fd.get(), address.data(), address.size) != 0) {
        return fail(describe_errno(fmt::format("cannot listen on UDP port {}", port), errno));
    }
    return UdpSocket{std::move(fd), family};
}

bool UdpSocket::receive(ReceiveBatch& batch) {
    for (auto& message : batch.headers_) {
        message.msg_hdr.msg_namelen = sizeof(sockaddr_storage);
        message.msg_hdr.msg_controllen = ReceiveBatch::control_size;
    }
    const int count =
        recvmmsg(fd_.get(), batch.headers_.data(), ReceiveBatch::capacity, MSG_DONTWAIT, nullptr);
    batch.size_ = count > 0 ? static_cast<unsigned>(count) : 0;

    for (unsigned i = 0; i < batch.size_; ++i) {
        auto& header = batch.headers_[i].msg_hdr;
        Flow& flow = batch.flows_[i];
        flow = Flow{to_endpoint(batch.names_[i]), {}, Protocol::udp, 0};
        for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
            if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
                in_pktinfo info;
                std::memcpy(&info, CMSG_DATA(c), sizeof info);
                const auto* raw = reinterpret_cast<const std::uint8_t*>(&info.ipi_addr);
                flow.local = IpAddress::v4(raw[0], raw[1], raw[2], raw[3]);
            } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
                in6_pktinfo info;
                std::memcpy(&info, CMSG_DATA(c), sizeof info);
                std::memcpy(flow.local.bytes.data(), &info.ipi6_addr, 16);
            }
        }
        const bool cut = (header.msg_flags & MSG_TRUNC) != 0;
        batch.sizes_[i] = cut ? 0 : batch.headers_[i].msg_len;
        ++counters_.packets_received;
        counters_.bytes_received += batch.sizes_[i];
    }
    return batch.size_ > 0;
}

void UdpSocket::send(SendBatch& batch, std::span<const SendBatch::Run* const> runs) {
    for (const auto* run : runs) {
        const auto& packets = batch.packets();
        const std::uint32_t end = run->first + run->count;
        for (std::uint32_t first = run->first; first < end;) {
            // GSO wants segments of one size, of which the last may be shorter.
            const std::size_t segment = packets[first].size;
            std::size_t total = segment;
            std::uint32_t next = first + 1;
            if (gso_) {
                while (next < end && next - first < gso_max_segments &&
                       packets[next - 1].size == segment && packets[next].size <= segment &&
                       total + packets[next].size <= gso_max_bytes) {
                    total += packets[next].size;
                    ++next;
                }
            }
            append_message(batch, *run, first, next - first);
            first = next;
        }
    }
    flush();
}

void UdpSocket::append_message(SendBatch& batch, const SendBatch::Run& run, std::uint32_t first,
                               std::uint32_t count) {
    if (out_->messages == Outgoing::max_messages ||
        out_->used_vectors + count > Outgoing::max_vectors) {
        flush();
    }
    const unsigned index = out_->messages++;
    iovec* const vectors = &out_->vectors[out_->used_vectors];
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto bytes = batch.bytes(batch.packets()[first + i]);
        vectors[i] = {bytes.data(), bytes.size()};
    }
    out_->used_vectors += count;

    auto& name = out_->names[index];
    name = to_socket_address(run.flow.remote, family_);
    auto& control = out_->controls[index];
    auto& header = out_->headers[index].msg_hdr;
    header = msghdr{};
    header.msg_name = name.data();
    header.msg_namelen = name.size;
    header.msg_iov = vectors;
    header.msg_iovlen = count;
    header.msg_control = control.data();
    header.msg_controllen = control.size();

    cmsghdr* c = CMSG_FIRSTHDR(&header);
    std::size_t used = 0;
    if (!run.flow.local.is_unspecified()) {
        if (family_ == AF_INET) {
            in_pktinfo info{};
            std::memcpy(&info.ipi_spec_dst, run.flow.local.bytes.data() + 12, 4);
            c->cmsg_level = IPPROTO_IP;
            c->cmsg_type = IP_PKTINFO;
            c->cmsg_len = CMSG_LEN(sizeof info);
            std::memcpy(CMSG_DATA(c), &info, sizeof info);
            used += CMSG_SPACE(sizeof info);
        } else {
            in6_pktinfo info{};
            std::memcpy(&info.ipi6_addr, run.flow.local.bytes.data(), 16);
            c->cmsg_level = IPPROTO_IPV6;
            c->cmsg_type = IPV6_PKTINFO;
            c->cmsg_len = CMSG_LEN(sizeof info);
            std::memcpy(CMSG_DATA(c), &info, sizeof info);
            used += CMSG_SPACE(sizeof info);
        }
        c = reinterpret_cast<cmsghdr*>(control.data() + used);
    }
    if (count > 1) {
        const auto segment = static_cast<std::uint16_t>(vectors[0].iov_len);
        c->cmsg_level = IPPROTO_UDP;
        c->cmsg_type = UDP_SEGMENT;
        c->cmsg_len = CMSG_LEN(sizeof segment);
        std::memcpy(CMSG_DATA(c), &segment, sizeof segment);
        used += CMSG_SPACE(sizeof segment);
    }
    header.msg_controllen = used;
    if (used == 0) header.msg_control = nullptr;
}

void UdpSocket::flush() {
    unsigned done = 0;
    bool waited = false;
    while (done < out_->messages) {
        const int sent =
            sendmmsg(fd_.get(), &out_->headers[done], out_->messages - done, MSG_DONTWAIT);
        if (sent > 0) {
            for (unsigned i = done; i < done + static_cast<unsigned>(sent); ++i) {
                counters_.packets_sent += out_->headers[i].msg_hdr.msg_iovlen;
                counters_.bytes_sent += out_->headers[i].msg_len;
            }
            done += static_cast<unsigned>(sent);
            waited = false;
            continue;
        }
        const int error = errno;
        auto& refused = out_->headers[done].msg_hdr;
        if (error == EINTR) continue;
        if ((error == EAGAIN || error == ENOBUFS) && !waited) {
            // The socket or the device is full for all destinations alike: give it a moment.
            pollfd full{fd_.get(), POLLOUT, 0};
            ::poll(&full, 1, send_patience_ms);
            waited = true;
            continue;
        }
        if (gso_ && refused.msg_iovlen > 1 &&
            (error == EIO || error == EINVAL || error == EOPNOTSUPP)) {
            gso_ = false;
            log::info("net", "the kernel refuses UDP GSO ({}): sending packets singly",
                      describe_errno("sendmmsg", error));
        }
        if (refused.msg_iovlen > 1) {
            // Send the run's packets one by one: without GSO, or because one of them is too large
            // for this path (EMSGSIZE).
            iovec* const vectors = refused.msg_iov;
            const std::size_t count = refused.msg_iovlen;
            msghdr single = refused;
            // The segment size is the last control message: leave it out.
            single.msg_controllen -= CMSG_SPACE(sizeof(std::uint16_t));
            if (single.msg_controllen == 0) single.msg_control = nullptr;
            single.msg_iovlen = 1;
            for (std::size_t i = 0; i < count; ++i) {
                single.msg_iov = vectors + i;
                const auto bytes = sendmsg(fd_.get(), &single, MSG_DONTWAIT);
                if (bytes >= 0) {
                    ++counters_.packets_sent;
                    counters_.bytes_sent += static_cast<std::uint64_t>(bytes);
                } else {
                    ++counters_.send_failures;
                }
            }
        } else {
            counters_.send_failures += refused.msg_iovlen;
        }
        ++done;
        waited = false;
    }
    out_->messages = 0;
    out_->used_vectors = 0;
}

} // namespace parley::net
