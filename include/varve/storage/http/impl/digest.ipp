// SPDX-License-Identifier: Apache-2.0
// Bodies of digest.hpp.
#pragma once

#include <varve/storage/http/digest.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <utility>

namespace varve::inline v0::storage::http {

namespace detail {

/// A digest that has been looked up: OpenSSL 3 searches its providers at each use of the older handles.
class DigestKind {
 public:
  explicit DigestKind(const char* name) : kind_(EVP_MD_fetch(nullptr, name, nullptr)) {
    if (kind_ == nullptr) throw std::runtime_error(std::string("OpenSSL offers no ") + name);
  }
  ~DigestKind() { EVP_MD_free(kind_); }
  DigestKind(const DigestKind&) = delete;
  DigestKind& operator=(const DigestKind&) = delete;
  const EVP_MD* get() const { return kind_; }

 private:
  EVP_MD* kind_;
};

inline const DigestKind& sha256_kind() {
  static const DigestKind kind("SHA2-256");
  return kind;
}

inline const DigestKind& md5_kind() {
  static const DigestKind kind("MD5");
  return kind;
}

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

/// The digest of two pieces in a row.
template <std::size_t Size>
std::array<std::byte, Size> digest(const DigestKind& kind, ByteView first, ByteView second = {}) {
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  std::array<std::byte, Size> out{};
  const bool done = context && EVP_DigestInit_ex2(context.get(), kind.get(), nullptr) == 1 &&
                    EVP_DigestUpdate(context.get(), first.data(), first.size()) == 1 &&
                    EVP_DigestUpdate(context.get(), second.data(), second.size()) == 1 &&
                    EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(out.data()), nullptr) == 1;
  if (!done) throw std::runtime_error("OpenSSL computes no digest");
  return out;
}

inline std::string base64_text(ByteView bytes, const char* letters, bool pad) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k != 3; ++k)
      group = group << 8 | (k < have ? std::to_integer<std::uint32_t>(bytes[i + k]) : 0);
    for (std::size_t k = 0; k != 4; ++k) {
      if (k <= have) {
        out += letters[group >> (18 - 6 * k) & 63];
      } else if (pad) {
        out += '=';
      }
    }
  }
  return out;
}

/// The six bits of a letter of either alphabet; 64 for any other.
inline std::uint32_t base64_bits(char letter) {
  if (letter >= 'A' && letter <= 'Z') return static_cast<std::uint32_t>(letter - 'A');
  if (letter >= 'a' && letter <= 'z') return static_cast<std::uint32_t>(letter - 'a' + 26);
  if (letter >= '0' && letter <= '9') return static_cast<std::uint32_t>(letter - '0' + 52);
  if (letter == '+' || letter == '-') return 62;
  if (letter == '/' || letter == '_') return 63;
  return 64;
}

}  // namespace detail

VARVE_DECL Sha256 sha256(ByteView bytes) { return detail::digest<32>(detail::sha256_kind(), bytes); }

VARVE_DECL Sha256 hmac_sha256(ByteView key, ByteView message) {
  constexpr std::size_t block = 64;
  std::array<std::byte, block> inner{};
  if (key.size() > block) {
    const Sha256 shorter = sha256(key);
    std::copy(shorter.begin(), shorter.end(), inner.begin());
  } else {
    std::copy(key.begin(), key.end(), inner.begin());
  }
  std::array<std::byte, block> outer = inner;
  for (std::byte& byte : inner) byte ^= std::byte{0x36};
  for (std::byte& byte : outer) byte ^= std::byte{0x5c};
  const Sha256 first = detail::digest<32>(detail::sha256_kind(), inner, message);
  return detail::digest<32>(detail::sha256_kind(), outer, first);
}

VARVE_DECL Md5 md5(ByteView bytes) { return detail::digest<16>(detail::md5_kind(), bytes); }

VARVE_DECL std::string hex(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::byte byte : bytes) {
    const auto value = std::to_integer<unsigned>(byte);
    out += "0123456789abcdef"[value >> 4];
    out += "0123456789abcdef"[value & 15];
  }
  return out;
}

VARVE_DECL std::string base64(ByteView bytes) {
  return detail::base64_text(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true);
}

VARVE_DECL std::string base64url(ByteView bytes) {
  return detail::base64_text(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false);
}

VARVE_DECL Result<Bytes> decode_base64(std::string_view text) {
  const auto bad = [](const char* what) { return Error(errc::invalid_argument, "decode base64", {}, what); };
  Bytes out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t group = 0;
  std::size_t letters = 0;
  std::size_t padding = 0;
  for (const char letter : text) {
    if (letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n') continue;
    if (letter == '=') {
      ++padding;
      continue;
    }
    const std::uint32_t bits = detail::base64_bits(letter);
    if (bits == 64 || padding != 0) return bad("a character that base64 does not have there");
    group = group << 6 | bits;
    if (++letters % 4 == 0) {
      for (const int shift : {16, 8, 0}) out.push_back(static_cast<std::byte>(group >> shift & 0xFF));
      group = 0;
    }
  }
  const std::size_t left = letters % 4;
  if (left == 1 || (padding != 0 && (left == 0 || left + padding != 4))) return bad("its length is not one of base64");
  if (left == 2) {
    if ((group & 0xF) != 0) return bad("bits beyond the last byte");
    out.push_back(static_cast<std::byte>(group >> 4 & 0xFF));
  } else if (left == 3) {
    if ((group & 0x3) != 0) return bad("bits beyond the last byte");
    out.push_back(static_cast<std::byte>(group >> 10 & 0xFF));
    out.push_back(static_cast<std::byte>(group >> 2 & 0xFF));
  }
  return out;
}

}  // namespace varve::inline v0::storage::http
