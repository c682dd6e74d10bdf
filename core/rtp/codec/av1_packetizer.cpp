#include "core/rtp/codec/av1_packetizer.hpp"

#include <algorithm>
#include <cstring>

namespace parley::rtp {

namespace {

// Up to so many elements, W counts them and the last one goes without a length.
constexpr std::size_t max_counted = 3;
// An OBU is not cut for less. It holds the OBU's header in one piece.
constexpr std::size_t min_fragment = 3;

/// Largest element that takes at most `space` together with its length.
std::size_t fits_with_length(std::size_t space) {
    std::size_t size = space - std::min(space, leb128_size(space));
    // The length of a smaller size may be shorter than that of the space.
    while (size < space && leb128_size(size + 1) + size + 1 <= space)
        ++size;
    return size;
}

} // namespace

bool Av1Packetizer::plan(Bytes stream, std::size_t max_payload) {
    max_payload_ = std::max(max_payload, min_payload);
    obus_.clear();
    elements_.clear();
    payloads_.clear();
    inspector_.begin();

    Av1ObuReader reader{stream};
    while (const auto obu = reader.next()) {
        if (!inspector_.add(*obu)) return false;
        if (travels(obu->type)) obus_.push_back(*obu);
    }
    if (reader.broken()) return false;

    for (const auto& obu : obus_)
        add_obu(obu);
    return true;
}

void Av1Packetizer::add_obu(const Av1Obu& obu) {
    const bool fits_not_all = payloads_.empty() || room() < std::min(obu.size(), min_fragment);
    // Section 5: a sequence header should come first, and all OBUs of a packet that tell their
    // layers have the same.
    if (fits_not_all || obu.type == ObuType::sequence_header || layers_differ(obu)) {
        next_payload(false);
    }
    if (obu.has_extension && !layer_of_) layer_of_ = &obu;

    Element rest{obu.header_bytes(), obu.payload};
    while (rest.size() > room()) {
        const auto cut = room() - rest.header.size();
        add_element({rest.header, rest.body.first(cut)});
        rest = {{}, rest.body.subspan(cut)};
        next_payload(true);
        if (obu.has_extension) layer_of_ = &obu;
    }
    add_element(rest);
}

void Av1Packetizer::add_element(Element element) {
    auto& payload = payloads_.back();
    ++payload.count;
    payload.size = filled_ + element.size();
    filled_ += leb128_size(element.size()) + element.size();
    if (payload.count > max_counted) payload.size = filled_;
    elements_.push_back(element);
}

void Av1Packetizer::next_payload(bool within_obu) {
    if (within_obu) payloads_.back().continued = true;
    payloads_.push_back({.first = elements_.size(), .continues_previous = within_obu});
    filled_ = 1; // the aggregation header
    layer_of_ = nullptr;
}

std::size_t Av1Packetizer::room() const {
    const auto space = max_payload_ - std::min(filled_, max_payload_);
    return payloads_.back().count < max_counted ? space : fits_with_length(space);
}

bool Av1Packetizer::layers_differ(const Av1Obu& obu) const {
    return layer_of_ && obu.has_extension &&
           (layer_of_->temporal_id != obu.temporal_id || layer_of_->spatial_id != obu.spatial_id);
}

void Av1Packetizer::write(std::size_t i, MutBytes to) const {
    const auto& payload = payloads_[i];
    const bool counted = payload.count <= max_counted;
    unsigned header = payload.continues_previous ? 0x80 : 0; // Z
    if (payload.continued) header |= 0x40;                   // Y
    if (counted) header |= static_cast<unsigned>(payload.count) << 4;
    if (i == 0 && inspector_.starts_sequence()) header |= 0x08; // N

    ByteWriter writer{to};
    writer.u8(static_cast<std::uint8_t>(header));
    for (std::size_t n = 0; n < payload.count; ++n) {
        const auto& element = elements_[payload.first + n];
        if (!counted || n + 1 < payload.count) {
            if (auto* length = writer.take(leb128_size(element.size()))) {
                write_leb128(length, element.size());
            }
        }
        writer.bytes(element.header);
        writer.bytes(element.body);
    }
}

} // namespace parley::rtp
