// SPDX-License-Identifier: Apache-2.0
// FlakyS3: enough of S3 for a repository, in memory, on a loopback port, that fails by seed in the ways that networks and
// servers do. It checks no signature. Conditions hold atomically: whatever is lost is lost by the client.
#pragma once

#include <varve/storage/http/url.hpp>

#include "support/http_server.hpp"
#include "support/sha256.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

/// What may go wrong with one request.
enum class Trouble : std::size_t {
  reset_before,    ///< the connection is reset, nothing is done
  reset_after,     ///< what was asked for is done, and the response is lost
  half_body,       ///< the response breaks in its body
  server_error,    ///< 500, nothing is done
  error_after,     ///< what was asked for is done, and the answer is 500
  slow_down,       ///< 503 SlowDown
  too_many,        ///< 429
  trickle,         ///< the response comes in small pieces
  silence,         ///< done, and the answer never comes
  short_range,     ///< a range answers less than was asked for, and says so
  bad_range,       ///< a range answers another part than was asked for
  garbage,         ///< what comes is not HTTP
  expired,         ///< 400 ExpiredToken
  none,
};
inline constexpr std::size_t trouble_count = static_cast<std::size_t>(Trouble::none);

class FlakyS3 {
 public:
  FlakyS3() : server_([this](const HttpRequest& request) { return reply(request); }, {}, 0) {}

  std::string endpoint() const { return server_.url(); }

  /// From now on one request in `one_in` meets a trouble drawn from `kinds`, by `seed`; 0 is none.
  void trouble(std::uint64_t seed, std::uint64_t one_in, std::vector<Trouble> kinds) {
    const std::scoped_lock lock(mutex_);
    random_ = seed;
    one_in_ = one_in;
    kinds_ = std::move(kinds);
  }
  /// How often each trouble was made.
  std::array<std::uint64_t, trouble_count> made() const {
    const std::scoped_lock lock(mutex_);
    return made_;
  }
  void clear() {
    const std::scoped_lock lock(mutex_);
    objects_.clear();
  }

 private:
  struct Object {
    std::string bytes;
    std::string etag;
    std::vector<std::pair<std::string, std::string>> metadata;
  };

  static std::string parameter(std::string_view query, std::string_view wanted) {
    for (auto& [name, value] : varve::storage::http::parse_query(query)) {
      if (name == wanted) return value;
    }
    return {};
  }
  static std::string unquoted(std::string text) {
    std::erase(text, '"');
    return text;
  }

  std::uint64_t draw() {
    random_ += 0x9E3779B97F4A7C15U;
    std::uint64_t word = random_;
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9U;
    word = (word ^ word >> 27) * 0x94D049BB133111EBU;
    return word ^ word >> 31;
  }

  static HttpReply refusal(int status, std::string_view code) {
    return HttpReply(status, "<?xml version=\"1.0\"?><Error><Code>" + std::string(code) + "</Code></Error>");
  }

  HttpReply reply(const HttpRequest& request) {
    const std::scoped_lock lock(mutex_);
    Trouble trouble = Trouble::none;
    if (one_in_ != 0 && !kinds_.empty() && draw() % one_in_ == 0) {
      trouble = kinds_[draw() % kinds_.size()];
      ++made_[static_cast<std::size_t>(trouble)];
    }
    HttpReply answer;
    switch (trouble) {
      case Trouble::reset_before: answer.drop = true; return answer;
      case Trouble::server_error: return refusal(500, "InternalError");
      case Trouble::slow_down: return refusal(503, "SlowDown");
      case Trouble::too_many: return refusal(429, "TooManyRequests");
      case Trouble::expired: return refusal(400, "ExpiredToken");
      default: answer = handle(request, trouble);
    }
    switch (trouble) {
      case Trouble::reset_after: answer.drop = true; break;
      case Trouble::error_after: return refusal(500, "InternalError");
      case Trouble::half_body: answer.cut_at = answer.body.size() / 2; break;
      case Trouble::garbage: answer.raw = "SSH-2.0-OpenSSH_9.2\r\n"; break;
      case Trouble::trickle: answer.trickle = true; break;
      case Trouble::silence: answer.silence = true; break;
      default: break;
    }
    return answer;
  }

  HttpReply handle(const HttpRequest& request, Trouble trouble) {
    const std::string path = varve::storage::http::unescape(request.path);
    if (request.method == "PUT") return put(request, path);
    if (request.method == "POST") return remove(request, path);
    if (request.method == "DELETE") {
      objects_.erase(path);
      return HttpReply(204);
    }
    if (request.query.find("list-type=2") != std::string::npos) return list(request, path);
    return get(request, path, trouble);
  }

  HttpReply put(const HttpRequest& request, const std::string& path) {
    const auto at = objects_.find(path);
    const bool present = at != objects_.end();
    if (request.field("if-none-match") == "*" && present) return refusal(412, "PreconditionFailed");
    const std::string match = unquoted(request.field("if-match"));
    if (!match.empty() && !present) return refusal(404, "NoSuchKey");
    if (!match.empty() && at->second.etag != match) return refusal(412, "PreconditionFailed");
    Object object;
    HttpReply answer;
    const std::string source = request.field("x-amz-copy-source");
    if (!source.empty()) {
      const auto from = objects_.find(varve::storage::http::unescape(source.starts_with('/') ? source : '/' + source));
      if (from == objects_.end()) return refusal(404, "NoSuchKey");
      const std::string wanted = unquoted(request.field("x-amz-copy-source-if-match"));
      if (!wanted.empty() && from->second.etag != wanted) return refusal(412, "PreconditionFailed");
      object = from->second;
      answer.body = "<CopyObjectResult><ETag>&quot;" + object.etag + "&quot;</ETag></CopyObjectResult>";
    } else {
      object.bytes = request.body;
      object.etag = sha256(varve::as_bytes(request.body)).substr(0, 32);
      for (const auto& field : request.fields) {
        if (field.first.starts_with("x-amz-meta-")) object.metadata.push_back(field);
      }
      answer.set("ETag", '"' + object.etag + '"');
    }
    objects_[path] = std::move(object);
    return answer;
  }

  HttpReply get(const HttpRequest& request, const std::string& path, Trouble trouble) {
    const auto at = objects_.find(path);
    if (at == objects_.end()) return refusal(404, "NoSuchKey");
    const Object& object = at->second;
    HttpReply answer;
    answer.set("ETag", '"' + object.etag + '"').set("Last-Modified", "Sun, 22 Nov 2026 12:00:00 GMT");
    for (const auto& [name, value] : object.metadata) answer.set(name, value);
    if (unquoted(request.field("if-none-match")) == object.etag) {
      answer.status = 304;
      return answer;
    }
    answer.body = object.bytes;
    const std::string range = request.field("range");
    if (!range.starts_with("bytes=")) return answer;
    std::size_t first = 0;
    std::size_t last = object.bytes.size() - 1;
    const char* const end = range.data() + range.size();
    const char* const dash = std::from_chars(range.data() + 6, end, first).ptr;
    if (dash + 1 < end) std::from_chars(dash + 1, end, last);
    if (first >= object.bytes.size()) return refusal(416, "InvalidRange");
    last = std::min(last, object.bytes.size() - 1);
    if (trouble == Trouble::short_range && last > first) last = first + (last - first) / 2;
    if (trouble == Trouble::bad_range && first > 0) --first;
    answer.status = 206;
    answer.body = object.bytes.substr(first, last - first + 1);
    answer.set("Content-Range", "bytes " + std::to_string(first) + '-' + std::to_string(last) + '/' +
                                    std::to_string(object.bytes.size()));
    return answer;
  }

  HttpReply list(const HttpRequest& request, const std::string& path) {
    constexpr std::size_t page = 100;
    const std::string base = path.ends_with('/') ? path : path + '/';
    const std::string prefix = base + parameter(request.query, "prefix");
    const std::string after = parameter(request.query, "continuation-token");
    std::string keys;
    std::size_t count = 0;
    bool more = false;
    for (auto at = objects_.lower_bound(std::max(prefix, after)); at != objects_.end() && !more; ++at) {
      if (!at->first.starts_with(prefix)) break;
      more = count++ == page;
      if (more) {
        keys += "<NextContinuationToken>" + at->first + "</NextContinuationToken>";
      } else {
        keys += "<Contents><Key>" + at->first.substr(base.size()) +
                "</Key><LastModified>2026-11-22T12:00:00.000Z</LastModified><Size>" +
                std::to_string(at->second.bytes.size()) + "</Size></Contents>";
      }
    }
    return HttpReply(200, std::string("<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>") +
                              (more ? "true" : "false") + "</IsTruncated>" + keys + "</ListBucketResult>");
  }

  HttpReply remove(const HttpRequest& request, const std::string& path) {
    const std::string base = path.ends_with('/') ? path : path + '/';
    std::string_view rest = request.body;
    for (std::size_t at = 0; (at = rest.find("<Key>")) != std::string_view::npos;) {
      rest.remove_prefix(at + 5);
      objects_.erase(base + std::string(rest.substr(0, rest.find("</Key>"))));
    }
    return HttpReply(200, "<?xml version=\"1.0\"?><DeleteResult></DeleteResult>");
  }

  mutable std::mutex mutex_;
  std::map<std::string, Object> objects_;  // by "/bucket/key"
  std::uint64_t random_ = 0;
  std::uint64_t one_in_ = 0;
  std::vector<Trouble> kinds_;
  std::array<std::uint64_t, trouble_count> made_{};
  HttpServer server_;  // last: it is gone before what it serves
};

}  // namespace support
