// SPDX-License-Identifier: Apache-2.0
// Bodies of signer.hpp.
#pragma once

#include <varve/storage/s3/signer.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <utility>
#include <vector>

namespace varve::inline v0::storage::s3 {

namespace detail {

/// A field's value without white space at its ends, and with single spaces inside.
inline std::string canonical_value(std::string_view value) {
  std::string out;
  for (const char letter : value) {
    const bool space = letter == ' ' || letter == '\t';
    if (space && (out.empty() || out.back() == ' ')) continue;
    out += space ? ' ' : letter;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

inline std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& letter : out) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + ('a' - 'A'));
  }
  return out;
}

/// Sorted by name; each with its equals sign.
inline std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string_view, std::string_view>> parameters;
  while (!query.empty()) {
    const std::string_view one = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), one.size() + 1));
    const std::size_t equals = std::min(one.find('='), one.size());
    if (!one.empty()) parameters.emplace_back(one.substr(0, equals), one.substr(std::min(equals + 1, one.size())));
  }
  std::sort(parameters.begin(), parameters.end());
  std::string out;
  for (const auto& [name, value] : parameters) {
    if (!out.empty()) out += '&';
    out.append(name).append(1, '=').append(value);
  }
  return out;
}

/// Fields of the connection, which a proxy may change or the client adds after the signature.
inline bool is_signed(std::string_view lower_name) {
  constexpr std::array<std::string_view, 10> left_out{
      "authorization",       "connection", "content-length",    "expect",     "host",
      "proxy-authorization", "te",         "transfer-encoding", "user-agent", "via"};
  return std::find(left_out.begin(), left_out.end(), lower_name) == left_out.end();
}

}  // namespace detail

VARVE_DECL std::string amz_date(Timestamp time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<seconds>(time - day));
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()) % 10'000,
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

VARVE_DECL std::shared_ptr<const Signer::Key> Signer::key(const Credentials& who, std::string_view date,
                                                          std::string_view region) const {
  {
    const std::scoped_lock lock(mutex_);
    if (key_ && key_->secret == who.secret_key && key_->date == date && key_->region == region) return key_;
  }
  auto made = std::make_shared<Key>();
  made->secret = who.secret_key;
  made->date = date;
  made->region = region;
  const http::Sha256 of_date = http::hmac_sha256(as_bytes("AWS4" + who.secret_key), as_bytes(date));
  const http::Sha256 of_region = http::hmac_sha256(of_date, as_bytes(region));
  const http::Sha256 of_service = http::hmac_sha256(of_region, as_bytes(service_));
  made->bytes = http::hmac_sha256(of_service, as_bytes("aws4_request"));
  const std::scoped_lock lock(mutex_);
  key_ = made;
  return made;
}

VARVE_DECL void Signer::sign(http::Request& request, const Credentials& who, std::string_view region,
                             Timestamp now) const {
  const std::string stamp = amz_date(now);
  const std::string date = stamp.substr(0, 8);
  request.set("X-Amz-Date", stamp);
  if (!who.session_token.empty()) request.set("X-Amz-Security-Token", who.session_token);

  std::vector<std::pair<std::string, std::string>> fields;
  fields.reserve(request.fields.size() + 1);
  fields.emplace_back("host", request.url.authority());
  std::string payload(empty_payload);
  for (const http::Field& field : request.fields) {
    std::string name = detail::lower_case(field.name);
    if (!detail::is_signed(name)) continue;
    if (name == "x-amz-content-sha256") payload = field.value;
    fields.emplace_back(std::move(name), detail::canonical_value(field.value));
  }
  std::stable_sort(fields.begin(), fields.end(), [](const auto& a, const auto& b) { return a.first < b.first; });

  std::string names;
  std::string canonical =
      request.method + '\n' + request.url.path + '\n' + detail::canonical_query(request.url.query) + '\n';
  for (std::size_t i = 0; i != fields.size(); ++i) {
    const auto& [name, value] = fields[i];
    if (i != 0 && fields[i - 1].first == name) {  // a field that comes twice is one with a list
      canonical.back() = ',';
      canonical.append(value).append(1, '\n');
      continue;
    }
    canonical.append(name).append(1, ':').append(value).append(1, '\n');
    if (!names.empty()) names += ';';
    names += name;
  }
  canonical.append(1, '\n').append(names).append(1, '\n').append(payload);

  const std::string scope = date + '/' + std::string(region) + '/' + service_ + "/aws4_request";
  const std::string text =
      "AWS4-HMAC-SHA256\n" + stamp + '\n' + scope + '\n' + http::hex(http::sha256(as_bytes(canonical)));
  const auto with = key(who, date, region);
  const std::string signature = http::hex(http::hmac_sha256(with->bytes, as_bytes(text)));
  request.set("Authorization", "AWS4-HMAC-SHA256 Credential=" + who.access_key + '/' + scope +
                                   ", SignedHeaders=" + names + ", Signature=" + signature);
}

}  // namespace varve::inline v0::storage::s3
