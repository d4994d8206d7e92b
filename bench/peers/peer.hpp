// SPDX-License-Identifier: Apache-2.0
// What the workloads of varve_peer share: what they are given, how they measure, which store they work on.
#pragma once

#include <varve/repository/repository.hpp>
#include <varve/storage/local.hpp>
#include <varve/storage/memory.hpp>
#include <varve/storage/s3.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace peer {

using namespace varve;

/// The name=value words of the command line.
inline std::map<std::string, std::string> given;

inline std::string text(const char* name) {
  const auto found = given.find(name);
  return found == given.end() ? std::string() : found->second;
}
inline std::uint64_t number(const char* name) { return std::stoull(text(name)); }
/// Numbers with commas between.
std::vector<std::uint64_t> numbers(const char* name);

struct Taken {
  double wall = 0;  ///< seconds, as is `cpu`
  double cpu = 0;
};

double cpu_seconds();

/// Time since it was made.
struct Watch {
  std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
  double cpu = cpu_seconds();

  double wall() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count(); }
  Taken taken() const {
    const double seconds = wall();
    return {seconds, cpu_seconds() - cpu};
  }
};

/// The line of JSON; `each` is how long one operation after the other took.
void print(std::uint64_t answer, Taken taken, const std::vector<double>& each = {});

/// The k-th of `count` things in an order without locality; all of them once for k = 0, 1, ... below `count`.
inline std::uint64_t scattered(std::uint64_t k, std::uint64_t count) {
  return k * 2'654'435'761 % count;  // a prime above 2^31 shares no factor with it
}

/// Calls `work()` once on every core.
template <class Work>
void on_all_cores(const Work& work) {
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i) threads.emplace_back([&work] { work(); });
  work();
  for (std::thread& thread : threads) thread.join();
}

template <class Backend>
using Repo = Repository<Backend, codec::Default, cache::Lru, conflict::Fail>;

template <class Backend>
Repo<Backend> attach(const Backend& store) {
  return Repo<Backend>::attach(store);
}

/// `sync=no` leaves it to the kernel when the files reach the disk.
storage::Local folder(const std::string& where);
storage::S3 bucket(const std::string& prefix);

/// Calls `work` with the store that `where` names: s3:PREFIX, memory or a folder.
template <class Work>
void on_store(const std::string& where, Work work) {
  if (where == "memory") return work(storage::Memory());
  if (where.starts_with("s3:")) return work(bucket(where.substr(3)));
  work(folder(where));
}

// The workloads; each prints one line, or nothing if it only prepares. `begun` is when the process was.

// chunks.cpp
void fill(const std::string& where, const Watch& begun);
void cold(const std::string& where, const Watch& begun);
void reads(const std::string& where, const Watch& begun);
void bare_files(const std::string& where, const Watch& begun);
void bare(const std::string& url, const Watch& begun);
// field.cpp
void make_field(const std::string& file, const Watch& begun);
void write_field(const std::string& where, const Watch& begun);
void copy_plain(const std::string& where, const Watch& begun);
void read_field(const std::string& where, const Watch& begun);
void bare_read_field(const std::string& where, const Watch& begun);
void bare_write_field(const std::string& where, const Watch& begun);
// commits.cpp
void prepare_commits(const std::string& where, const Watch& begun);
void writes(const std::string& where, const Watch& begun);
void commits(const std::string& where, const Watch& begun);
void tasks(const std::string& where, const Watch& begun);
void history(const std::string& where, const Watch& begun);
void diff(const std::string& where, const Watch& begun);
void litter(const std::string& where, const Watch& begun);
void collect(const std::string& where, const Watch& begun);
void bare_remove(const std::string& where, const Watch& begun);
void bare_commits(const std::string& where, const Watch& begun);
// refs.cpp
void set_refs(const std::string& where, const Watch& begun);
void set_one_ref(const std::string& where, const Watch& begun);
void find_refs(const std::string& where, const Watch& begun);
void bare_manifest(const std::string& where, const Watch& begun);

}  // namespace peer
