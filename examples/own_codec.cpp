// A codec of your own: every byte is stored as its difference from the one before, which helps a compressor after it.
#include <varve/varve.hpp>

#include <cstdio>
#include <numeric>
#include <vector>

using namespace varve;

struct Delta {
  static constexpr std::string_view name = "example.delta";

  static Result<Delta> from_configuration(const Json&) { return Delta(); }
  Json configuration() const { return Json::Object(); }
  Result<void> encode(ByteView plain, Bytes& encoded) const {
    encoded.resize(plain.size());
    unsigned before = 0;
    for (std::size_t i = 0; i != plain.size(); ++i) {
      encoded[i] = static_cast<std::byte>(std::to_integer<unsigned>(plain[i]) - before);
      before = std::to_integer<unsigned>(plain[i]);
    }
    return {};
  }
  Result<void> decode(ByteView encoded, MutableByteView plain) const {
    if (encoded.size() != plain.size()) return Error(errc::corrupt, "decode example.delta chunk");
    unsigned before = 0;
    for (std::size_t i = 0; i != plain.size(); ++i) {
      before += std::to_integer<unsigned>(encoded[i]);
      plain[i] = static_cast<std::byte>(before);
    }
    return {};
  }
};
static_assert(codec::Codec<Delta>);

int main() {
  using Repo = Repository<storage::Memory, codec::Set<Delta, codec::Zstd>>;
  auto repo = Repo::create({});
  std::vector<std::uint8_t> ramp(10'000);
  std::iota(ramp.begin(), ramp.end(), std::uint8_t{0});
  auto session = repo.writable_session("main");
  session.create_array<std::uint8_t, 1>("/ramp", {.shape = {10'000}, .chunks = {10'000}, .codecs = {codec::spec_of(Delta()), codec::zstd()}}).write(ramp);
  session.commit("a ramp");
  const bool same = repo.readonly_session(Branch{"main"}).open_array<std::uint8_t, 1>("/ramp").read() == ramp;
  std::printf("read back %s\n", same ? "equal" : "different");
  return same ? 0 : 1;
}
