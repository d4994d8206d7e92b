// One step of a model on whatever store a URL names, which is created if it is not there:
//   any_store 's3://bucket/prefix?endpoint=http://127.0.0.1:9000'    any_store gs://bucket/prefix    any_store file:///tmp/run
#include <varve/repository/repository.hpp>
#include <varve/storage/any.hpp>

#include <cstdio>
#include <vector>

using namespace varve;

int main(int argc, char** argv) {
  try {
    const storage::Any store(argc > 1 ? argv[1] : "memory:");
    auto repo = Repository<storage::Any>::open_or_create(store);
    const auto id = repo.transaction("main", "one more step", [](auto& session) {
      if (!session.exists("/sst")) {
        session.template create_array<float, 3>("/sst", {.shape = {0, 90, 180}, .chunks = {1, 90, 180}, .dimension_names = {"time", "lat", "lon"}});
      }
      session.template open_array<float, 3>("/sst").append(0, std::vector<float>(90 * 180, 288.15F));
    });
    const auto sst = repo.readonly_session(id).open_array<float, 3>("/sst");
    std::printf("%s has %llu steps\n", store.url().c_str(), static_cast<unsigned long long>(sst.shape()[0]));
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
