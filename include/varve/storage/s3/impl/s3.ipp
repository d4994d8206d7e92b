// SPDX-License-Identifier: Apache-2.0
// Bodies of s3.hpp.
#pragma once

#include <varve/storage/auth/date.hpp>
#include <varve/storage/probe/report.hpp>
#include <varve/storage/s3.hpp>
#include <varve/storage/s3/impl/remove.ipp>
#include <varve/storage/s3/impl/state.ipp>
#include <varve/storage/s3/impl/upload.ipp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace varve::inline v0::storage {

namespace s3::detail {

/// Offsets beyond this are no offsets of objects, and some servers read them as negative numbers.
inline constexpr std::uint64_t largest_offset = std::uint64_t{1} << 53;

inline std::uint64_t number_of(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

inline Fetched found(const http::Response& response, const std::optional<VersionTag>& known) {
  Fetched fetched;
  fetched.version = version_of(response.field("ETag"));
  fetched.status = known && *known == fetched.version ? Fetched::Status::unchanged : Fetched::Status::found;
  return fetched;
}

}  // namespace s3::detail

inline Awaitable<Result<Fetched>> S3::State::get(std::string_view key, GetOptions options) {
  auto target = whole(key, "read object");
  if (!target) co_return std::move(target).error();
  http::ReadOptions what;
  bool empty_range = false;
  if (options.range) {
    ByteRange range = *options.range;
    range.last = std::min(range.last, s3::detail::largest_offset);
    empty_range = range.first >= range.last;
    const bool all = range.first == 0 && range.last == s3::detail::largest_offset;
    if (!empty_range && !all) what.range = range;
  }
  if (!empty_range) {
    http::Request made = request("GET", *target);
    if (options.known) {
      if (!s3::detail::printable(options.known->text)) {
        co_return Error(errc::invalid_argument, "read object", *target, "a version has no control characters");
      }
      made.set("If-None-Match", '"' + options.known->text + '"');
    }
    auto response = co_await read(std::move(made), what);
    if (!response) co_return std::move(response).error();
    Fetched fetched;
    if (response->status == 304 && options.known) {
      fetched.status = Fetched::Status::unchanged;
      fetched.version = *std::move(options.known);
      co_return fetched;
    }
    if (response->succeeded()) {
      fetched.status = Fetched::Status::found;
      fetched.version = s3::detail::version_of(response->field("ETag"));
      fetched.bytes = std::move(response->body);
      if (!options.range) {
        lineages.remember(*target, fetched.version, noted(*response, http::write_id_name),
                          noted(*response, http::replaced_name));
      }
      co_return fetched;
    }
    if (s3::detail::says_missing(*response)) co_return fetched;
    if (response->status != 416) co_return s3::detail::error_of(*response, "read object", *target);
  }
  // The range holds no byte of the object, but the version is still asked for.
  auto response = co_await head(*target, "read object");
  if (!response) co_return std::move(response).error();
  if (response->status == 404) co_return Fetched();
  co_return s3::detail::found(*response, options.known);
}

inline Awaitable<Result<std::optional<std::size_t>>> S3::State::read_into(std::string_view key, std::uint64_t first,
                                                                          MutableByteView buffer) {
  auto target = whole(key, "read object");
  if (!target) co_return std::move(target).error();
  std::optional<std::size_t> filled;
  if (buffer.empty() || first >= s3::detail::largest_offset) {
    auto response = co_await head(*target, "read object");
    if (!response) co_return std::move(response).error();
    if (response->status != 404) filled = 0;
    co_return filled;
  }
  http::ReadOptions what;
  what.range = ByteRange{first, std::min(first + buffer.size(), s3::detail::largest_offset)};
  what.into = buffer;
  auto response = co_await read(request("GET", *target), what);
  if (!response) co_return std::move(response).error();
  if (response->succeeded()) {
    filled = std::min(response->filled, buffer.size());
  } else if (response->status == 416) {
    filled = 0;  // what is not there is 404 instead
  } else if (!s3::detail::says_missing(*response)) {
    co_return s3::detail::error_of(*response, "read object", *target);
  }
  co_return filled;
}

inline Awaitable<Result<PutOutcome>> S3::State::put(Runtime runtime, std::string_view key, ByteView bytes,
                                                    PutCondition condition) {
  auto target = whole(key, "write object");
  if (!target) co_return std::move(target).error();
  if (condition.kind != PutCondition::Kind::always) co_return co_await put_if(runtime, *target, bytes, condition);
  if (bytes.size() > options.multipart_above) co_return co_await put_in_parts(runtime, *target, bytes);
  co_return co_await put_always(runtime, *target, bytes);
}

inline Awaitable<Result<CopyOutcome>> S3::State::copy(std::string_view from, std::string_view to, VersionTag version) {
  auto source = whole(from, "copy object");
  if (!source) co_return std::move(source).error();
  auto target = whole(to, "copy object");
  if (!target) co_return std::move(target).error();
  if (version.text.empty() || !s3::detail::printable(version.text)) {
    co_return Error(errc::invalid_argument, "copy object", *source, "name the version to copy");
  }
  http::Request made = request("PUT", *target);
  made.set("X-Amz-Copy-Source", '/' + options.bucket + '/' + http::escape(*source, true));
  made.set("X-Amz-Copy-Source-If-Match", version.text);
  describe(made, *target);
  auto response = co_await send(std::move(made), late_service);
  if (!response) co_return std::move(response).error();
  if (response->status == 412) co_return CopyOutcome::version_differs;
  const auto failure = s3::detail::parse_failure(response->body);
  if (s3::detail::says_missing(*response)) co_return CopyOutcome::source_missing;
  if (!response->succeeded() || !failure.code.empty())
    co_return s3::detail::error_of(*response, "copy object", *source);
  co_return CopyOutcome::copied;
}

inline Awaitable<Result<ListPage>> S3::State::list(std::string_view below, std::optional<std::string> next) {
  if (broken) co_return *broken;
  const std::string all = prefix + std::string(below);
  http::Request made = request("GET", std::string_view());
  made.url.add("list-type", "2");
  if (!all.empty()) made.url.add("prefix", all);
  if (next) made.url.add("continuation-token", *next);
  auto response = co_await send(std::move(made), service);
  if (!response) co_return std::move(response).error();
  if (!response->succeeded()) co_return s3::detail::error_of(*response, "list objects", all);

  const auto broken = [&](const char* what) {
    return Error(errc::io_error, "list objects", all, what).from_backend("200", false);
  };
  pugi::xml_document document;
  if (!s3::detail::parse_xml(document, response->body)) co_return broken("the answer is no XML");
  const pugi::xml_node result = document.child("ListBucketResult");
  if (!result) co_return broken("the answer is no listing");
  const bool escaped = s3::detail::text_of(result, "EncodingType") == "url";
  ListPage page;
  for (const pugi::xml_node& entry : result.children("Contents")) {
    std::string name(s3::detail::text_of(entry, "Key"));
    if (escaped) name = http::unescape(name, true);
    if (!name.starts_with(all)) continue;
    ObjectInfo object;
    object.key = name.substr(prefix.size());
    object.size = s3::detail::number_of(s3::detail::text_of(entry, "Size"));
    object.modified = auth::parse_rfc3339(s3::detail::text_of(entry, "LastModified")).value_or(Timestamp());
    if (!object.key.empty()) page.objects.push_back(std::move(object));
  }
  if (s3::detail::text_of(result, "IsTruncated") == "true") {
    std::string token(s3::detail::text_of(result, "NextContinuationToken"));
    if (token.empty() || token == next) co_return broken("it has more pages and no way to them");
    page.next = std::move(token);
  }
  co_return page;
}

inline Awaitable<Result<void>> S3::State::remove(std::span<const std::string> keys) {
  std::vector<std::string> targets;
  targets.reserve(keys.size());
  for (const std::string& key : keys) {
    auto one = whole(key, "remove object");
    if (!one) co_return std::move(one).error();
    targets.push_back(*std::move(one));
  }
  if (targets.size() == 1) co_return co_await remove_one(targets.front());
  co_return co_await remove_many(std::move(targets));
}

inline Awaitable<Result<std::optional<ObjectInfo>>> S3::State::size(std::string_view key) {
  auto target = whole(key, "look at object");
  if (!target) co_return std::move(target).error();
  auto response = co_await head(*target, "look at object");
  if (!response) co_return std::move(response).error();
  std::optional<ObjectInfo> info;
  if (response->status == 404) co_return info;
  info.emplace();
  info->key = key;
  info->size = s3::detail::number_of(response->field("Content-Length"));
  info->modified = auth::parse_http_date(response->field("Last-Modified")).value_or(Timestamp());
  co_return info;
}

VARVE_DECL S3::S3(Options options) : state_(std::make_shared<State>(std::move(options))) {}

VARVE_DECL const http::Client& S3::client() const { return state_->client; }

VARVE_DECL std::string S3::url() const {
  std::string text = "s3://" + state_->options.bucket + '/' + state_->prefix;
  text.pop_back();
  return text;
}

VARVE_DECL Awaitable<Result<Fetched>> S3::get(std::string_view key, GetOptions options) {
  return state_->get(key, std::move(options));
}
VARVE_DECL Awaitable<Result<std::optional<std::size_t>>> S3::read_into(std::string_view key, std::uint64_t first,
                                                                       MutableByteView buffer) {
  return state_->read_into(key, first, buffer);
}
VARVE_DECL Awaitable<Result<PutOutcome>> S3::put(std::string_view key, ByteView bytes, PutCondition condition) {
  return state_->put(runtime_, key, bytes, std::move(condition));
}
VARVE_DECL Awaitable<Result<CopyOutcome>> S3::copy(std::string_view from, std::string_view to, VersionTag version) {
  return state_->copy(from, to, std::move(version));
}
VARVE_DECL Awaitable<Result<ListPage>> S3::list(std::string_view prefix, std::optional<std::string> next) {
  return state_->list(prefix, std::move(next));
}
VARVE_DECL Awaitable<Result<void>> S3::remove(std::span<const std::string> keys) { return state_->remove(keys); }
VARVE_DECL Awaitable<Result<std::optional<ObjectInfo>>> S3::size(std::string_view key) { return state_->size(key); }
VARVE_DECL Awaitable<Result<void>> S3::check() {
  if (!state_->options.probe.value_or(!state_->options.endpoint.empty())) co_return Result<void>();
  ProbeOptions some;
  some.rounds = 3;
  some.updates = 3;
  some.overwrites = 20;
  some.runtime = runtime_;
  S3 store = *this;
  auto report = co_await any::run_probe(erased::Handle::borrow(store), std::move(some));
  if (!report) co_return std::move(report).error();
  co_return report->require_commits();
}

}  // namespace varve::inline v0::storage
