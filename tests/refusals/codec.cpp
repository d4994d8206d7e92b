// expect: Codec needs Result<void> decode(ByteView encoded, MutableByteView plain) const
#include <varve/codec/set.hpp>

struct Reversed {
  static constexpr std::string_view name = "reversed";
  static varve::Result<Reversed> from_configuration(const varve::Json&) { return Reversed{}; }
  varve::Json configuration() const { return varve::Json::Object{}; }
  varve::Result<void> encode(varve::ByteView plain, varve::Bytes& encoded) const {
    encoded.assign(plain.rbegin(), plain.rend());
    return {};
  }
#if defined(VARVE_REPAIRED)
  varve::Result<void> decode(varve::ByteView encoded, varve::MutableByteView plain) const {
    if (encoded.size() != plain.size()) return varve::Error(varve::errc::corrupt, "decode reversed chunk");
    std::copy(encoded.rbegin(), encoded.rend(), plain.begin());
#else
  varve::Result<void> decode(varve::ByteView encoded) const {
    (void)encoded;
#endif
    return {};
  }
};

auto compile(const varve::codec::ChunkLayout& layout) {
  return varve::codec::Set<Reversed>::compile({}, layout);
}

int main() {}
