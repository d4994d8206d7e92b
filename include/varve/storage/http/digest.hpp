// SPDX-License-Identifier: Apache-2.0
// Digests and text forms of bytes, as signatures of requests need them. OpenSSL computes the digests.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>
#include <varve/core/result.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace varve::inline v0::storage::http {

using Sha256 = std::array<std::byte, 32>;
using Md5 = std::array<std::byte, 16>;

/// These throw std::runtime_error if OpenSSL was built or configured without the digest.
VARVE_DECL Sha256 sha256(ByteView bytes);
/// RFC 2104 over SHA-256.
VARVE_DECL Sha256 hmac_sha256(ByteView key, ByteView message);
/// For Content-MD5 and ETags, where the protocol asks for it; it protects from accidents only.
VARVE_DECL Md5 md5(ByteView bytes);

/// Two lower-case digits a byte.
VARVE_DECL std::string hex(ByteView bytes);
/// RFC 4648, padded; the URL form has `-_` for `+/` and no padding.
VARVE_DECL std::string base64(ByteView bytes);
VARVE_DECL std::string base64url(ByteView bytes);
/// The bytes of base64 text, padded or not; white space is skipped.
/// Errors: `errc::invalid_argument` for anything else, and for bits beyond the last byte.
VARVE_DECL Result<Bytes> decode_base64(std::string_view text);

}  // namespace varve::inline v0::storage::http

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/http/impl/digest.ipp>
#endif
