// SPDX-License-Identifier: Apache-2.0
// varve as a process that another language drives: reads commands from its input, one JSON object a line, and answers
// each with one line, {"ok": value} or {"error": kind, "message": text, "conflicts": [...]}. It keeps one repository
// open, in a folder or at a URL, and any number of sessions of it by number.
#include <varve/conflict/all.hpp>
#include <varve/conflict/attributes.hpp>
#include <varve/conflict/grow.hpp>
#include <varve/format/config_yaml.hpp>
#include <varve/repository/migrate.hpp>
#include <varve/repository/repository.hpp>
#include <varve/storage/any.hpp>
#include <varve/storage/local.hpp>

#include "interop/programs/answers.hpp"

#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

using namespace varve;
using interop::answer;
using interop::Request;
using interop::version;

namespace {

/// A policy that is chosen for each rebase: its copies share the choice.
class Chosen {
 public:
  void choose(const std::string& name) {
    if (name != "fail" && name != "ours" && name != "theirs" && name != "larger" && name != "attributes" && name != "grow" &&
        name != "append") {
      Error(errc::invalid_argument, "choose policy", name).raise();
    }
    *name_ = name;
  }
  conflict::Decision resolve(const Conflict& conflict) const {
    if (*name_ == "ours" || *name_ == "larger") return conflict::Ours{}.resolve(conflict);
    if (*name_ == "theirs") return conflict::Theirs{}.resolve(conflict);
    return conflict::Decision::fail;
  }
  conflict::Decision resolve_chunk(conflict::ChunkConflict& chunk) const {
    if (*name_ == "ours") return conflict::Decision::ours;
    if (*name_ == "theirs") return conflict::Decision::theirs;
    if (*name_ != "larger") return conflict::Decision::fail;
    return chunk.merge([](auto /*base*/, auto ours, auto theirs)
                         requires requires { ours < theirs; }
                       { return ours < theirs ? theirs : ours; });
  }
  conflict::Decision resolve_metadata(conflict::MetadataConflict& node) const {
    if (*name_ == "attributes") return conflict::MergeAttributes().resolve_metadata(node);
    if (*name_ == "grow") return conflict::All(conflict::Grow(), conflict::MergeAttributes()).resolve_metadata(node);
    if (*name_ == "append") return conflict::All(conflict::Append(), conflict::MergeAttributes()).resolve_metadata(node);
    return conflict::Decision::fail;
  }

 private:
  std::shared_ptr<std::string> name_ = std::make_shared<std::string>("fail");
};

using Repo = Repository<storage::Any, codec::Default, cache::Lru, Chosen>;
using Session = Repo::SessionType;

class Server {
 public:
  Server() {
    add_repository_commands();
    add_ref_commands();
    add_history_commands();
    add_settings_commands();
    add_session_commands();
    add_array_commands();
    add_store_commands();
  }

  Json run(const Request& request) {
    const auto command = commands_.find(request.text("do"));
    if (command == commands_.end()) Error(errc::invalid_argument, "find command", request.text("do")).raise();
    return command->second(request);
  }

 private:
  using Command = std::function<Json(const Request&)>;

  Repo& repo() {
    if (!repo_) Error(errc::invalid_argument, "run command", {}, "no repository is open").raise();
    return *repo_;
  }
  const Session& session(const Request& request) {
    const auto found = sessions_.find(request.number<int>("session"));
    if (found == sessions_.end()) Error(errc::invalid_argument, "find session").raise();
    return found->second;
  }
  Json keep(Session session) {
    sessions_.emplace(++last_session_, std::move(session));
    return last_session_;
  }
  /// What the request calls its folder: one, or a URL.
  static storage::Any place(const Request& request) {
    const std::string folder = request.text("folder");
    return folder.find("://") == std::string::npos ? storage::Any(storage::Local(folder)) : storage::Any(folder);
  }
  static Options options(const Request& request) {
    Options options;
    if (request.find("inline_chunk_bytes") != nullptr) options.inline_chunk_bytes = request.number<std::size_t>("inline_chunk_bytes");
    options.chunk_refs_per_manifest = request.number("chunk_refs_per_manifest", options.chunk_refs_per_manifest);
    if (request.find("updates_per_repo_info") != nullptr) {
      options.updates_per_repo_info = request.number<std::size_t>("updates_per_repo_info");
    }
    if (const Json* offset = request.find("clock_offset_seconds")) {  // of a machine whose clock is wrong
      options.environment.now = [by = std::chrono::seconds(*offset->as_int())] { return Environment().now() + by; };
    }
    if (const Json* config = request.find("config")) options.config = format::parse_config(*config, "request").value();
    options.parse_config_yaml = format::parse_config_yaml;
    return options;
  }
  void keep(Repo repo) {
    sessions_.clear();
    repo_.emplace(std::move(repo));
  }

  void add_repository_commands() {
    const auto policies = [this] { return Repo::Policies{.cache = {}, .conflicts = policy_}; };
    commands_["migrate"] = [](const Request& r) -> Json {
      MigrateOptions options;
      options.dry_run = r.flag("dry_run");
      const Migrated done = migrate(place(r), options);
      return Json::Object{{"snapshots", done.snapshots}, {"branches", done.branches}, {"tags", done.tags},
                          {"deleted_tags", done.deleted_tags}, {"operations", done.operations}, {"config", done.config},
                          {"deleted_keys", interop::texts(done.deleted_keys)}};
    };
    commands_["create"] = [=, this](const Request& r) -> Json {
      keep(Repo::create(place(r), options(r), policies()));
      return true;
    };
    commands_["open"] = [=, this](const Request& r) -> Json {
      keep(Repo::open(place(r), options(r), policies()));
      return true;
    };
    commands_["open_or_create"] = [=, this](const Request& r) -> Json {
      keep(Repo::open_or_create(place(r), options(r), policies()));
      return true;
    };
    commands_["exists"] = [](const Request& r) -> Json { return Repo::exists(place(r)); };
    commands_["spec_version"] = [this](const Request&) -> Json { return repo().spec_version(); };
  }

  void add_ref_commands() {
    commands_["list_branches"] = [this](const Request&) { return interop::texts(repo().list_branches()); };
    commands_["lookup_branch"] = [this](const Request& r) -> Json {
      return repo().lookup_branch(r.text("name")).to_string();
    };
    commands_["create_branch"] = [this](const Request& r) -> Json {
      repo().create_branch(r.text("name"), interop::snapshot_id(r.text("snapshot")));
      return true;
    };
    commands_["reset_branch"] = [this](const Request& r) -> Json {
      std::optional<SnapshotId> expected;
      if (r.find("expected") != nullptr) expected = interop::snapshot_id(r.text("expected"));
      repo().reset_branch(r.text("name"), interop::snapshot_id(r.text("snapshot")), expected);
      return true;
    };
    commands_["delete_branch"] = [this](const Request& r) -> Json {
      repo().delete_branch(r.text("name"));
      return true;
    };
    commands_["list_tags"] = [this](const Request&) { return interop::texts(repo().list_tags()); };
    commands_["lookup_tag"] = [this](const Request& r) -> Json { return repo().lookup_tag(r.text("name")).to_string(); };
    commands_["create_tag"] = [this](const Request& r) -> Json {
      repo().create_tag(r.text("name"), interop::snapshot_id(r.text("snapshot")));
      return true;
    };
    commands_["delete_tag"] = [this](const Request& r) -> Json {
      repo().delete_tag(r.text("name"));
      return true;
    };
  }

  void add_history_commands() {
    commands_["resolve"] = [this](const Request& r) -> Json { return repo().resolve(version(r)).to_string(); };
    commands_["ancestry"] = [this](const Request& r) {
      Json::Array snapshots;
      for (const auto& snapshot : repo().ancestry(version(r))) snapshots.push_back(answer(snapshot));
      return Json(std::move(snapshots));
    };
    commands_["ops_log"] = [this](const Request&) {
      Json::Array updates;
      for (const auto& update : repo().ops_log()) updates.push_back(answer(update));
      return Json(std::move(updates));
    };
    commands_["expire"] = [this](const Request& r) -> Json {
      ExpireOptions options;
      options.older_than = Timestamp(std::chrono::microseconds(r.number<std::int64_t>("older_than")));
      options.delete_expired_branches = r.flag("branches");
      options.delete_expired_tags = r.flag("tags");
      options.dry_run = r.flag("dry_run");
      const Expired expired = repo().expire_snapshots(options);
      const auto ids = [](const std::vector<SnapshotId>& snapshots) {
        Json::Array list;
        for (const SnapshotId& id : snapshots) list.emplace_back(id.to_string());
        return Json(std::move(list));
      };
      return Json::Object{{"released", ids(expired.released)},
                          {"edited", ids(expired.edited)},
                          {"deleted_branches", interop::texts(expired.deleted_branches)},
                          {"deleted_tags", interop::texts(expired.deleted_tags)}};
    };
    commands_["collect"] = [this](const Request& r) -> Json {
      CollectOptions options;
      options.older_than = Timestamp(std::chrono::microseconds(r.number<std::int64_t>("older_than")));
      options.dry_run = r.flag("dry_run");
      options.keep_recent_tips = r.flag("keep_recent_tips");
      if (r.find("orphan_backups") != nullptr) {
        options.orphan_backups = Timestamp(std::chrono::microseconds(r.number<std::int64_t>("orphan_backups")));
      }
      const Collected gone = repo().garbage_collect(options);
      return Json::Object{{"bytes", gone.bytes}, {"chunks", gone.chunks}, {"manifests", gone.manifests},
                          {"snapshots", gone.snapshots}, {"transaction_logs", gone.transaction_logs},
                          {"backups", gone.backups}};
    };
    // Of a folder, since what is broken cannot be opened.
    commands_["verify"] = [](const Request& r) -> Json {
      VerifyOptions options;
      options.deep = r.flag("deep");
      return answer(Repository<storage::Any>::attach(place(r)).verify(options));
    };
    commands_["repair"] = [](const Request& r) -> Json {
      RepairOptions options;
      options.deep = r.flag("deep");
      options.drop_refs = r.flag("drop_refs");
      options.dry_run = r.flag("dry_run");
      const RepairReport report = Repository<storage::Any>::attach(place(r)).repair(options);
      Json::Array actions;
      for (const RepairAction& action : report.actions) {
        actions.push_back(Json::Array{Json(varve::name_of(action.kind)), Json(action.object), Json(action.what)});
      }
      return Json::Object{{"before", answer(report.before)}, {"actions", std::move(actions)}, {"left", interop::texts(report.left)}};
    };
    commands_["stats"] = [this](const Request& r) -> Json {
      const bool one = r.find("branch") != nullptr || r.find("tag") != nullptr || r.find("snapshot") != nullptr;
      const RepositoryStats stats = one ? repo().stats(version(r)) : repo().stats();
      const auto told = [](const ChunkStats& s) -> Json {
        return Json::Object{{"native", s.native_bytes},           {"inline", s.inline_bytes},
                            {"virtual", s.virtual_bytes},         {"native_chunks", s.native_chunks},
                            {"inline_chunks", s.inline_chunks}, {"virtual_chunks", s.virtual_chunks}};
      };
      Json::Object arrays;
      for (const auto& [path, array] : stats.arrays) arrays.emplace_back(path, told(array));
      return Json::Object{{"total", told(stats.total)}, {"arrays", std::move(arrays)}, {"snapshots", stats.snapshots}};
    };
    commands_["inspect"] = [this](const Request& r) { return repo().inspect(r.text("key")); };
    commands_["rewrite_manifests"] = [this](const Request& r) -> Json {
      RewriteOptions options;
      options.amend = r.flag("amend");
      if (const Json* metadata = r.find("metadata")) {
        for (const auto& [name, value] : *metadata->as_object()) options.metadata.emplace(name, value);
      }
      return repo().rewrite_manifests(r.text("branch"), r.text("message"), std::move(options)).to_string();
    };
    commands_["diff"] = [this](const Request& r) { return answer(repo().diff(version(r, "from_"), version(r, "to_"))); };
  }

  void add_settings_commands() {
    commands_["metadata"] = [this](const Request&) -> Json {
      Json::Object metadata;
      for (const auto& [name, value] : repo().metadata()) metadata.emplace_back(name, value);
      return metadata;
    };
    commands_["change_metadata"] = [this](const Request& r) -> Json {
      Metadata metadata;
      for (const auto& [name, value] : *r.at("metadata").as_object()) metadata.emplace(name, value);
      r.flag("replace") ? repo().set_metadata(std::move(metadata)) : repo().update_metadata(std::move(metadata));
      return true;
    };
    commands_["config"] = [this](const Request&) -> Json { return format::config_json(repo().config()); };
    commands_["save_config"] = [this](const Request& r) -> Json {
      repo().save_config(format::parse_config(r.at("config"), "request").value());
      return true;
    };
    commands_["repo_status"] = [this](const Request&) -> Json {
      const RepoStatus status = repo().status();
      return Json::Object{{"online", status.availability == RepoAvailability::online},
                          {"reason", status.reason ? Json(*status.reason) : Json()},
                          {"set_at", interop::microseconds(status.set_at)}};
    };
    commands_["set_status"] = [this](const Request& r) -> Json {
      const Json* reason = r.find("reason");
      repo().set_status(r.flag("online") ? RepoAvailability::online : RepoAvailability::read_only,
                        reason == nullptr ? std::nullopt : std::optional(*reason->as_string()));
      return true;
    };
    commands_["features"] = [this](const Request&) -> Json {
      Json::Object features;
      for (const FeatureState& state : repo().features()) {
        features.emplace_back(std::to_string(static_cast<int>(state.feature)),
                              Json::Array{Json(state.enabled), Json(state.is_set)});
      }
      return features;
    };
    commands_["set_feature"] = [this](const Request& r) -> Json {
      const Json* enabled = r.find("enabled");
      repo().set_feature(static_cast<Feature>(r.number<std::uint16_t>("feature")),
                         enabled == nullptr ? std::nullopt : std::optional(*enabled->as_bool()));
      return true;
    };
  }

  void add_session_commands() {
    commands_["writable_session"] = [this](const Request& r) { return keep(repo().writable_session(r.text("branch"))); };
    commands_["rearrange_session"] = [this](const Request& r) { return keep(repo().rearrange_session(r.text("branch"))); };
    commands_["move"] = [this](const Request& r) -> Json {
      session(r).move(r.text("from"), r.text("to"));
      return true;
    };
    // A counter: reads the first element of an array of int32 and stores one more.
    commands_["count"] = [this](const Request& r) -> Json {
      int runs = 0;
      const auto id = repo().transaction(r.text("branch", "main"), r.text("message"), [&](Session& s) {
        ++runs;
        auto array = s.open_array<std::int32_t, 1>(r.text("path"));
        const Box<1> first{{0}, {1}};
        std::vector<std::int32_t> value(1);
        array.read(first, value);
        ++value[0];
        array.write(first, value);
      });
      return Json::Object{{"snapshot", id.to_string()}, {"runs", runs}};
    };
    commands_["readonly_session"] = [this](const Request& r) { return keep(repo().readonly_session(version(r))); };
    commands_["end"] = [this](const Request& r) -> Json { return sessions_.erase(r.number<int>("session")) == 1; };
    commands_["fork"] = [this](const Request& r) -> Json { return interop::hex(session(r).fork()); };
    commands_["forked_session"] = [this](const Request& r) {
      return keep(repo().forked_session(interop::bytes_of_hex(r.text("fork"))));
    };
    commands_["changes"] = [this](const Request& r) -> Json { return interop::hex(session(r).changes()); };
    commands_["merge"] = [this](const Request& r) -> Json {
      session(r).merge(interop::bytes_of_hex(r.text("changes")));
      return true;
    };
    commands_["session"] = [this](const Request& r) -> Json {
      const Session& s = session(r);
      const auto branch = s.branch();
      return Json::Object{{"snapshot", s.snapshot_id().to_string()},
                          {"branch", branch ? Json(*branch) : Json()},
                          {"writable", s.writable()},
                          {"has_changes", s.has_changes()}};
    };
    commands_["manifests"] = [this](const Request& r) {
      Json::Array files;
      for (const ManifestFile& file : session(r).manifests()) {
        files.push_back(Json::Object{{"id", file.id.to_string()}, {"size_bytes", file.size_bytes}, {"num_chunk_refs", file.num_chunk_refs}});
      }
      return Json(std::move(files));
    };
    commands_["nodes"] = [this](const Request& r) {
      Json::Array nodes;
      for (const NodeInfo& node : session(r).nodes(r.text("below", "/"))) {
        nodes.push_back(Json::Object{{"path", node.path.text()},
                                     {"id", node.id.to_string()},
                                     {"kind", node.kind == NodeKind::array ? "array" : "group"},
                                     {"zarr_json", *node.zarr_json}});
      }
      return Json(std::move(nodes));
    };
    commands_["status"] = [this](const Request& r) { return answer(session(r).status()); };
    commands_["discard"] = [this](const Request& r) -> Json {
      session(r).discard_changes();
      return true;
    };
    commands_["commit"] = [this](const Request& r) -> Json {
      CommitOptions options;
      options.rebase_tries = r.number("rebase_tries", options.rebase_tries);
      options.allow_empty = r.flag("allow_empty");
      options.amend = r.flag("amend");
      if (const Json* metadata = r.find("metadata")) {
        for (const auto& [name, value] : *metadata->as_object()) options.metadata.emplace(name, value);
      }
      policy_.choose(r.text("policy", "fail"));
      return session(r).commit(r.text("message"), std::move(options)).to_string();
    };
    commands_["flush"] = [this](const Request& r) -> Json { return session(r).flush(r.text("message")).to_string(); };
    commands_["rebase"] = [this](const Request& r) -> Json {
      policy_.choose(r.text("policy"));
      session(r).rebase();
      return session(r).snapshot_id().to_string();
    };
  }

  void add_array_commands();
  void add_store_commands();

  Chosen policy_;
  std::optional<Repo> repo_;
  std::map<int, Session> sessions_;
  int last_session_ = 0;
  std::map<std::string, Command, std::less<>> commands_;
};

zarr::DimensionNames dimension_names(const Request& request) {
  zarr::DimensionNames names;
  const Json* given = request.find("dimension_names");
  if (given == nullptr) return names;
  for (const Json& name : *given->as_array()) {
    names.push_back(name.is_null() ? std::nullopt : std::optional(*name.as_string()));
  }
  return names;
}

Json dimension_names_json(const zarr::DimensionNames& names) {
  Json::Array out;
  for (const auto& name : names) out.push_back(name ? Json(*name) : Json());
  return Json(std::move(out));
}

/// The function that a list of pairs of indices makes; none without one.
ChunkMap chunk_map(const Json* pairs) {
  if (pairs == nullptr) return nullptr;
  using Index = std::vector<std::uint32_t>;
  const auto index = [](const Json& numbers) {
    Index out;
    for (const Json& number : *numbers.as_array()) out.push_back(static_cast<std::uint32_t>(*number.as_int()));
    return out;
  };
  std::map<Index, Index> known;
  for (const Json& pair : *pairs->as_array()) known.emplace(index((*pair.as_array())[0]), index((*pair.as_array())[1]));
  return [known](std::span<const std::uint32_t> index) -> std::optional<Index> {
    const auto found = known.find(Index(index.begin(), index.end()));
    return found == known.end() ? std::nullopt : std::optional(found->second);
  };
}

BoxN box(const Request& request) { return BoxN{request.numbers("origin"), request.numbers("shape")}; }

void Server::add_array_commands() {
  commands_["create_group"] = [this](const Request& r) -> Json {
    session(r).create_group(r.text("path"), r.text("attributes", "{}"));
    return true;
  };
  commands_["create_array"] = [this](const Request& r) -> Json {
    AnyArrayOptions options;
    options.data_type = r.text("data_type");
    options.shape = r.numbers("shape");
    options.chunks = r.numbers("chunks");
    if (const Json* edges = r.find("chunk_edges")) {
      for (const Json& dimension : *edges->as_array()) {
        auto& lengths = options.chunk_edges.emplace_back();
        for (const Json& length : *dimension.as_array()) lengths.push_back(static_cast<std::uint64_t>(*length.as_int()));
      }
    }
    options.codecs = codec::parse_specs(r.at("codecs")).value();
    if (const Json* fill = r.find("fill_value")) options.fill_value = *fill;
    options.dimension_names = dimension_names(r);
    options.attributes = r.text("attributes", "{}");
    session(r).root().create_array(r.text("path"), options);
    return true;
  };
  commands_["array"] = [this](const Request& r) -> Json {
    const auto array = session(r).open_array(r.text("path"));
    return Json::Object{{"data_type", array.data_type()},
                        {"shape", interop::list(array.shape())},
                        {"chunks", interop::list(array.chunks())},
                        {"dimension_names", dimension_names_json(array.dimension_names())},
                        {"fill_value", array.fill_value()},
                        {"codecs", codec::specs_json(array.codecs())}};
  };
  commands_["read"] = [this](const Request& r) -> Json {
    const auto array = session(r).open_array(r.text("path"));
    return interop::hex(r.find("origin") != nullptr ? array.read_bytes(box(r)) : array.read_bytes());
  };
  commands_["write"] = [this](const Request& r) -> Json {
    session(r).open_array(r.text("path")).write_bytes(box(r), interop::bytes_of_hex(r.text("data")));
    return true;
  };
  commands_["append"] = [this](const Request& r) -> Json {
    const auto array = session(r).open_array(r.text("path"));
    array.append_bytes(r.number<std::size_t>("dimension"), interop::bytes_of_hex(r.text("data")));
    return true;
  };
  commands_["resize"] = [this](const Request& r) -> Json {
    session(r).open_array(r.text("path")).resize(r.numbers("shape"));
    return true;
  };
  commands_["shift"] = [this](const Request& r) -> Json {
    session(r).open_array(r.text("path")).shift(r.numbers<std::int64_t>("offset"));
    return true;
  };
  commands_["reindex"] = [this](const Request& r) -> Json {
    session(r).open_array(r.text("path")).reindex(chunk_map(r.find("forward")), chunk_map(r.find("backward")));
    return true;
  };
  commands_["list_chunks"] = [this](const Request& r) {
    Json::Array chunks;
    for (const ListedChunk& chunk : session(r).open_array(r.text("path")).list_chunks()) {
      const ChunkPayload& payload = chunk.payload;
      const bool native = payload.kind() == ChunkPayload::Kind::native, inlined = payload.kind() == ChunkPayload::Kind::inlined;
      chunks.push_back(Json::Object{{"index", interop::list(chunk.index)},
                                    {"kind", native ? "native" : inlined ? "inline" : "virtual"},
                                    {"where", native ? payload.chunk_id().to_string() : std::string(payload.url())},
                                    {"offset", payload.offset()},
                                    {"length", payload.length()}});
    }
    return Json(std::move(chunks));
  };
  commands_["attributes"] = [this](const Request& r) -> Json {
    for (const NodeInfo& node : session(r).nodes(r.text("path"))) {
      if (node.path.text() == r.text("path")) return zarr::attributes_of(*node.zarr_json, node.path.text()).value();
    }
    Error(errc::node_not_found, "read attributes", r.text("path")).raise();
  };
  commands_["set_attributes"] = [this](const Request& r) -> Json {
    const Session& s = session(r);
    const std::string path = r.text("path");
    // A node that is no group is an array, which may be of a kind that this program cannot open.
    for (const NodeInfo& node : s.nodes(path)) {
      if (node.path.text() != path || node.kind == NodeKind::group) continue;
      const std::string key = path.substr(1) + (path == "/" ? "zarr.json" : "/zarr.json");
      const auto text = zarr::with_attributes(*node.zarr_json, r.text("attributes")).value();
      s.store().set(key, copy_bytes(as_bytes(text)));
      return true;
    }
    s.open_group(path).set_attributes(r.text("attributes"));
    return true;
  };
  commands_["delete"] = [this](const Request& r) -> Json {
    session(r).delete_node(r.text("path"));
    return true;
  };
}

void Server::add_store_commands() {
  commands_["store_get"] = [this](const Request& r) -> Json {
    const auto value = session(r).store().get(r.text("key"));
    return value ? Json(interop::hex(*value)) : Json();
  };
  commands_["store_set"] = [this](const Request& r) -> Json {
    session(r).store().set(r.text("key"), interop::bytes_of_hex(r.text("data")));
    return true;
  };
  commands_["store_exists"] = [this](const Request& r) -> Json { return session(r).store().exists(r.text("key")); };
  commands_["store_erase"] = [this](const Request& r) -> Json {
    session(r).store().erase(r.text("key"));
    return true;
  };
  commands_["store_list"] = [this](const Request& r) { return interop::texts(session(r).store().list_prefix(r.text("prefix", ""))); };
  commands_["store_list_dir"] = [this](const Request& r) {
    return interop::texts(session(r).store().list_dir(r.text("prefix", "")));
  };
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  Server server;
  std::string line;
  while (std::getline(std::cin, line)) {
    Json said;
    try {
      const Request request(zarr::parse_json(line, "request").value());
      said = Json::Object{{"ok", server.run(request)}};
    } catch (const Error& error) {
      said = answer(error);
    }
    std::cout << said.text() << std::endl;
  }
}
