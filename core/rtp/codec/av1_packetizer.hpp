// Cuts AV1 into RTP payloads (AOM's RTP payload format for AV1, v1.0, section 4).
#pragma once

#include "core/base/bytes.hpp"
#include "core/rtp/codec/av1_obu.hpp"
#include "core/rtp/codec/av1_unit.hpp"

#include <cstddef>
#include <vector>

namespace parley::rtp {

/// Plans the payloads of one temporal unit or frame at a time; the caller gives the memory that
/// each is written to.
class Av1Packetizer {
  public:
    /// Smaller payloads than this are not made.
    static constexpr std::size_t min_payload = 8;

    /// `stream` is a whole number of OBUs of one unit, with sizes, and is kept by the caller until
    /// the payloads are written. False: not AV1, there are no payloads.
    [[nodiscard]] bool plan(Bytes stream, std::size_t max_payload);
    void reset() { inspector_.reset(); }

    [[nodiscard]] std::size_t payload_count() const { return payloads_.size(); }
    [[nodiscard]] std::size_t payload_size(std::size_t i) const { return payloads_[i].size; }
    /// Fills `to`, which is of the payload's size.
    void write(std::size_t i, MutBytes to) const;

    /// Of the stream that was planned last.
    [[nodiscard]] const Av1UnitInspector& unit() const { return inspector_; }

  private:
    /// An OBU or a piece of one. The header is never apart from what follows it.
    struct Element {
        Bytes header;
        Bytes body;
        [[nodiscard]] std::size_t size() const { return header.size() + body.size(); }
    };
    struct Payload {
        std::size_t first = 0; ///< of elements_
        std::size_t count = 0;
        std::size_t size = 1;
        bool continues_previous = false;
        bool continued = false;
    };

    void add_obu(const Av1Obu& obu);
    void add_element(Element element);
    void next_payload(bool within_obu);
    [[nodiscard]] std::size_t room() const;
    [[nodiscard]] bool layers_differ(const Av1Obu& obu) const;

    Av1UnitInspector inspector_;
    std::size_t max_payload_ = 0;
    std::vector<Av1Obu> obus_;
    std::vector<Element> elements_;
    std::vector<Payload> payloads_;
    std::size_t filled_ = 0;           ///< of the last payload, with a length for each element
    const Av1Obu* layer_of_ = nullptr; ///< in the last payload, the first OBU that has layers
};

} // namespace parley::rtp
