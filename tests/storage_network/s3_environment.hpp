// SPDX-License-Identifier: Apache-2.0
// The S3 server that tests/services/with started: stores on it, each under a prefix of its own.
#pragma once

#include <varve/storage/s3.hpp>

#include "toxiproxy.hpp"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

#include <unistd.h>

namespace support {

inline std::string required(const char* name) {
  auto value = variable(name);
  if (!value) throw std::runtime_error(std::string(name) + " is not set: run this test by tests/services/with");
  return std::move(*value);
}

inline std::string s3_server() { return required("VARVE_TEST_S3_SERVER"); }

/// A prefix that no other test has.
inline std::string fresh_prefix() {
  static std::atomic<int> last = 0;
  return "test-" + std::to_string(::getpid()) + "-" + std::to_string(++last);
}

/// How the tests reach the server; `endpoint` may be a detour to it. Their limits are short, so that a test of faults
/// ends soon, and long enough for a machine that is busy.
inline varve::storage::S3Options s3_options(std::string prefix, std::string endpoint = required("VARVE_TEST_S3_ENDPOINT")) {
  varve::storage::S3Options options;
  options.bucket = required("VARVE_TEST_S3_BUCKET");
  options.prefix = std::move(prefix);
  options.endpoint = std::move(endpoint);
  options.region = required("VARVE_TEST_S3_REGION");
  options.credentials =
      varve::storage::s3::CredentialsProvider::fixed(required("VARVE_TEST_S3_KEY"), required("VARVE_TEST_S3_SECRET"));
  options.http.tls.ca_file = variable("VARVE_TEST_S3_CA").value_or("");
  options.http.limits.stall = std::chrono::seconds(15);
  options.http.limits.operation = std::chrono::seconds(120);
  options.http.limits.first_pause = std::chrono::milliseconds(20);
  options.http.limits.longest_pause = std::chrono::milliseconds(500);
  options.http.limits.tries = 50;
  options.http.proxy = "";
  return options;
}

inline varve::storage::S3 s3_store() { return varve::storage::S3(s3_options(fresh_prefix())); }

}  // namespace support
