// SPDX-License-Identifier: Apache-2.0
#include <varve/storage/http/digest.hpp>

#include "support/bytes.hpp"
#include "support/doctest.hpp"
#include "support/sha256.hpp"

#include <string>
#include <string_view>

using namespace varve;
using namespace varve::storage::http;

TEST_CASE("storage_network/digest: SHA-256 and MD5 give the digests of their standards") {
  CHECK(hex(sha256(as_bytes(""))) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex(sha256(as_bytes("abc"))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(md5(as_bytes(""))) == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(hex(md5(as_bytes("message digest"))) == "f96b697d7cb7938d525a2f31aaf161d0");
  for (const std::size_t size : {1U, 55U, 56U, 63U, 64U, 65U, 1000U, 100'000U}) {
    const Bytes bytes = support::noise(size, size);
    CHECK(hex(sha256(bytes)) == support::sha256(bytes));
  }
}

TEST_CASE("storage_network/digest: HMAC agrees with RFC 4231") {
  const auto mac = [](std::string_view key, std::string_view message) {
    return hex(hmac_sha256(as_bytes(key), as_bytes(message)));
  };
  CHECK(mac(std::string(20, '\x0b'), "Hi There") == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(mac("Jefe", "what do ya want for nothing?") ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(mac(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First") ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("storage_network/digest: base64 agrees with RFC 4648 and reads back what it wrote") {
  struct Case {
    std::string_view plain, text;
  };
  for (const Case& one : {Case{"", ""}, Case{"f", "Zg=="}, Case{"fo", "Zm8="}, Case{"foo", "Zm9v"},
                          Case{"foob", "Zm9vYg=="}, Case{"fooba", "Zm9vYmE="}, Case{"foobar", "Zm9vYmFy"}}) {
    CHECK(base64(as_bytes(one.plain)) == one.text);
    CHECK(as_text(decode_base64(one.text).value()) == one.plain);
  }
  CHECK(base64url(as_bytes("\xfb\xff\xfe")) == "-__-");
  CHECK(base64url(as_bytes("f")) == "Zg");
  for (std::size_t size = 0; size != 70; ++size) {
    const Bytes bytes = support::noise(size, 9);
    CHECK(decode_base64(base64(bytes)).value() == bytes);
    CHECK(decode_base64(base64url(bytes)).value() == bytes);
  }
  CHECK(as_text(decode_base64("Zm9v\r\n YmFy\n").value()) == "foobar");
}

TEST_CASE("storage_network/digest: what is no base64 is refused") {
  for (const char* text :
       {"Z", "Zg=", "Zg===", "Zm9vY", "Zm9v=", "=", "Zg==Zg==", "Zm9*", "Zh==", "Zm9=", "\xc3\xa4"}) {
    CAPTURE(text);
    const auto refused = decode_base64(text);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::invalid_argument);
  }
}
