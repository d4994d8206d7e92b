// SPDX-License-Identifier: Apache-2.0
#include "graph.hpp"

#include <algorithm>
#include <optional>

namespace varve::cli {

std::vector<GraphRow> lay_out(const std::vector<SnapshotInfo>& snapshots) {
  std::vector<std::optional<SnapshotId>> lanes;  // the snapshot that each column's line leads to
  std::vector<GraphRow> rows;
  for (const SnapshotInfo& snapshot : snapshots) {
    GraphRow row;
    std::vector<std::size_t> mine;
    for (std::size_t i = 0; i != lanes.size(); ++i) {
      if (lanes[i] == snapshot.id) mine.push_back(i);
    }
    if (mine.empty()) {
      const auto free = std::find(lanes.begin(), lanes.end(), std::nullopt);
      mine.push_back(static_cast<std::size_t>(free - lanes.begin()));
      if (free == lanes.end()) lanes.emplace_back();
    }
    row.lane = mine.front();
    row.joins.assign(mine.begin() + 1, mine.end());
    for (const std::size_t lane : row.joins) lanes[lane] = std::nullopt;
    row.ends = !snapshot.parent;
    lanes[row.lane] = snapshot.parent;
    for (std::size_t i = 0; i != lanes.size(); ++i) {
      if (lanes[i] && i != row.lane) row.passes.push_back(i);
    }
    while (!lanes.empty() && !lanes.back()) lanes.pop_back();
    rows.push_back(std::move(row));
  }
  return rows;
}

namespace {

std::string columns(const GraphRow& row, char at_lane) {
  std::size_t last = row.lane;
  for (const std::size_t lane : row.passes) last = std::max(last, lane);
  std::string text(2 * last + 1, ' ');
  for (const std::size_t lane : row.passes) text[2 * lane] = '|';
  text[2 * row.lane] = at_lane;
  return text;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

}  // namespace

std::string node_line(const GraphRow& row) { return columns(row, '*'); }

std::string join_line(const GraphRow& row) {
  if (row.joins.empty()) return "";
  std::string text = columns(row, '|');
  text.resize(std::max(text.size(), 2 * row.joins.back()), ' ');
  for (std::size_t column = 2 * row.lane + 1; column < 2 * row.joins.back(); ++column) {
    if (text[column] == ' ') text[column] = '_';
  }
  for (const std::size_t lane : row.joins) text[2 * lane - 1] = '/';
  return text;
}

std::string svg(const History& history) {
  constexpr int row_height = 26, lane_width = 18, margin = 20;
  constexpr const char* colours[] = {"#1f6feb", "#bf3989", "#1a7f37", "#bc4c00",
                                     "#8250df", "#0a7ea4", "#9a6700", "#cf222e"};
  const auto rows = lay_out(history.snapshots);
  std::size_t lanes = 1;
  for (const GraphRow& row : rows) {
    lanes = std::max(lanes, row.lane + 1);
    for (const std::size_t lane : row.joins) lanes = std::max(lanes, lane + 1);
    for (const std::size_t lane : row.passes) lanes = std::max(lanes, lane + 1);
  }
  const auto number = [](std::size_t value) { return std::to_string(value); };
  const auto x = [&](std::size_t lane) { return margin + lane * lane_width; };
  const auto y = [&](std::size_t row) { return margin + row * row_height; };
  const auto colour = [&](std::size_t lane) { return std::string(colours[lane % 8]); };
  std::string lines, nodes;
  std::map<SnapshotId, std::size_t> place;
  for (std::size_t i = 0; i != rows.size(); ++i) place.emplace(history.snapshots[i].id, i);
  for (std::size_t i = 0; i != rows.size(); ++i) {
    const SnapshotInfo& snapshot = history.snapshots[i];
    const std::size_t lane = rows[i].lane;
    if (const auto parent = snapshot.parent ? place.find(*snapshot.parent) : place.end(); parent != place.end()) {
      // Down its own column, and over to the parent in the last row.
      const std::size_t to = parent->second;
      lines += "<path d=\"M" + number(x(lane)) + " " + number(y(i)) + " V" + number(y(to) - row_height) + " L" +
               number(x(rows[to].lane)) + " " + number(y(to)) + "\" stroke=\"" + colour(lane) + "\"/>\n";
    }
    nodes += "<circle cx=\"" + number(x(lane)) + "\" cy=\"" + number(y(i)) + "\" r=\"5\" fill=\"" + colour(lane) +
             "\"><title>" + snapshot.id.to_string() + " " + time_json(snapshot.flushed_at) + "</title></circle>\n";
    std::string text = "<tspan class=\"id\">" + snapshot.id.to_string().substr(0, 8) + "</tspan>";
    for (const auto& [refs, kind] : {std::pair(&history.branches, "branch"), std::pair(&history.tags, "tag")}) {
      const auto found = refs->find(snapshot.id);
      if (found == refs->end()) continue;
      for (const std::string& name : found->second) {
        text += " <tspan class=\"" + std::string(kind) + "\">" + escaped(name) + "</tspan>";
      }
    }
    text += " " + escaped(snapshot.message) + " <tspan class=\"time\">" + time_text(snapshot.flushed_at) + "</tspan>";
    nodes += "<text x=\"" + number(x(lanes)) + "\" y=\"" + number(y(i) + 4) + "\">" + text + "</text>\n";
  }
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(x(lanes) + 800) + "\" height=\"" +
         number(y(rows.size())) +
         "\">\n<style>text{font:13px sans-serif;fill:#24292f}.id{font-family:monospace;fill:#9a6700}"
         ".branch{font-weight:bold;fill:#1a7f37}.tag{font-weight:bold;fill:#8250df}.time{fill:#8c959f;font-size:11px}"
         "path{fill:none;stroke-width:2}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n" +
         lines + nodes + "</svg>\n";
}

}  // namespace varve::cli
