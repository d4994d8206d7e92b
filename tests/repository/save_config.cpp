// SPDX-License-Identifier: Apache-2.0
#include <varve/repository/save_config.hpp>

#include <varve/format/config_yaml.hpp>
#include <varve/format/file.hpp>
#include <varve/format/metadata.hpp>
#include <varve/repository/repository.hpp>
#include <varve/session/repo_object.hpp>
#include <varve/storage/erased.hpp>
#include <varve/storage/local.hpp>
#include <varve/storage/memory.hpp>

#include "support/doctest.hpp"
#include "support/temp_dir.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace varve;

namespace {

using Repo = Repository<storage::Memory>;

template <class Call>
Error error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  FAIL("it did not throw");
  return Error(errc::cancelled, "nothing");
}

/// A repository whose configuration is `config`, whoever could have written that.
storage::Memory with_config(const Json& config) {
  const storage::Memory store;
  auto repo = Repo::create(store);
  auto context = make_context<codec::Default>(store, cache::Lru(), Options());
  detail::SaveConfig change{format::encode_flexbuffer(config).value()};
  block_on(update_repo(*context, change)).value();
  return store;
}

const Json from_the_future = Json::Object{{"compression", Json::Object{{"algorithm", "lzma"}}}};

/// How many bytes of the chunks of /a lie in objects of their own after one commit of 100 bytes.
std::size_t chunk_objects(Repo& repo) {
  auto session = repo.writable_session("main");
  if (session.exists("/a")) session.delete_node("/a");
  AnyArrayOptions options;
  options.data_type = "uint8";
  options.shape = options.chunks = {100};
  const auto before = block_on(repo.storage().list("chunks/", std::nullopt)).value().objects.size();
  options.fill_value = 0;
  session.root().create_array("a", options).write_bytes(Bytes(100, std::byte{1}));
  session.commit("a chunk of 100 bytes");
  return block_on(repo.storage().list("chunks/", std::nullopt)).value().objects.size() - before;
}

}  // namespace

TEST_CASE("repository/save_config: what is saved is what everybody finds, and an entry of the ops log") {
  const storage::Memory store;
  auto repo = Repo::create(store);
  CHECK(repo.config() == RepositoryConfig());
  RepositoryConfig config;
  config.inline_chunk_threshold_bytes = 7;
  config.manifest.splitting.split_sizes = {SplitRule{ArrayCondition::name("t"), {SplitDimension{3, 0}}}};
  repo.save_config(config);
  CHECK(repo.config() == config);
  auto other = Repo::open(store);
  CHECK(other.config() == config);
  CHECK(std::holds_alternative<format::ConfigChanged>(other.ops_log().next()->kind));
  other.save_config(RepositoryConfig());
  CHECK(repo.config() == RepositoryConfig());
  repo.set_status(RepoAvailability::read_only, "a freeze");
  CHECK(error_of([&] { repo.save_config(config); }).code() == errc::read_only_repository);
}

TEST_CASE("repository/save_config: a repository keeps what it is created with, and nothing if that is nothing") {
  const storage::Memory store;
  Options options;
  options.config.compression.level = 5;
  Repo::create(store, options);
  CHECK(Repo::open(store).config() == options.config);
  Options own;
  own.inline_chunk_bytes = 3;
  CHECK(Repo::create({}, own).config() == RepositoryConfig());
  options.config.repo_update_retries.standard.max_tries = 0;
  const storage::Memory empty;
  CHECK(error_of([&] { Repo::create(empty, options); }).code() == errc::invalid_argument);
  CHECK_FALSE(Repo::exists(empty));
}

TEST_CASE("repository/save_config: an option of the program comes before its config, that before the repository's") {
  const storage::Memory store;
  auto repo = Repo::create(store);
  CHECK(chunk_objects(repo) == 0);  // 512, as varve has it
  RepositoryConfig config;
  config.inline_chunk_threshold_bytes = 99;
  repo.save_config(config);
  CHECK(chunk_objects(repo) == 1);
  Options options;
  options.config.inline_chunk_threshold_bytes = 100;
  auto creator = Repo::create({}, options);
  CHECK(chunk_objects(creator) == 0);
  creator.save_config(config);
  CHECK(chunk_objects(creator) == 1);
  auto configured = Repo::open(store, options);
  CHECK(chunk_objects(configured) == 0);
  CHECK(configured.config() == config);
  options.inline_chunk_bytes = 10;
  auto told = Repo::open(store, options);
  CHECK(chunk_objects(told) == 1);
}

TEST_CASE("repository/save_config: every option that a configuration can set is taken from it") {
  RepositoryConfig config;
  config.inline_chunk_threshold_bytes = 1;
  config.compression.level = 2;
  config.num_updates_per_repo_info_file = 3;
  config.max_concurrent_requests = 6;
  config.max_concurrent_decodes = 7;
  config.manifest.max_concurrent_manifest_fetches_during_commit = 0;
  config.caching.num_bytes_chunks = 8;
  config.repo_update_retries.standard.max_tries = 4;
  config.repo_update_retries.standard.max_backoff_ms = 5;
  Options options;
  const Settings defaults = settle(options, {}, std::nullopt);
  CHECK(defaults.inline_chunk_bytes == 512);
  CHECK(defaults.update_tries == 100);
  CHECK(defaults.concurrency == 64);
  CHECK(defaults.cache == CacheBudget());
  const auto bytes = format::encode_config(config).value();
  const Settings settings = settle(options, {}, bytes);
  CHECK(settings.inline_chunk_bytes == 1);
  CHECK(settings.compression_level == 2);
  CHECK(settings.updates_per_repo_info == 3);
  CHECK(settings.concurrency == 6);
  CHECK(settings.decodes == 7);
  CHECK(settings.manifest_fetches == 1);  // with none it would never end
  CHECK(settings.cache == CacheBudget{std::nullopt, 8});
  CHECK(settings.update_tries == 4);
  CHECK(settings.update_backoff.initial == defaults.update_backoff.initial);
  CHECK(settings.update_backoff.most == std::chrono::milliseconds(5));
  options.compression_level = 19;
  options.concurrency = 20;
  CHECK(settle(options, {}, bytes).concurrency == 20);
  options.update_backoff = Backoff{0, std::chrono::milliseconds(8), std::chrono::milliseconds(9)};
  CHECK(settle(options, {}, bytes).compression_level == 19);
  CHECK(settle(options, {}, bytes).update_backoff.most == std::chrono::milliseconds(9));
}

TEST_CASE("repository/save_config: a configuration from the future stops writers and not readers, until it is replaced") {
  const auto store = with_config(from_the_future);
  auto repo = Repo::open(store);
  const Error refused = error_of([&] { repo.config(); });
  CHECK(refused.code() == errc::unsupported_format);
  CHECK(std::string(refused.what()).find("compression.algorithm") != std::string::npos);
  CHECK(error_of([&] { repo.writable_session("main"); }).code() == errc::unsupported_format);
  CHECK(error_of([&] { repo.create_tag("t", initial_snapshot_id); }).code() == errc::unsupported_format);
  CHECK(repo.readonly_session(Branch{"main"}).nodes().empty());
  auto late = Repo::open(store);
  repo.save_config(RepositoryConfig());
  repo.create_tag("t", initial_snapshot_id);
  late.create_tag("u", initial_snapshot_id);
  CHECK(late.list_tags() == std::vector<std::string>{"t", "u"});
}

TEST_CASE("repository/save_config: fields of a later version outlive a change") {
  const auto store = with_config(Json::Object{{"future", 3}, {"manifest", Json::Object{{"more", "text"}}}});
  auto repo = Repo::open(store);
  RepositoryConfig config = repo.config();
  config.compression.level = 4;
  repo.save_config(config);
  CHECK(format::config_json(Repo::open(store).config()).text() ==
        R"({"compression":{"level":4},"manifest":{"more":"text"},"future":3})");
}

TEST_CASE("repository/save_config: trap 22: flags of a folder are refused on a store that others write conditionally") {
  const support::TempDir folder;
  Options options;
  options.config.storage = Json::Object{{"unsafe_use_conditional_update", false}};
  auto local = Repository<storage::Local>::create(storage::Local(folder.path()), options);
  CHECK(local.config() == options.config);
  auto any = Repository<storage::erased::Handle>::open(storage::erased::Handle(storage::Local(folder.path())));
  any.save_config(options.config);

  const auto copied = with_config(format::config_json(options.config));
  auto repo = Repo::open(copied);
  chunk_objects(repo);  // commits conditionally all the same
  RepositoryConfig config = repo.config();
  const Error refused = error_of([&] { repo.save_config(config); });
  CHECK(refused.code() == errc::invalid_argument);
  CHECK(std::string(refused.what()).find("storage.unsafe_use_conditional_update") != std::string::npos);
  config.storage = Json::Object{{"unsafe_use_conditional_create", false}};
  CHECK(error_of([&] { repo.save_config(config); }).code() == errc::invalid_argument);
  config.storage = Json::Object{{"unsafe_use_conditional_create", true}};
  repo.save_config(config);
  CHECK(error_of([&] { Repo::create({}, options); }).code() == errc::invalid_argument);
}

TEST_CASE("repository/save_config: format 1 keeps its configuration in a file of its own, which is read on request") {
  const storage::Memory store;
  const auto put = [&](std::string_view key, std::string_view text) {
    block_on(storage::Memory(store).put(key, as_bytes(text), PutCondition::always())).value();
  };
  put("refs/branch.main/ref.json", R"({"snapshot":"1CECHNKREP0F1RSTCMT0"})");
  CHECK(Repo::open(store).config() == RepositoryConfig());
  put("config.yaml", "compression:\n  level: 7\n");
  CHECK(error_of([&] { Repo::open(store).config(); }).code() == errc::unsupported_operation);
  Options options;
  options.parse_config_yaml = format::parse_config_yaml;
  auto repo = Repo::open(store, options);
  CHECK(repo.config().compression.level == 7);
  CHECK(error_of([&] { repo.save_config(RepositoryConfig()); }).code() == errc::read_only_repository);
  put("config.yaml", "compression: [");
  CHECK(error_of([&] { repo.config(); }).code() == errc::corrupt);
}
