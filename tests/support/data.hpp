// SPDX-License-Identifier: Apache-2.0
// The real repositories of tests/data, object by object.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/format/file.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace support {

/// tests/data, or what the environment variable VARVE_TEST_DATA names.
std::filesystem::path data_folder();
varve::Bytes read_file(const std::filesystem::path& path);

/// A metadata file of a real repository.
struct RealFile {
  std::string key;  ///< relative to the repository
  varve::format::FileType type{};
  varve::Bytes stored;
};
/// Every metadata file of `repository` ("features-v2", "sst-v1", "sst-v2"), sorted by key.
std::vector<RealFile> real_files(const std::string& repository);
/// Those of one kind, of all repositories.
std::vector<RealFile> real_files(varve::format::FileType type);

}  // namespace support
