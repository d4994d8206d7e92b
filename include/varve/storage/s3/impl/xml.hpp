// SPDX-License-Identifier: Apache-2.0
// What varve reads from the XML of S3 and STS.
#pragma once

#include <varve/core/bytes.hpp>

#include <pugixml.hpp>

#include <string>
#include <string_view>

namespace varve::inline v0::storage::s3::detail {

/// A document that was parsed; false if it is no XML. Entities are replaced, and no DTD is read.
inline bool parse_xml(pugi::xml_document& document, ByteView text) {
  return static_cast<bool>(document.load_buffer(
      text.data(), text.size(), pugi::parse_default | pugi::parse_ws_pcdata_single, pugi::encoding_utf8));
}

/// The text of a child; empty if there is none.
inline std::string_view text_of(const pugi::xml_node& node, const char* child) {
  return node.child(child).text().get();
}

/// Text as the content of an XML element.
inline std::string xml_text(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    switch (letter) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '\r':
        out += "&#13;";
        break;
      case '\n':
        out += "&#10;";
        break;
      case '\t':
        out += "&#9;";
        break;
      default:
        out += letter;
    }
  }
  return out;
}

}  // namespace varve::inline v0::storage::s3::detail
