// SPDX-License-Identifier: Apache-2.0
// Bodies of spec.hpp.
#pragma once

#include <varve/codec/spec.hpp>

#include <algorithm>

namespace varve::inline v0::codec {

VARVE_DECL Result<std::vector<Spec>> parse_specs(const Json& list) {
  const auto bad = [](std::string hint) { return Error(errc::bad_metadata, "read codecs", {}, std::move(hint)); };
  const Json::Array* items = list.as_array();
  if (!items) return bad("`codecs` must be a list");
  std::vector<Spec> specs;
  for (const Json& item : *items) {
    Spec spec;
    const Json* name = item.as_string() ? &item : item.find("name");
    if (!name || !name->as_string()) return bad("a codec is a name or an object with a `name`");
    spec.name = *name->as_string();
    if (const Json* configuration = item.find("configuration"); configuration && !configuration->is_null()) {
      if (!configuration->as_object()) return bad("the `configuration` of codec " + spec.name + " must be an object");
      spec.configuration = *configuration;
    }
    specs.push_back(std::move(spec));
  }
  return specs;
}

VARVE_DECL Json specs_json(std::span<const Spec> specs) {
  Json::Array list;
  for (const Spec& spec : specs) {
    Json::Object object{{"name", spec.name}};
    const Json::Object* configuration = spec.configuration.as_object();
    if (configuration && !configuration->empty()) object.emplace_back("configuration", spec.configuration);
    list.emplace_back(std::move(object));
  }
  return list;
}

VARVE_DECL std::vector<Spec> complete(std::vector<Spec> specs, std::size_t item_size) {
  const auto set = [](Spec& spec, std::string_view member, Json value) {
    Json::Object object = spec.configuration.as_object() ? *spec.configuration.as_object() : Json::Object{};
    const auto at = std::find_if(object.begin(), object.end(), [&](const auto& m) { return m.first == member; });
    if (at == object.end()) {
      object.emplace_back(std::string(member), std::move(value));
    } else {
      at->second = std::move(value);
    }
    spec.configuration = std::move(object);
  };
  const auto to_bytes = [](const Spec& spec) { return spec.name == "bytes" || spec.name == "sharding_indexed"; };
  if (std::none_of(specs.begin(), specs.end(), to_bytes)) {
    const auto at = std::find_if(specs.begin(), specs.end(), [](const Spec& spec) { return spec.name != "transpose"; });
    specs.insert(at, Spec{"bytes", Json::Object{}});
  }
  for (Spec& spec : specs) {
    if (spec.name == "bytes" && item_size > 1 && !spec.configuration.find("endian")) set(spec, "endian", "little");
    if (spec.name == "blosc") {
      const Json* given = spec.configuration.find("typesize");
      if (!given || !given->as_int() || *given->as_int() == 0) set(spec, "typesize", item_size);
    }
    if (spec.name != "sharding_indexed") continue;
    for (const auto& [member, size] : {std::pair("codecs", item_size), std::pair("index_codecs", std::size_t{8})}) {
      const Json* inner = spec.configuration.find(member);
      if (!inner) continue;
      if (auto parsed = parse_specs(*inner)) set(spec, member, specs_json(complete(*std::move(parsed), size)));
    }
  }
  return specs;
}

namespace detail {

VARVE_DECL const Json* ConfigurationReader::take(std::string_view member) {
  known_.push_back(member);
  return configuration_.find(member);
}

VARVE_DECL void ConfigurationReader::complain(std::string_view member, std::string_view wanted) {
  if (complaint_.empty()) complaint_ = "`" + std::string(member) + "` must be " + std::string(wanted);
}

VARVE_DECL ConfigurationReader& ConfigurationReader::integer(std::string_view member, std::int64_t first,
                                                             std::int64_t last, int& out) {
  if (const Json* value = take(member)) {
    if (value->as_int() && *value->as_int() >= first && *value->as_int() <= last) {
      out = static_cast<int>(*value->as_int());
    } else {
      complain(member, "an integer from " + std::to_string(first) + " to " + std::to_string(last));
    }
  }
  return *this;
}

VARVE_DECL ConfigurationReader& ConfigurationReader::size(std::string_view member, std::size_t& out) {
  if (const Json* value = take(member)) {
    if (value->as_int() && *value->as_int() >= 0) {
      out = static_cast<std::size_t>(*value->as_int());
    } else {
      complain(member, "an integer that is not negative");
    }
  }
  return *this;
}

VARVE_DECL ConfigurationReader& ConfigurationReader::boolean(std::string_view member, bool& out) {
  if (const Json* value = take(member)) {
    if (value->as_bool()) {
      out = *value->as_bool();
    } else {
      complain(member, "true or false");
    }
  }
  return *this;
}

VARVE_DECL ConfigurationReader& ConfigurationReader::choice(std::string_view member,
                                                            std::span<const std::string_view> names, int& out) {
  if (const Json* value = take(member)) {
    const auto at = value->as_string() ? std::find(names.begin(), names.end(), *value->as_string()) : names.end();
    if (at != names.end()) {
      out = static_cast<int>(at - names.begin());
    } else {
      std::string wanted = "one of";
      for (const std::string_view name : names) (wanted += ' ') += name;
      complain(member, wanted);
    }
  }
  return *this;
}

VARVE_DECL ConfigurationReader& ConfigurationReader::json(std::string_view member, const Json*& out) {
  if (const Json* value = take(member)) out = value;
  return *this;
}

VARVE_DECL Result<void> ConfigurationReader::finish() {
  if (const Json::Object* object = configuration_.as_object()) {
    for (const auto& [member, value] : *object) {
      if (std::find(known_.begin(), known_.end(), member) == known_.end()) complain(member, "left out: it is not known");
    }
  } else if (!configuration_.is_null()) {
    complaint_ = "`configuration` must be an object";
  }
  if (complaint_.empty()) return {};
  return Error(errc::bad_metadata, "read configuration of codec " + std::string(codec_), {}, complaint_);
}

VARVE_DECL Result<std::size_t> checked_size(std::span<const std::uint64_t> shape, std::size_t item_size) {
  constexpr std::uint64_t limit = std::uint64_t{1} << 48;  // sums and small multiples of such sizes cannot overflow
  if (std::find(shape.begin(), shape.end(), 0U) != shape.end()) return std::size_t{0};
  std::uint64_t size = item_size;
  for (const std::uint64_t length : shape) {
    if (size > limit / length) return Error(errc::bad_metadata, "measure chunk", {}, "the chunk is too large for memory");
    size *= length;
  }
  return static_cast<std::size_t>(size);
}

}  // namespace detail

}  // namespace varve::inline v0::codec
