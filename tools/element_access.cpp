#include "tools/element_access.hpp"

#include "elements/common/value_json.hpp"
#include "tools/elements.hpp"
#include "tools/spelling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace parley::tools {

namespace {

class Value {
  public:
    explicit Value(GType type) { g_value_init(&value_, type); }
    Value() = default;
    Value(const Value&) = delete;
    Value& operator=(const Value&) = delete;
    ~Value() {
        if (G_IS_VALUE(&value_)) g_value_unset(&value_);
    }
    GValue& get() { return value_; }

  private:
    GValue value_ = G_VALUE_INIT;
};

std::vector<GParamSpec*> specs_of(GObject* object) {
    guint count = 0;
    const std::unique_ptr<GParamSpec*, FreeWith<g_free>> all{
        g_object_class_list_properties(G_OBJECT_GET_CLASS(object), &count)};
    return {all.get(), all.get() + count};
}

std::string read(GObject* object, GParamSpec* property) {
    Value value{property->value_type};
    g_object_get_property(object, property->name, &value.get());
    return to_json(value.get());
}

/// The action signals of a type, its parents' among them.
std::vector<guint> actions_of(GType type) {
    std::vector<guint> actions;
    for (; type != 0; type = g_type_parent(type)) {
        guint count = 0;
        const std::unique_ptr<guint, FreeWith<g_free>> ids{g_signal_list_ids(type, &count)};
        for (guint i = 0; i < count; ++i) {
            GSignalQuery query;
            g_signal_query(ids.get()[i], &query);
            if ((query.signal_flags & G_SIGNAL_ACTION) != 0) actions.push_back(ids.get()[i]);
        }
    }
    return actions;
}

std::string signature(const GSignalQuery& query) {
    std::string types;
    for (guint i = 0; i < query.n_params; ++i) {
        types += fmt::format("{}{}", i == 0 ? "" : ", ", g_type_name(query.param_types[i]));
    }
    return fmt::format("{}({})", query.signal_name, types);
}

} // namespace

std::vector<GstPtr<GstElement>> ElementAccess::elements() const {
    std::vector<GstPtr<GstElement>> all;
    for_each_element(pipeline_, [&](GstElement* element) { all.push_back(ref_ptr(element)); });
    return all;
}

Result<GstPtr<GstElement>> ElementAccess::find(const std::string& element) const {
    if (auto found = adopt_ptr(gst_bin_get_by_name(pipeline_, element.c_str()))) return found;
    std::vector<std::string> names;
    for (const auto& one : elements())
        names.emplace_back(GST_OBJECT_NAME(one.get()));
    return fail(fmt::format("there is no element \"{}\"{}", json::cut(element, 64),
                            did_you_mean(element, names)));
}

Result<ElementAccess::Place> ElementAccess::find(const std::string& element,
                                                 const std::string& property) const {
    auto found = find(element);
    if (!found) return tl::make_unexpected(found.error());
    auto* const object = G_OBJECT(found->get());
    if (property.find("::") != std::string::npos && GST_IS_CHILD_PROXY(object)) {
        GObject* child = nullptr;
        GParamSpec* spec = nullptr;
        if (gst_child_proxy_lookup(GST_CHILD_PROXY(object), property.c_str(), &child, &spec)) {
            return Place{adopt_ptr(child), spec};
        }
    }
    if (auto* const spec =
            g_object_class_find_property(G_OBJECT_GET_CLASS(object), property.c_str())) {
        return Place{ref_ptr(object), spec};
    }
    std::vector<std::string> names;
    for (const auto* spec : specs_of(object))
        names.emplace_back(spec->name);
    return fail(fmt::format("{} has no property \"{}\"{}", element, json::cut(property, 64),
                            did_you_mean(property, names)));
}

Result<std::string> ElementAccess::get(const std::string& element,
                                       const std::string& property) const {
    const auto place = find(element, property);
    if (!place) return tl::make_unexpected(place.error());
    if ((place->property->flags & G_PARAM_READABLE) == 0) {
        return fail(fmt::format("{}: the property \"{}\" can only be written", element, property));
    }
    return read(place->object.get(), place->property);
}

Result<void> ElementAccess::set(const std::string& element, const std::string& property,
                                JsonNode* value) const {
    const auto place = find(element, property);
    if (!place) return tl::make_unexpected(place.error());
    const auto* const spec = place->property;
    const auto refuse = [&](std::string_view why) {
        return fail(fmt::format("{}: the property \"{}\" {}", element, property, why));
    };
    if ((spec->flags & G_PARAM_WRITABLE) == 0) return refuse("can only be read");
    if ((spec->flags & G_PARAM_CONSTRUCT_ONLY) != 0) {
        return refuse("can only be set when the element is made");
    }
    GstState state = GST_STATE_NULL;
    gst_element_get_state(GST_ELEMENT_CAST(pipeline_), &state, nullptr, 0);
    if (state > GST_STATE_READY && (spec->flags & GST_PARAM_MUTABLE_READY) != 0 &&
        (spec->flags & (GST_PARAM_MUTABLE_PAUSED | GST_PARAM_MUTABLE_PLAYING)) == 0) {
        return refuse("cannot be changed while the pipeline runs");
    }
    Value read{spec->value_type};
    if (const auto done = from_json(value, read.get()); !done) return refuse(done.error().text);
    Value checked{spec->value_type};
    g_value_copy(&read.get(), &checked.get());
    if (g_param_value_validate(const_cast<GParamSpec*>(spec), &checked.get()) &&
        g_param_values_cmp(const_cast<GParamSpec*>(spec), &read.get(), &checked.get()) != 0) {
        return refuse(fmt::format("does not take {}: out of its range", to_json(read.get())));
    }
    g_object_set_property(place->object.get(), spec->name, &read.get());
    return {};
}

Result<std::string> ElementAccess::properties(const std::string& element) const {
    auto found = find(element);
    if (!found) return tl::make_unexpected(found.error());
    json::Writer writer;
    writer.begin_object();
    for (auto* const spec : specs_of(G_OBJECT(found->get()))) {
        if ((spec->flags & G_PARAM_READABLE) == 0) continue;
        writer.raw(spec->name, read(G_OBJECT(found->get()), spec));
    }
    writer.end_object();
    return writer.take();
}

Result<std::string> ElementAccess::act(const std::string& element, const std::string& signal,
                                       const std::vector<JsonNode*>& arguments) const {
    auto found = find(element);
    if (!found) return tl::make_unexpected(found.error());
    const auto actions = actions_of(G_OBJECT_TYPE(found->get()));
    GSignalQuery query{};
    std::vector<std::string> names;
    for (const guint id : actions) {
        GSignalQuery one;
        g_signal_query(id, &one);
        names.emplace_back(one.signal_name);
        if (signal == one.signal_name) query = one;
    }
    if (query.signal_id == 0) {
        return fail(fmt::format("{} has no action \"{}\"{}", element, json::cut(signal, 64),
                                did_you_mean(signal, names)));
    }
    if (arguments.size() != query.n_params) {
        return fail(fmt::format("{}: {} takes {} arguments, and not {}", element, signature(query),
                                query.n_params, arguments.size()));
    }
    std::vector<GValue> values(query.n_params + 1, GValue G_VALUE_INIT);
    const auto unset = [&] {
        for (auto& value : values) {
            if (G_IS_VALUE(&value)) g_value_unset(&value);
        }
    };
    g_value_init(&values[0], G_OBJECT_TYPE(found->get()));
    g_value_set_object(&values[0], found->get());
    for (guint i = 0; i < query.n_params; ++i) {
        g_value_init(&values[i + 1], query.param_types[i] & ~G_SIGNAL_TYPE_STATIC_SCOPE);
        if (const auto done = from_json(arguments[i], values[i + 1]); !done) {
            unset();
            return fail(fmt::format("{}: argument {} of {}: {}", element, i + 1, signature(query),
                                    done.error().text));
        }
    }
    const auto result_type = query.return_type & ~G_SIGNAL_TYPE_STATIC_SCOPE;
    if (result_type == G_TYPE_NONE) {
        g_signal_emitv(values.data(), query.signal_id, 0, nullptr);
        unset();
        return std::string{"null"};
    }
    Value result{result_type};
    g_signal_emitv(values.data(), query.signal_id, 0, &result.get());
    unset();
    return to_json(result.get());
}

std::string ElementAccess::list() const {
    std::string text = "[";
    for (const auto& element : elements()) {
        auto* const factory = gst_element_get_factory(element.get());
        GstState state = GST_STATE_NULL;
        gst_element_get_state(element.get(), &state, nullptr, 0);
        json::Writer writer;
        writer.begin_object().member("name", GST_OBJECT_NAME(element.get()));
        writer.member("factory", factory != nullptr ? GST_OBJECT_NAME(factory) : "");
        writer.member("state", gst_element_state_get_name(state)).end_object();
        if (text.size() > 1) text += ',';
        text += writer.take();
    }
    return text + "]";
}

std::string ElementAccess::stats() const {
    json::Writer writer;
    writer.begin_object();
    for (const auto& element : elements()) {
        auto* const spec = g_object_class_find_property(G_OBJECT_GET_CLASS(element.get()), "stats");
        if (spec == nullptr || (spec->flags & G_PARAM_READABLE) == 0) continue;
        writer.raw(GST_OBJECT_NAME(element.get()), read(G_OBJECT(element.get()), spec));
    }
    writer.end_object();
    return writer.take();
}

} // namespace parley::tools
