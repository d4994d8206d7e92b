// SPDX-License-Identifier: Apache-2.0
// The .npy files of NumPy: a line of text that says type and shape, then the elements in C order.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/zarr/data_type.hpp>

#include <cstdint>
#include <fstream>
#include <span>
#include <string>
#include <vector>

namespace varve::cli {

/// What stands before the elements.
std::string npy_header(zarr::DataType type, std::span<const std::uint64_t> shape);

/// A .npy file that is being read. Errors of all: `errc::invalid_argument` for what is no .npy file, or for elements
/// that no Zarr array has; `errc::io_error`.
class NpyFile {
 public:
  explicit NpyFile(const std::string& path);
  zarr::DataType data_type() const { return type_; }
  const std::vector<std::uint64_t>& shape() const { return shape_; }
  /// Fills `elements` with the next ones, little-endian.
  void read(MutableByteView elements);

 private:
  std::string path_;
  std::ifstream file_;
  zarr::DataType type_{};
  bool swapped_ = false;
  std::vector<std::uint64_t> shape_;
};

}  // namespace varve::cli
