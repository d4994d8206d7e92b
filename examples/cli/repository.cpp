// SPDX-License-Identifier: Apache-2.0
// create, ls, tree, inspect.
#include "frame.hpp"
#include "refspec.hpp"

#include <varve/zarr/metadata.hpp>

#include <algorithm>

namespace varve::cli {

namespace {

struct Options {
  std::string url, ref = "main", below = "/", key;
  std::size_t most_refs = 1000;
};

struct Described {
  std::string type, shape, chunks, codecs, dimensions;
};

/// What a line says of an array; less, if it is of a kind that varve does not read.
Described describe(const NodeInfo& node) {
  Described about;
  const auto array = zarr::parse_array(*node.zarr_json, node.path.text());
  if (!array) {
    about.type = "?";
    if (const auto outline = zarr::outline(*node.zarr_json, node.path.text())) about.shape = list_text(outline->shape);
    return about;
  }
  about.type = std::string(zarr::name_of(array->data_type));
  about.shape = list_text(array->shape);
  about.chunks = (array->is_regular() ? "" : "up to ") + list_text(array->chunk_shape);
  for (const codec::Spec& codec : array->codecs) (about.codecs += about.codecs.empty() ? "" : " ") += codec.name;
  if (array->dimension_names) {
    for (const auto& name : *array->dimension_names) {
      (about.dimensions += about.dimensions.empty() ? "" : ", ") += name.value_or("-");
    }
  }
  return about;
}

Json json_of(const NodeInfo& node) {
  Json::Object object{{"path", node.path.text()},
                      {"kind", node.kind == NodeKind::array ? "array" : "group"},
                      {"id", node.id.to_string()}};
  if (node.kind == NodeKind::array) {
    if (const auto array = zarr::parse_array(*node.zarr_json, node.path.text())) {
      object.emplace_back("data_type", zarr::name_of(array->data_type));
      object.emplace_back("shape", json_list(array->shape));
      object.emplace_back("chunks", json_list(array->chunk_shape));
      Json::Array edges;
      for (const zarr::ChunkEdges& dimension : array->chunk_edges) edges.push_back(dimension.json());
      if (!array->is_regular()) object.emplace_back("chunk_edges", std::move(edges));
      Json::Array codecs;
      for (const codec::Spec& codec : array->codecs) codecs.push_back(codec.name);
      object.emplace_back("codecs", std::move(codecs));
      Json::Array names;
      for (const auto& name : array->dimension_names.value_or(zarr::DimensionNames()))
        names.push_back(name ? Json(*name) : Json());
      object.emplace_back("dimension_names", std::move(names));
    }
  }
  const auto attributes = zarr::attributes_of(*node.zarr_json, node.path.text());
  if (attributes) {
    if (auto parsed = zarr::parse_json(*attributes, "attributes"))
      object.emplace_back("attributes", *std::move(parsed));
  }
  return object;
}

void create(const Options& given, const Frame& frame) {
  const Repo repo = Repo::create(given.url);
  const std::string id = repo.resolve(Branch("main")).to_string();
  if (frame.json) return frame.answer(Json::Object{{"url", given.url}, {"branch", "main"}, {"snapshot", id}});
  frame.line("created " + given.url + " with the branch " + frame.paint(Style::name, "main") + " at " +
             frame.paint(Style::id, id));
}

/// The nodes at and below a path. Errors: `errc::node_not_found` with what was meant perhaps.
std::vector<NodeInfo> nodes_of(const Options& given) {
  const Repo repo = Repo::open(given.url);
  const Session session = repo.read(resolve(repo, given.ref));
  std::vector<NodeInfo> nodes = session.nodes(given.below);
  const Path below = Path::parse(given.below).value();
  if (nodes.empty() && !below.is_root()) {
    std::vector<std::string> paths;
    for (const NodeInfo& node : session.nodes("/")) paths.push_back(node.path.text());
    throw Error(errc::node_not_found, "list nodes", below.text(), suggestion(below.text(), paths));
  }
  return nodes;
}

void list(const Options& given, const Frame& frame) {
  const auto nodes = nodes_of(given);
  if (frame.json) {
    Json::Array all;
    for (const NodeInfo& node : nodes) all.push_back(json_of(node));
    return frame.answer(all);
  }
  Table table({"path", "kind", "type", "shape", "chunks", "codecs", "dimensions"}, {Style::name});
  for (const NodeInfo& node : nodes) {
    if (node.kind == NodeKind::group) {
      table.add({node.path.text(), "group", "", "", "", "", ""});
    } else {
      const Described about = describe(node);
      table.add({node.path.text(), "array", about.type, about.shape, about.chunks, about.codecs, about.dimensions});
    }
  }
  table.print(frame);
}

void tree(const Options& given, const Frame& frame) {
  const auto nodes = nodes_of(given);
  // Children by parent: nodes are sorted by whole paths as bytes, which is not the order of a tree.
  std::map<std::string, std::vector<const NodeInfo*>> children;
  const std::string top = Path::parse(given.below).value().text();
  for (const NodeInfo& node : nodes) {
    if (node.path.text() != top) children[node.path.parent().text()].push_back(&node);
  }
  if (frame.json) {
    const auto object = [&](const auto& self, const NodeInfo& node) -> Json {
      Json::Object about = *json_of(node).as_object();
      if (node.kind == NodeKind::group) {
        Json::Array below;
        for (const NodeInfo* child : children[node.path.text()]) below.push_back(self(self, *child));
        about.emplace_back("children", std::move(below));
      }
      return about;
    };
    return frame.answer(nodes.empty() ? Json() : object(object, nodes.front()));
  }
  frame.line(frame.paint(Style::strong, top));
  const auto print = [&](const auto& self, const std::string& path, const std::string& indent) -> void {
    const auto& below = children[path];
    for (const NodeInfo* child : below) {
      const bool last = child == below.back();
      const std::string name = child->path.text().substr(child->path.text().rfind('/') + 1);
      std::string text = indent + (last ? "└── " : "├── ") +
                         frame.paint(child->kind == NodeKind::group ? Style::strong : Style::name, name);
      if (child->kind == NodeKind::array) {
        const Described about = describe(*child);
        text += "  " + about.type + " " + about.shape +
                frame.paint(Style::faint, about.dimensions.empty() ? "" : " (" + about.dimensions + ")");
      }
      frame.line(text);
      self(self, child->path.text(), indent + (last ? "    " : "│   "));
    }
  };
  print(print, top, "");
}

void inspect(const Options& given, const Frame& frame) {
  const Json found = Repo::attach(given.url).inspect(given.key, given.most_refs);
  if (frame.json) return frame.answer(found);
  frame.line(pretty(found));
}

}  // namespace

void add_repository(CLI::App& app, Frame& frame) {
  const auto given = std::make_shared<Options>();
  auto* added = command(app, frame, "create", "Create an empty repository with the branch main",
                        "  varve create ./ocean\n  varve create 's3://bucket/ocean?region=eu-central-1'");
  url_of(added, given->url);
  added->callback([=, &frame] { create(*given, frame); });

  added = command(app, frame, "ls", "List the nodes of a version",
                  "  varve ls ./ocean\n  varve ls ./ocean /surface --ref v1");
  url_of(added, given->url);
  added->add_option("PATH", given->below, "Only this node and what is below it");
  added->add_option("--ref", given->ref, "The version: REF, by default main");
  added->callback([=, &frame] { list(*given, frame); });

  added =
      command(app, frame, "tree", "Show the hierarchy of a version as a tree", "  varve tree ./ocean --ref main@{7d}");
  url_of(added, given->url);
  added->add_option("PATH", given->below, "Only this node and what is below it");
  added->add_option("--ref", given->ref, "The version: REF, by default main");
  added->callback([=, &frame] { tree(*given, frame); });

  added = command(app, frame, "inspect", "Show what stands in a metadata object, by its key",
                  "  varve inspect ./ocean repo\n  varve inspect ./ocean snapshots/1CECHNKREP0F1RSTCMT0");
  url_of(added, given->url);
  added->add_option("KEY", given->key, "repo, snapshots/ID, manifests/ID, transactions/ID or overwritten/NAME")
      ->required();
  added->add_option("--most-refs", given->most_refs, "Chunk refs that are listed of each array");
  added->callback([=, &frame] { inspect(*given, frame); });
}

}  // namespace varve::cli
