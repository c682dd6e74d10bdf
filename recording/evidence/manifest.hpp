// What the events of a recording add up to. A pure fold: whoever has events.jsonl can make the
// manifest again and compare.
#pragma once

#include "recording/evidence/events.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace parley::recording {

class Manifest {
  public:
    /// An event of a list, with when it was.
    template <class T>
    struct At {
        Duration at{};
        Utc utc{};
        T event;
    };
    struct Participant {
        std::string id;
        std::string name;
        std::string role;
        Duration joined{};
        std::optional<Duration> left;
    };
    struct Track {
        TrackStarted about;
        Duration started{};
        std::optional<Duration> ended;
        std::vector<At<SizeChanged>> sizes;
        std::vector<At<MuteChanged>> mutes;
        std::optional<double> drift_ppm; ///< the latest
    };
    struct File {
        FileStarted about;
        std::uint64_t chunks = 0;
        std::uint64_t size = 0; ///< of the chunks so far
        std::optional<FileClosed> closed;
    };
    struct Pause {
        Duration start{};
        std::optional<Duration> end;
        Paused about;
    };
    struct Trouble {
        Duration start{};
        std::optional<Duration> end;
        DiskTrouble about;
    };

    void apply(const Event& event);
    /// How far the fold is: the ledger's business, not an event's.
    void set_chain(std::uint64_t events, const Digest& head) {
        events_ = events;
        head_ = head;
    }

    /// manifest.json: the same fold gives the same bytes. Ends with a newline.
    [[nodiscard]] std::string to_json() const;

    [[nodiscard]] const RecordingStarted& about() const { return about_; }
    [[nodiscard]] Utc started() const { return started_; }
    [[nodiscard]] const std::optional<At<RecordingEnded>>& ended() const { return ended_; }
    [[nodiscard]] Duration duration() const { return duration_; } ///< up to the latest event
    [[nodiscard]] bool is_signed() const { return !about_.public_key.empty(); }
    [[nodiscard]] std::uint64_t events() const { return events_; }
    [[nodiscard]] const Digest& head() const { return head_; }
    [[nodiscard]] const std::vector<Participant>& participants() const { return participants_; }
    [[nodiscard]] const std::vector<Track>& tracks() const { return tracks_; }
    [[nodiscard]] const std::vector<File>& files() const { return files_; }
    [[nodiscard]] const std::vector<At<Gap>>& gaps() const { return gaps_; }
    [[nodiscard]] const std::vector<Pause>& pauses() const { return pauses_; }
    [[nodiscard]] const std::vector<At<Mark>>& marks() const { return marks_; }
    [[nodiscard]] const std::vector<At<ConsentChanged>>& consent() const { return consent_; }
    [[nodiscard]] const std::vector<At<Chat>>& chat() const { return chat_; }
    [[nodiscard]] const std::vector<Trouble>& troubles() const { return troubles_; }

  private:
    Track* track(const std::string& id);
    File* file(const std::string& name);

    RecordingStarted about_;
    Utc started_{};
    std::optional<At<RecordingEnded>> ended_;
    Duration duration_{};
    std::vector<Participant> participants_;
    std::vector<Track> tracks_;
    std::vector<File> files_;
    std::map<std::string, std::size_t> file_index_; ///< a chunk a second for each of many files
    std::vector<At<Gap>> gaps_;
    std::vector<Pause> pauses_;
    std::vector<At<Mark>> marks_;
    std::vector<At<ConsentChanged>> consent_;
    std::vector<At<Chat>> chat_;
    std::vector<Trouble> troubles_;
    std::uint64_t events_ = 0;
    Digest head_{};
};

} // namespace parley::recording
