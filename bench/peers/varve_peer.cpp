// SPDX-License-Identifier: Apache-2.0
// varve's side of the comparison: one workload a process, one line of JSON. reference/src/main.rs does the same through
// the reference's Rust crate; workloads.py starts both in turn and explains the workloads.
//   varve_peer WORKLOAD STORE [name=value...]
// STORE is http://..., s3:PREFIX (with BENCH_S3_ENDPOINT, _BUCKET, _KEY, _SECRET), memory or a folder.
#include "peer.hpp"

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string_view>

#include <sys/resource.h>

namespace peer {

std::vector<std::uint64_t> numbers(const char* name) {
  std::vector<std::uint64_t> found;
  std::istringstream list(text(name));
  for (std::string one; std::getline(list, one, ',');) found.push_back(std::stoull(one));
  return found;
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec); };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// Not getrusage's: that begins with the peak of the process which started this one.
static double peak_megabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

void print(std::uint64_t answer, Taken taken, const std::vector<double>& each) {
  std::printf("{\"answer\":%llu,\"wall\":%.6f,\"cpu\":%.6f,\"rss_mb\":%.1f,\"each\":[", static_cast<unsigned long long>(answer),
              taken.wall, taken.cpu, peak_megabytes());
  for (const double& one : each) std::printf("%s%.6f", &one == each.data() ? "" : ",", one);
  std::printf("]}\n");
}

storage::Local folder(const std::string& where) {
  storage::LocalOptions options;
  if (text("sync") == "no") options.durability = storage::Durability::none;
  return storage::Local(where, options);
}

static std::string setting(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set");
  return value;
}

storage::S3 bucket(const std::string& prefix) {
  storage::S3Options options;
  options.bucket = setting("BENCH_S3_BUCKET");
  options.prefix = prefix;
  options.endpoint = setting("BENCH_S3_ENDPOINT");
  options.region = "us-east-1";
  options.credentials = storage::s3::CredentialsProvider::fixed(setting("BENCH_S3_KEY"), setting("BENCH_S3_SECRET"));
  options.probe = false;  // the reference asks nothing of a store before it creates a repository
  return storage::S3(options);
}

}  // namespace peer

int main(int argc, char** argv) {
  using namespace peer;
  const Watch begun;
  const std::map<std::string_view, void (*)(const std::string&, const Watch&)> workloads = {
      {"fill", fill},
      {"cold", cold},
      {"reads", reads},
      {"bare_files", bare_files},
      {"bare", bare},
      {"make_field", make_field},
      {"write_field", write_field},
      {"copy_plain", copy_plain},
      {"read_field", read_field},
      {"bare_read_field", bare_read_field},
      {"bare_write_field", bare_write_field},
      {"prepare_commits", prepare_commits},
      {"writes", writes},
      {"commits", commits},
      {"tasks", tasks},
      {"history", history},
      {"diff", diff},
      {"litter", litter},
      {"collect", collect},
      {"bare_remove", bare_remove},
      {"bare_commits", bare_commits},
      {"set_refs", set_refs},
      {"set_one_ref", set_one_ref},
      {"find_refs", find_refs},
      {"bare_manifest", bare_manifest},
  };
  if (argc < 3 || !workloads.contains(argv[1])) {
    std::fprintf(stderr, "varve_peer WORKLOAD STORE [name=value...]; workloads.py knows the workloads\n");
    return 2;
  }
  for (int i = 3; i < argc; ++i) {
    const std::string_view one = argv[i];
    given.emplace(one.substr(0, one.find('=')), one.substr(one.find('=') + 1));
  }
  try {
    workloads.at(argv[1])(argv[2], begun);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
