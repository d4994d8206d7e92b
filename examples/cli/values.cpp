// SPDX-License-Identifier: Apache-2.0
#include "values.hpp"

#include <charconv>
#include <cmath>
#include <complex>
#include <cstring>

namespace varve::cli {

namespace {

template <class Number>
void append_number(std::string& out, Number value) {
  char text[64];
  if constexpr (std::floating_point<Number>) {
    if (std::isnan(value)) {
      out += "nan";
      return;
    }
  }
  out.append(text, std::to_chars(text, text + sizeof(text), value).ptr);
}

template <class T>
void append(std::string& out, T value) {
  if constexpr (std::same_as<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::same_as<T, Half>) {
    append_number(out, static_cast<float>(value));
  } else if constexpr (std::integral<T> || std::floating_point<T>) {
    append_number(out, value);
  } else {
    append_number(out, value.real());
    if (!std::signbit(value.imag()) || std::isnan(value.imag())) out += '+';
    append_number(out, value.imag());
    out += 'j';
  }
}

template <class T>
void append_at(std::string& out, const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  append(out, value);
}

using Append = void (*)(std::string&, const std::byte*);
Append appender(zarr::DataType type) {
  switch (type) {
    case zarr::DataType::boolean:
      return append_at<bool>;
    case zarr::DataType::int8:
      return append_at<std::int8_t>;
    case zarr::DataType::int16:
      return append_at<std::int16_t>;
    case zarr::DataType::int32:
      return append_at<std::int32_t>;
    case zarr::DataType::int64:
      return append_at<std::int64_t>;
    case zarr::DataType::uint8:
      return append_at<std::uint8_t>;
    case zarr::DataType::uint16:
      return append_at<std::uint16_t>;
    case zarr::DataType::uint32:
      return append_at<std::uint32_t>;
    case zarr::DataType::uint64:
      return append_at<std::uint64_t>;
    case zarr::DataType::float16:
      return append_at<Half>;
    case zarr::DataType::float32:
      return append_at<float>;
    case zarr::DataType::float64:
      return append_at<double>;
    case zarr::DataType::complex64:
      return append_at<std::complex<float>>;
    case zarr::DataType::complex128:
      return append_at<std::complex<double>>;
  }
  return nullptr;
}

}  // namespace

std::string csv(ByteView elements, zarr::DataType type, const std::vector<std::uint64_t>& shape, bool more) {
  const std::size_t size = zarr::size_of(type);
  const Append append_element = appender(type);
  const std::uint64_t row = shape.size() < 2 ? 1 : shape.back();
  const std::uint64_t slice = shape.size() < 3 ? 0 : row * shape[shape.size() - 2];
  std::string out;
  const std::uint64_t count = elements.size() / size;
  for (std::uint64_t i = 0; i != count; ++i) {
    if (slice != 0 && i % slice == 0 && (i != 0 || more)) out += '\n';
    append_element(out, elements.data() + i * size);
    out += (i + 1) % row == 0 ? '\n' : ',';
  }
  return out;
}

std::string json_values(ByteView elements, zarr::DataType type, const std::vector<std::uint64_t>& shape) {
  const std::size_t size = zarr::size_of(type);
  std::string out;
  const std::byte* at = elements.data();
  const auto nest = [&](const auto& self, std::size_t axis) -> void {
    if (axis == shape.size()) {
      out += zarr::fill_value_text(ByteView(at, size), type);
      at += size;
      return;
    }
    out += '[';
    for (std::uint64_t i = 0; i != shape[axis]; ++i) {
      if (i != 0) out += ',';
      self(self, axis + 1);
    }
    out += ']';
  };
  nest(nest, 0);
  return out;
}

}  // namespace varve::cli
