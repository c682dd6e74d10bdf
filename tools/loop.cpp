#include "tools/loop.hpp"

namespace parley::tools {

Result<Loop::Step> Loop::on_message(GstMessage* message) {
    if (GST_MESSAGE_SRC(message) != GST_OBJECT_CAST(pipeline_)) return Step::none;
    switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ASYNC_DONE:
        if (state_ == State::prerolling) {
            // Only what begins with such a seek ends with SEGMENT_DONE instead of EOS.
            if (const auto done = seek(GST_SEEK_FLAG_FLUSH); !done) {
                return tl::make_unexpected(done.error());
            }
            // Sinks that do not preroll have nothing to come back from.
            const bool prerolls =
                gst_element_get_state(pipeline_, nullptr, nullptr, 0) == GST_STATE_CHANGE_ASYNC;
            state_ = prerolls ? State::seeking : State::looping;
            return prerolls ? Step::waiting : Step::ready;
        }
        if (state_ != State::seeking) return Step::none;
        state_ = State::looping;
        return Step::ready;
    case GST_MESSAGE_SEGMENT_DONE:
        if (state_ != State::looping) return Step::none;
        if (const auto done = seek(GST_SEEK_FLAG_NONE); !done) {
            return tl::make_unexpected(done.error());
        }
        return Step::again;
    default:
        return Step::none;
    }
}

Result<void> Loop::seek(GstSeekFlags flags) {
    const auto all = static_cast<GstSeekFlags>(flags | GST_SEEK_FLAG_SEGMENT);
    if (gst_element_seek(pipeline_, 1.0, GST_FORMAT_TIME, all, GST_SEEK_TYPE_SET, 0,
                         GST_SEEK_TYPE_NONE, -1) == FALSE) {
        return fail("the pipeline cannot begin again: `# loop: true` is for files, which can be "
                    "sought in; --once plays them once");
    }
    return {};
}

} // namespace parley::tools
