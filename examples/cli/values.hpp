// SPDX-License-Identifier: Apache-2.0
// Elements as text.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/zarr/data_type.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace varve::cli {

/// Little-endian elements as CSV: a line for each run along the last dimension; slices of more than two dimensions are
/// apart by an empty line. Floats are the shortest text that reads back equal, complex numbers are "1+2j".
/// `more` says that something precedes them in the same table.
std::string csv(ByteView elements, zarr::DataType type, const std::vector<std::uint64_t>& shape, bool more);

/// The same as nested JSON lists; a NaN or an infinity is its name.
std::string json_values(ByteView elements, zarr::DataType type, const std::vector<std::uint64_t>& shape);

}  // namespace varve::cli
