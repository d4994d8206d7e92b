// SPDX-License-Identifier: Apache-2.0
// How S3 removes objects: many with one request, or one by one.
#pragma once

#include <varve/async/for_each.hpp>
#include <varve/storage/s3/impl/state.ipp>

#include <algorithm>
#include <iterator>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0::storage {

inline Awaitable<Result<void>> S3::State::remove_one(const std::string& key) {
  auto response = co_await send(request("DELETE", key), service);
  if (!response) co_return std::move(response).error();
  if (response->succeeded() || s3::detail::says_missing(*response)) co_return Result<void>();
  co_return s3::detail::error_of(*response, "remove object", key);
}

/// False if the server does not know the operation.
inline Awaitable<Result<bool>> S3::State::remove_batch(std::span<const std::string> keys) {
  std::string body =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<Quiet>true</Quiet>";
  for (const std::string& key : keys) body += "<Object><Key>" + s3::detail::xml_text(key) + "</Key></Object>";
  body += "</Delete>";
  http::Request made = request("POST", std::string_view());
  made.url.add("delete", "");
  made.set("Content-Type", "application/xml");
  attach(made, as_bytes(body), true);
  auto response = co_await send(std::move(made), late_service);
  if (!response) co_return std::move(response).error();
  if (!response->succeeded()) {
    const auto failure = s3::detail::parse_failure(response->body);
    const bool unknown = response->status == 501 || response->status == 405 || failure.code == "NotImplemented";
    if (unknown) co_return false;
    co_return s3::detail::error_of(*response, "remove objects", keys.front());
  }
  pugi::xml_document document;
  if (!s3::detail::parse_xml(document, response->body) || !document.child("DeleteResult")) {
    co_return Error(errc::io_error, "remove objects", keys.front(), "the answer tells nothing of what was removed")
        .from_backend(std::to_string(response->status), false);
  }
  for (const pugi::xml_node& entry : document.child("DeleteResult").children("Error")) {
    const std::string code(s3::detail::text_of(entry, "Code"));
    if (code == "NoSuchKey" || code == "NoSuchVersion") continue;
    const errc kind = s3::detail::one_of(code, {"AccessDenied", "AccessForbidden"})  ? errc::denied
                      : s3::detail::one_of(code, {"SlowDown", "ServiceUnavailable"}) ? errc::throttled
                      : code == "InternalError"                                      ? errc::unreachable
                                                                                     : errc::io_error;
    co_return Error(kind, "remove object", std::string(s3::detail::text_of(entry, "Key")),
                    std::string(s3::detail::text_of(entry, "Message")))
        .from_backend("200 " + code, kind == errc::throttled || kind == errc::unreachable);
  }
  co_return true;
}

inline Awaitable<Result<void>> S3::State::remove_many(std::vector<std::string> keys) {
  // XML has no way to write these characters.
  const auto is_writable = [](const std::string& key) {
    return std::none_of(key.begin(), key.end(), [](char letter) {
      return static_cast<unsigned char>(letter) < 0x20 && letter != '\t' && letter != '\n' && letter != '\r';
    });
  };
  const auto unwritable = std::stable_partition(keys.begin(), keys.end(), is_writable);
  std::vector<std::string> singly(std::make_move_iterator(unwritable), std::make_move_iterator(keys.end()));
  keys.erase(unwritable, keys.end());

  const std::size_t most = std::clamp<std::size_t>(keys.size() / 16, 100, 1000);
  std::vector<char> removed((keys.size() + most - 1) / most);
  const auto batch = [&](std::size_t i) { return std::span(keys).subspan(i * most, std::min(most, keys.size() - i * most)); };
  auto together = [&](std::size_t i) -> Awaitable<Result<void>> {
    if (removes_singly) co_return Result<void>();
    auto known = co_await remove_batch(batch(i));
    if (!known) co_return std::move(known).error();
    removed[i] = *known ? 1 : 0;
    if (!*known) removes_singly = true;
    co_return Result<void>();
  };
  auto done = co_await for_each(removed.size(), 16, together);
  if (!done) co_return done;
  for (std::size_t i = 0; i != removed.size(); ++i) {
    if (removed[i] == 0) singly.insert(singly.end(), batch(i).begin(), batch(i).end());
  }
  auto one = [&](std::size_t i) { return remove_one(singly[i]); };
  co_return co_await for_each(singly.size(), 16, one);
}

}  // namespace varve::inline v0::storage
