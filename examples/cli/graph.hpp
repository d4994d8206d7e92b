// SPDX-License-Identifier: Apache-2.0
// A picture of a history: which column each snapshot stands in, and the lines between them.
#pragma once

#include "frame.hpp"
#include "refspec.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace varve::cli {

/// A row of the picture, with one snapshot in it.
struct GraphRow {
  std::size_t lane = 0;             ///< the column of the snapshot
  std::vector<std::size_t> joins;   ///< columns whose lines end in it: children that stand in others
  std::vector<std::size_t> passes;  ///< columns whose lines pass it, its own not among them
  bool ends = false;                ///< it has no parent
};

/// The rows of snapshots that are given with children before parents.
std::vector<GraphRow> lay_out(const std::vector<SnapshotInfo>& snapshots);

/// The text before a snapshot, and the line above it where others join it; empty where none do.
std::string node_line(const GraphRow& row);
std::string join_line(const GraphRow& row);

/// The whole history as an SVG document.
std::string svg(const History& history);

}  // namespace varve::cli
