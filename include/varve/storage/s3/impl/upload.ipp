// SPDX-License-Identifier: Apache-2.0
// How S3 writes objects: with one request, under a condition, or in parts.
#pragma once

#include <varve/async/gather.hpp>
#include <varve/storage/auth/date.hpp>
#include <varve/storage/s3/impl/state.ipp>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0::storage {

inline Awaitable<Result<PutOutcome>> S3::State::put_always(const Runtime& runtime, const std::string& key,
                                                           ByteView bytes) {
  http::Request made = request("PUT", key);
  made.set("Content-Type", content_type(key));
  describe(made, key);
  co_await attach_large(runtime, made, bytes);
  auto response = co_await send(std::move(made), service);
  if (!response) co_return std::move(response).error();
  if (!response->succeeded()) co_return s3::detail::error_of(*response, "write object", key);
  PutOutcome outcome;
  outcome.written = true;
  outcome.version = s3::detail::version_of(response->field("ETag"));
  outcome.stored_at = auth::parse_http_date(response->field("Date"));
  co_return outcome;
}

inline Awaitable<Result<PutOutcome>> S3::State::put_if(const Runtime& runtime, const std::string& key, ByteView bytes,
                                                       const PutCondition& condition) {
  constexpr std::uint64_t most = std::uint64_t{5} << 30;
  if (bytes.size() > most) {
    co_return Error(errc::unsupported_operation, "write object", key, "S3 takes at most 5 GiB under a condition");
  }
  const bool create = condition.kind == PutCondition::Kind::absent;
  if (!create && (condition.version.text.empty() || !s3::detail::printable(condition.version.text))) {
    co_return Error(errc::invalid_argument, "write object", key, "name the version to replace");
  }
  http::ConditionalWrite write;
  write.key = key;
  write.condition = condition;
  write.write_id = http::new_write_id(options.environment);
  write.note = lineages.note(key, condition);
  write.environment = options.environment;
  write.limit = client.options().limits.operation;
  write.rounds = std::max<std::size_t>(client.options().limits.tries, 3);

  http::Request made = request("PUT", key);
  made.repeat = http::Repeat::if_not_applied;
  made.expect_continue = bytes.size() > options.expect_above;
  made.set("Content-Type", content_type(key));
  if (create) {
    made.set("If-None-Match", "*");
  } else {
    made.set("If-Match", condition.version.text);
  }
  made.set("x-amz-meta-" + std::string(http::write_id_name), write.write_id);
  made.set("x-amz-meta-" + std::string(http::replaced_name), write.note);
  describe(made, key);
  co_await attach_large(runtime, made, bytes);

  write.send = [&] { return send(made, service); };
  write.look = [&] { return look(key); };
  write.version_of = [](const http::Response& response) { return s3::detail::version_of(response.field("ETag")); };
  write.error_of = [&](const http::Response& response) { return s3::detail::error_of(response, "write object", key); };
  write.answer = [](const http::Response& response, PutCondition::Kind kind) {
    const bool no_bucket = response.status == 404 && s3::detail::parse_failure(response.body).code == "NoSuchBucket";
    return no_bucket ? http::Answer::failed : http::answer_of(response, kind);
  };
  auto outcome = co_await http::write_conditionally(write);
  if (outcome && outcome->written) lineages.remember(key, outcome->version, write.write_id, write.note);
  co_return outcome;
}

/// One of the workers that send the parts of an object.
struct S3::State::PartSender {
  State& state;
  const Runtime& runtime;
  const std::string& key;
  const std::string& upload;
  ByteView bytes;
  std::size_t part_bytes;
  std::vector<std::string>& etags;
  std::atomic<std::size_t>& next;

  Awaitable<Result<void>> operator()() const {
    for (std::size_t i = next++; i < etags.size(); i = next++) {
      const std::size_t first = i * part_bytes;
      http::Request made = state.request("PUT", key);
      made.url.add("partNumber", std::to_string(i + 1));
      made.url.add("uploadId", upload);
      const ByteView part = bytes.subspan(first, std::min(part_bytes, bytes.size() - first));
      co_await state.attach_large(runtime, made, part);
      auto response = co_await state.send(std::move(made), state.service);
      if (!response) co_return std::move(response).error();
      if (!response->succeeded()) co_return s3::detail::error_of(*response, "write part of object", key);
      etags[i] = response->field("ETag");
      if (etags[i].empty()) {
        co_return Error(errc::io_error, "write part of object", key, "the answer has no ETag")
            .from_backend("200", false);
      }
    }
    co_return Result<void>();
  }
};

inline Awaitable<Result<PutOutcome>> S3::State::send_parts(const Runtime& runtime, const std::string& key,
                                                           ByteView bytes, const std::string& upload,
                                                           const std::string& write_id) {
  constexpr std::uint64_t mebibyte = 1 << 20;
  constexpr std::uint64_t most_parts = 10'000;
  std::uint64_t size = std::max(options.part_bytes, 5 * mebibyte);
  size = std::max(size, (bytes.size() / most_parts / mebibyte + 1) * mebibyte);
  std::vector<std::string> etags(static_cast<std::size_t>((bytes.size() + size - 1) / size));
  std::atomic<std::size_t> next = 0;
  PartSender sender{*this, runtime, key, upload, bytes, static_cast<std::size_t>(size), etags, next};
  const std::size_t workers = std::min(etags.size(), std::max<std::size_t>(options.parts_in_flight, 1));
  auto sent = co_await gather(runtime, workers, sender);
  if (!sent) co_return std::move(sent).error();

  std::string body = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (std::size_t i = 0; i != etags.size(); ++i) {
    body += "<Part><PartNumber>" + std::to_string(i + 1) + "</PartNumber><ETag>" + s3::detail::xml_text(etags[i]) +
            "</ETag></Part>";
  }
  body += "</CompleteMultipartUpload>";
  http::Request made = request("POST", key);
  made.url.add("uploadId", upload);
  made.set("Content-Type", "application/xml");
  attach(made, as_bytes(body));
  auto response = co_await send(std::move(made), late_service);
  if (!response) co_return std::move(response).error();
  PutOutcome outcome;
  outcome.written = true;
  const auto failure = s3::detail::parse_failure(response->body);
  if (response->succeeded() && failure.code.empty()) {
    pugi::xml_document document;
    if (s3::detail::parse_xml(document, response->body)) {
      const pugi::xml_node result = document.child("CompleteMultipartUploadResult");
      outcome.version = s3::detail::version_of(s3::detail::text_of(result, "ETag"));
    }
    if (!outcome.version.text.empty()) co_return outcome;
  } else if (failure.code != "NoSuchUpload") {
    co_return s3::detail::error_of(*response, "join parts of object", key);
  }
  // An earlier try whose response was lost may have joined them; the object tells.
  auto seen = co_await look(key);
  if (!seen) co_return std::move(seen).error();
  if (seen->write_id != write_id) co_return s3::detail::error_of(*response, "join parts of object", key);
  outcome.version = std::move(seen->version);
  co_return outcome;
}

inline Awaitable<Result<PutOutcome>> S3::State::put_in_parts(const Runtime& runtime, const std::string& key,
                                                             ByteView bytes) {
  const std::string write_id = http::new_write_id(options.environment);
  http::Request begin = request("POST", key);
  begin.url.add("uploads", "");
  begin.set("Content-Type", content_type(key));
  begin.set("x-amz-meta-" + std::string(http::write_id_name), write_id);
  describe(begin, key);
  auto begun = co_await send(std::move(begin), service);
  if (!begun) co_return std::move(begun).error();
  if (!begun->succeeded()) co_return s3::detail::error_of(*begun, "begin to write object in parts", key);
  pugi::xml_document document;
  std::string upload;
  if (s3::detail::parse_xml(document, begun->body)) {
    upload = s3::detail::text_of(document.child("InitiateMultipartUploadResult"), "UploadId");
  }
  if (upload.empty()) {
    co_return Error(errc::io_error, "begin to write object in parts", key, "the answer names no upload")
        .from_backend("200", false);
  }

  Result<PutOutcome> outcome;
  std::exception_ptr thrown;
  try {
    outcome = co_await send_parts(runtime, key, bytes, upload, write_id);
  } catch (...) {
    thrown = std::current_exception();
  }
  if (!thrown && outcome) co_return outcome;
  // Parts that belong to no object are kept and paid for until somebody takes them away. The caller's cancellation has
  // been heard; it must not end this request as well.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  http::Request abort = request("DELETE", key);
  abort.url.add("uploadId", upload);
  static_cast<void>(co_await send(std::move(abort), service));
  if (thrown) std::rethrow_exception(thrown);
  co_return outcome;
}

}  // namespace varve::inline v0::storage
