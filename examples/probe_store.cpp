// Says what a store can be trusted with: probe_store 's3://bucket/prefix?endpoint=http://127.0.0.1:9000'
#include <varve/storage/probe.hpp>

#include <cstdio>

int main(int argc, char** argv) {
  try {
    const auto report = varve::storage::probe(argc > 1 ? argv[1] : "memory:");
    std::fputs(report.table().c_str(), stdout);
    return report.trusted_for_commits() ? 0 : 2;
  } catch (const varve::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
