// SPDX-License-Identifier: Apache-2.0
#include "npy.hpp"

#include "frame.hpp"

#include <algorithm>
#include <charconv>

namespace varve::cli {

namespace {

using zarr::DataType;

constexpr std::pair<DataType, std::string_view> types[] = {
    {DataType::boolean, "b1"},   {DataType::int8, "i1"},       {DataType::int16, "i2"},   {DataType::int32, "i4"},
    {DataType::int64, "i8"},     {DataType::uint8, "u1"},      {DataType::uint16, "u2"},  {DataType::uint32, "u4"},
    {DataType::uint64, "u8"},    {DataType::float16, "f2"},    {DataType::float32, "f4"}, {DataType::float64, "f8"},
    {DataType::complex64, "c8"}, {DataType::complex128, "c16"}};

constexpr std::string_view magic = "\x93NUMPY";

/// The bytes that are swapped together in an element of the other byte order.
std::size_t number_size(DataType type) {
  const bool is_complex = type == DataType::complex64 || type == DataType::complex128;
  return zarr::size_of(type) / (is_complex ? 2 : 1);
}

/// What stands behind `'name':` in the header.
std::string_view member(std::string_view header, std::string_view name) {
  const std::string quoted = "'" + std::string(name) + "':";
  const auto at = header.find(quoted);
  if (at == std::string_view::npos) return {};
  header.remove_prefix(at + quoted.size());
  header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
  return header;
}

}  // namespace

std::string npy_header(DataType type, std::span<const std::uint64_t> shape) {
  std::string name;
  for (const auto& [each, text] : types) {
    if (each == type) name = (zarr::size_of(type) == 1 ? "|" : "<") + std::string(text);
  }
  std::string lengths;
  for (const std::uint64_t length : shape) lengths += std::to_string(length) + ", ";
  if (shape.size() > 1) lengths.resize(lengths.size() - 2);
  std::string text = "{'descr': '" + name + "', 'fortran_order': False, 'shape': (" + lengths + "), }";
  constexpr std::size_t before = 10;  // magic, version and length
  text.append(63 - (before + text.size()) % 64, ' ');
  text += '\n';
  std::string header(magic);
  header += '\x01';
  header += '\0';
  header += static_cast<char>(text.size() & 0xFF);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

NpyFile::NpyFile(const std::string& path) : path_(path), file_(path, std::ios::binary) {
  if (!file_) throw Error(errc::io_error, "open file", path, "it cannot be read");
  const auto bad = [&](const char* why) { return Error(errc::invalid_argument, "read .npy file", path_, why); };
  char start[12] = {};
  file_.read(start, 10);
  if (!file_ || !std::string_view(start, 6).starts_with(magic)) throw bad("it does not begin like one");
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(start[i])); };
  std::size_t length = byte(8) | byte(9) << 8;
  if (byte(6) >= 2) {
    file_.read(start + 10, 2);
    length |= byte(10) << 16 | byte(11) << 24;
  }
  if (!file_ || length > std::size_t{1} << 20) throw bad("its header is too long");
  std::string header(length, '\0');
  file_.read(header.data(), static_cast<std::streamsize>(length));
  if (!file_) throw bad("it ends within its header");

  const std::string_view type = member(header, "descr");
  const auto end = type.size() < 2 || type[0] != '\'' ? std::string_view::npos : type.find('\'', 1);
  const auto* found = std::end(types);
  if (end != std::string_view::npos && end > 2) {
    found = std::find_if(std::begin(types), std::end(types),
                         [&](const auto& each) { return each.second == type.substr(2, end - 2); });
  }
  if (found == std::end(types)) throw bad("its elements are no booleans, integers, floats or complex numbers");
  type_ = found->first;
  swapped_ = type[1] == '>';
  if (member(header, "fortran_order").starts_with("True")) {
    throw bad("it is in Fortran order; save np.ascontiguousarray(a) instead");
  }
  std::string_view shape = member(header, "shape");
  if (!shape.starts_with('(')) throw bad("its header has no shape");
  shape.remove_prefix(1);
  while (!shape.starts_with(')')) {
    std::uint64_t axis = 0;
    const auto [at, failed] = std::from_chars(shape.data(), shape.data() + shape.size(), axis);
    if (failed != std::errc()) throw bad("its shape is no list of lengths");
    shape_.push_back(axis);
    shape.remove_prefix(static_cast<std::size_t>(at - shape.data()));
    shape.remove_prefix(std::min(shape.find_first_not_of(", "), shape.size()));
  }
}

void NpyFile::read(MutableByteView elements) {
  file_.read(reinterpret_cast<char*>(elements.data()), static_cast<std::streamsize>(elements.size()));
  if (static_cast<std::size_t>(file_.gcount()) != elements.size()) {
    throw Error(errc::invalid_argument, "read .npy file", path_, "it ends before its last element");
  }
  if (!swapped_) return;
  const std::size_t size = number_size(type_);
  for (std::size_t at = 0; at != elements.size(); at += size) {
    std::reverse(elements.begin() + static_cast<std::ptrdiff_t>(at),
                 elements.begin() + static_cast<std::ptrdiff_t>(at + size));
  }
}

}  // namespace varve::cli
