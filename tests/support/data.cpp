// SPDX-License-Identifier: Apache-2.0
#include "support/data.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace support {

std::filesystem::path data_folder() {
  if (const char* given = std::getenv("VARVE_TEST_DATA")) return given;
  return VARVE_TEST_DATA;
}

varve::Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return varve::copy_bytes(varve::as_bytes(text));
}

std::vector<RealFile> real_files(const std::string& repository) {
  using varve::format::FileType;
  const std::filesystem::path root = data_folder() / repository;
  std::vector<RealFile> files;
  const auto add = [&](const std::string& key, FileType type) {
    files.push_back(RealFile{key, type, read_file(root / key)});
  };
  const auto add_folder = [&](const std::string& folder, FileType type) {
    if (!std::filesystem::exists(root / folder)) return;
    for (const auto& entry : std::filesystem::directory_iterator(root / folder)) {
      add(folder + "/" + entry.path().filename().string(), type);
    }
  };
  add_folder("snapshots", FileType::snapshot);
  add_folder("manifests", FileType::manifest);
  add_folder("transactions", FileType::transaction_log);
  add_folder("overwritten", FileType::repo_info);
  if (std::filesystem::exists(root / "repo")) add("repo", FileType::repo_info);
  std::ranges::sort(files, {}, &RealFile::key);
  return files;
}

std::vector<RealFile> real_files(varve::format::FileType type) {
  std::vector<RealFile> files;
  for (const char* repository : {"features-v2", "sst-v1", "sst-v2"}) {
    for (RealFile& file : real_files(std::string(repository))) {
      if (file.type == type) files.push_back(std::move(file));
    }
  }
  return files;
}

}  // namespace support
