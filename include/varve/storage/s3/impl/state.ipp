// SPDX-License-Identifier: Apache-2.0
// What the copies of an S3 share: where the bucket is, who asks, and what its answers have taught.
#pragma once

#include <varve/async/blocking.hpp>
#include <varve/storage/auth/date.hpp>
#include <varve/storage/http/conditional_write.hpp>
#include <varve/storage/http/digest.hpp>
#include <varve/storage/s3.hpp>
#include <varve/storage/s3/impl/credentials.ipp>
#include <varve/storage/s3/impl/reply.ipp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace varve::inline v0::storage {

struct S3::State {
  explicit State(S3Options given)
      : options(std::move(given)), client(options.client ? *options.client : http::Client(options.http)) {
    auto opened = open();
    if (!opened) broken = std::move(opened).error();
    service.authorize = [this](http::Request& request) { return authorize(request); };
    service.judge = [this](const http::Response& response) { return judge(response); };
    late_service = service;
    late_service.judge = [this](const http::Response& response) { return judge_late(response); };
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Result<void> open() {
    const auto wrong = [](std::string what, std::string hint) {
      return Error(errc::invalid_argument, "open S3", std::move(what), std::move(hint));
    };
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:";
    if (options.bucket.empty() || options.bucket.find_first_not_of(allowed) != std::string::npos) {
      return wrong(options.bucket, "name a bucket: letters, digits, dots and hyphens");
    }
    for (const auto* list : {&options.fields, &options.write_fields}) {
      for (const http::Field& field : *list) {
        const bool good = !field.name.empty() && s3::detail::printable(field.name) &&
                          s3::detail::printable(field.value) && field.name.find_first_of(" :") == std::string::npos;
        if (!good) return wrong(field.name, "a field of a request has no control characters");
      }
    }
    prefix = options.prefix;
    while (prefix.starts_with('/')) prefix.erase(0, 1);
    while (prefix.ends_with('/')) prefix.pop_back();
    if (!prefix.empty()) prefix += '/';

    std::string endpoint = options.endpoint;
    for (const char* name : {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}) {
      if (endpoint.empty()) endpoint = s3::process_variable(name).value_or("");
    }
    region_ = options.region;
    if (region_.empty()) region_ = s3::find_region(s3::CredentialsOptions()).value_or("us-east-1");
    if (!s3::detail::is_region(region_)) return wrong(region_, "a region is named as in us-east-1");
    at_aws = endpoint.empty();
    path_style = options.path_style.value_or(!at_aws || options.bucket.find('.') != std::string::npos);
    if (at_aws) {
      base.scheme = "https";
      base.port = 443;
      base.path.clear();
      return Result<void>();
    }
    if (endpoint.find("://") == std::string::npos) endpoint = "https://" + endpoint;
    auto parsed = http::parse_url(endpoint);
    if (!parsed) return std::move(parsed).error();
    if (parsed->scheme != "http" && parsed->scheme != "https") return wrong(endpoint, "an endpoint is http or https");
    base = *std::move(parsed);
    base.query.clear();
    while (base.path.ends_with('/')) base.path.pop_back();
    return Result<void>();
  }

  std::string region() const {
    const std::scoped_lock lock(mutex_);
    return region_;
  }
  void move_to(std::string region) {
    const std::scoped_lock lock(mutex_);
    region_ = std::move(region);
  }
  Timestamp now() const { return options.environment.now() + std::chrono::microseconds(clock_offset.load()); }

  std::string host(const std::string& region) const {
    std::string name = base.host;
    if (at_aws) name = "s3." + region + ".amazonaws.com" + (region.starts_with("cn-") ? ".cn" : "");
    return path_style ? name : options.bucket + '.' + name;
  }

  /// A request about the object with the whole key `key`, or about the bucket for an empty one.
  http::Request request(std::string method, std::string_view key) const {
    http::Request made;
    made.method = std::move(method);
    made.url = base;
    if (path_style) made.url.path += '/' + options.bucket;
    if (!key.empty() || !path_style) made.url.path += '/' + http::escape(key, true);
    if (options.requester_pays) made.set("X-Amz-Request-Payer", "requester");
    for (const http::Field& field : options.fields) made.fields.push_back(field);
    return made;
  }

  /// Adds what a request that makes an object says about it.
  void describe(http::Request& made, std::string_view key) const {
    const bool chunk = key.substr(std::min(prefix.size(), key.size())).starts_with("chunks/");
    const std::string& kept =
        chunk && !options.chunk_storage_class.empty() ? options.chunk_storage_class : options.storage_class;
    if (!kept.empty()) made.set("X-Amz-Storage-Class", kept);
    for (const http::Field& field : options.write_fields) made.fields.push_back(field);
  }
  static std::string content_type(std::string_view key) {
    if (key.ends_with(".json")) return "application/json";
    if (key.ends_with(".yaml")) return "application/yaml";
    return "application/octet-stream";
  }

  /// Adds a body and what protects it. Hashing blocks: about a millisecond a MiB.
  void attach(http::Request& made, ByteView bytes, bool needs_md5 = false) const {
    made.body = bytes;
    std::string payload(s3::unsigned_payload);
    if (bytes.empty()) {
      payload = s3::empty_payload;
    } else if (!base.tls() || options.checksum == s3::Checksum::sha256) {
      payload = http::hex(http::sha256(bytes));
    }
    made.set("X-Amz-Content-Sha256", std::move(payload));
    if (needs_md5 || options.checksum == s3::Checksum::md5) made.set("Content-MD5", http::base64(http::md5(bytes)));
  }
  /// The same where that harms nobody.
  Awaitable<void> attach_large(const Runtime& runtime, http::Request& made, ByteView bytes) const {
    constexpr std::size_t small = 256 << 10;
    if (bytes.size() <= small) {
      attach(made, bytes);
      co_return;
    }
    auto work = [&]() -> Result<void> {
      attach(made, bytes);
      return Result<void>();
    };
    static_cast<void>(co_await blocking(runtime, work));
  }

  Awaitable<Result<void>> authorize(http::Request& made) const {
    auto who = options.credentials.current();
    if (!who) {
      auto fetched = co_await options.credentials.get();
      if (!fetched) co_return std::move(fetched).error();
      who = *std::move(fetched);
    }
    if (who->anonymous()) co_return Result<void>();
    if (http::find_field(made.fields, "X-Amz-Content-Sha256").empty()) {
      made.set("X-Amz-Content-Sha256", std::string(s3::empty_payload));
    }
    signer.sign(made, *who, region(), now());
    co_return Result<void>();
  }

  http::Verdict judge(const http::Response& response) const {
    if (response.status == 400 || response.status == 403) {
      if (clocks_differ(response)) return http::Verdict::new_date;
      const auto failure = s3::detail::parse_failure(response.body);
      if (failure.code == "RequestTimeout") return http::Verdict::again;
      // After HEAD there is no code. AWS answers 400 then, and hardly to anything else that varve asks.
      const auto who = options.credentials.current();
      const bool maybe = response.status == 400 && response.body.empty() && who && !who->session_token.empty();
      if ((maybe || s3::detail::expired(failure)) && options.credentials.expire())
        return http::Verdict::new_credentials;
    }
    return http::judge_status(response);
  }

  /// Some operations answer 200 before they are done, and tell of a failure in the body.
  http::Verdict judge_late(const http::Response& response) const {
    if (response.status != 200) return judge(response);
    pugi::xml_document document;
    if (!s3::detail::parse_xml(document, response.body)) return http::Verdict::done;
    const auto told = [&](std::initializer_list<std::string_view> codes) {
      const auto is_told = [&](const pugi::xml_node& error) { return s3::detail::one_of(s3::detail::text_of(error, "Code"), codes); };
      const auto removals = document.child("DeleteResult").children("Error");  // one for each object that is still there
      return is_told(document.child("Error")) || std::any_of(removals.begin(), removals.end(), is_told);
    };
    if (told({"SlowDown", "ServiceUnavailable"})) return http::Verdict::slower;
    return told({"InternalError", "RequestTimeout"}) ? http::Verdict::again : http::Verdict::done;
  }

  /// Whether a refusal can come from the clocks; learns the server's time then.
  bool clocks_differ(const http::Response& response) const {
    const auto theirs = auth::parse_http_date(response.field("Date"));
    if (!theirs) return false;
    constexpr auto tolerated = std::chrono::minutes(5);  // servers tolerate 15
    const auto difference = *theirs - now();
    if (difference < tolerated && difference > -tolerated) return false;
    clock_offset = std::chrono::microseconds(*theirs - options.environment.now()).count();
    return true;
  }

  /// Sends to where the bucket is; one answer may tell that it is elsewhere.
  Awaitable<Result<http::Response>> send(http::Request made, const http::Service& how) {
    for (int moves = 0;; ++moves) {
      const std::string here = region();
      made.url.host = host(here);
      auto response = co_await client.send(made, how);
      if (!moved(response, here, moves)) co_return response;
    }
  }
  Awaitable<Result<http::Response>> read(http::Request made, const http::ReadOptions& what) {
    for (int moves = 0;; ++moves) {
      const std::string here = region();
      made.url.host = host(here);
      auto response = co_await client.read(made, service, what);
      if (!moved(response, here, moves)) co_return response;
    }
  }
  bool moved(const Result<http::Response>& response, const std::string& here, int moves) {
    if (!response || moves != 0 || (response->status != 301 && response->status != 307 && response->status != 400))
      return false;
    std::string there = s3::detail::region_of(*response);
    if (there.empty() || there == here) return false;
    move_to(std::move(there));
    return true;
  }

  /// The whole key of an object of this store.
  Result<std::string> whole(std::string_view key, const char* doing) const {
    if (broken) return *broken;
    constexpr std::size_t longest = 1024;
    std::string out = prefix + std::string(key);
    if (key.empty()) return Error(errc::invalid_key, doing, {}, "a key is not empty");
    if (out.size() > longest)
      return Error(errc::invalid_key, doing, out, "a key has at most 1,024 bytes with its prefix");
    return out;
  }

  /// Version, size, time and metadata; status 404 if there is no object.
  Awaitable<Result<http::Response>> head(const std::string& key, const char* doing) {
    auto response = co_await send(request("HEAD", key), service);
    if (!response) co_return std::move(response).error();
    if (response->succeeded() || response->status == 404) co_return response;
    co_return s3::detail::error_of(*response, doing, key);
  }

  /// The metadata of a user.
  static std::string_view noted(const http::Response& response, std::string_view name) {
    return response.field("x-amz-meta-" + std::string(name));
  }

  Awaitable<Result<http::Look>> look(const std::string& key) {
    auto response = co_await head(key, "look who wrote object");
    if (!response) co_return std::move(response).error();
    http::Look seen;
    if (response->status == 404) co_return seen;
    const auto metadata = [&](std::string_view name) { return noted(*response, name); };
    seen.present = true;
    seen.version = s3::detail::version_of(response->field("ETag"));
    seen.write_id = metadata(http::write_id_name);
    if (const std::string_view replaced = metadata(http::replaced_name); !replaced.empty()) {
      seen.replaced.emplace();
      seen.replaced->text = replaced;
    }
    co_return seen;
  }

  Awaitable<Result<Fetched>> get(std::string_view key, GetOptions options);
  Awaitable<Result<std::optional<std::size_t>>> read_into(std::string_view key, std::uint64_t first,
                                                          MutableByteView buffer);
  Awaitable<Result<PutOutcome>> put(Runtime runtime, std::string_view key, ByteView bytes, PutCondition condition);
  Awaitable<Result<CopyOutcome>> copy(std::string_view from, std::string_view to, VersionTag version);
  Awaitable<Result<ListPage>> list(std::string_view below, std::optional<std::string> next);
  Awaitable<Result<void>> remove(std::span<const std::string> keys);
  Awaitable<Result<std::optional<ObjectInfo>>> size(std::string_view key);

  Awaitable<Result<PutOutcome>> put_always(const Runtime& runtime, const std::string& key, ByteView bytes);
  Awaitable<Result<PutOutcome>> put_if(const Runtime& runtime, const std::string& key, ByteView bytes,
                                       const PutCondition& condition);
  Awaitable<Result<PutOutcome>> put_in_parts(const Runtime& runtime, const std::string& key, ByteView bytes);
  Awaitable<Result<PutOutcome>> send_parts(const Runtime& runtime, const std::string& key, ByteView bytes,
                                           const std::string& upload, const std::string& write_id);
  Awaitable<Result<void>> remove_one(const std::string& key);
  Awaitable<Result<void>> remove_many(std::vector<std::string> keys);
  Awaitable<Result<bool>> remove_batch(std::span<const std::string> keys);
  struct PartSender;

  const S3Options options;
  http::Client client;
  std::optional<Error> broken;
  std::string prefix;
  http::Url base;
  bool at_aws = false;
  bool path_style = false;
  s3::Signer signer;
  http::Lineages lineages;
  http::Service service;
  http::Service late_service;                          ///< for operations that may fail after they answered 200
  mutable std::atomic<std::int64_t> clock_offset = 0;  ///< microseconds that the server is ahead
  std::atomic<bool> removes_singly = false;            ///< the server has no DeleteObjects

 private:
  mutable std::mutex mutex_;
  std::string region_;
};

}  // namespace varve::inline v0::storage
