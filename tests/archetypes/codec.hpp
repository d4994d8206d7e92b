// SPDX-License-Identifier: Apache-2.0
// The smallest codec: every byte is combined with a key.
#pragma once

#include <varve/codec/codec.hpp>

namespace archetypes {

struct Xor {
  static constexpr std::string_view name = "xor";
  std::byte key{0x5A};

  static varve::Result<Xor> from_configuration(const varve::Json& configuration) {
    const varve::Json* key = configuration.find("key");
    if (!key || !key->as_int()) return varve::Error(varve::errc::bad_metadata, "read xor", {}, "`key` is a number");
    return Xor{static_cast<std::byte>(*key->as_int() & 0xFF)};
  }
  varve::Json configuration() const { return varve::Json::Object{{"key", std::to_integer<int>(key)}}; }

  varve::Result<void> encode(varve::ByteView plain, varve::Bytes& encoded) const {
    encoded.assign(plain.begin(), plain.end());
    for (std::byte& byte : encoded) byte ^= key;
    return {};
  }
  varve::Result<void> decode(varve::ByteView encoded, varve::MutableByteView plain) const {
    if (encoded.size() != plain.size()) return varve::Error(varve::errc::corrupt, "decode xor chunk");
    for (std::size_t i = 0; i != plain.size(); ++i) plain[i] = encoded[i] ^ key;
    return {};
  }
};

}  // namespace archetypes
