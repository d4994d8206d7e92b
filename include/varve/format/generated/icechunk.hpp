// SPDX-License-Identifier: Apache-2.0
// Generated from schema/icechunk.fbs by cmake/generate_schema.sh; only the encoders (impl/*.ipp) include it.
#pragma once
#pragma GCC system_header  // no warnings are asked of generated code

#include <flatbuffers/flatbuffers.h>

namespace varve {
inline namespace v0 {
namespace format {
namespace fb {

struct ObjectId12;

struct ObjectId8;

struct MetadataItem;
struct MetadataItemBuilder;

struct ChunkRef;
struct ChunkRefBuilder;

struct ArrayManifest;
struct ArrayManifestBuilder;

struct Manifest;
struct ManifestBuilder;

struct ManifestFileInfo;

struct ManifestFileInfoV2;
struct ManifestFileInfoV2Builder;

struct ChunkIndexRange;

struct DimensionShape;

struct DimensionShapeV2;
struct DimensionShapeV2Builder;

struct DimensionName;
struct DimensionNameBuilder;

struct ManifestRef;
struct ManifestRefBuilder;

struct ArrayNodeData;
struct ArrayNodeDataBuilder;

struct GroupNodeData;
struct GroupNodeDataBuilder;

struct NodeSnapshot;
struct NodeSnapshotBuilder;

struct Snapshot;
struct SnapshotBuilder;

struct ChunkIndices;
struct ChunkIndicesBuilder;

struct ArrayUpdatedChunks;
struct ArrayUpdatedChunksBuilder;

struct MoveOperation;
struct MoveOperationBuilder;

struct TransactionLog;
struct TransactionLogBuilder;

struct Ref;
struct RefBuilder;

struct SnapshotInfo;
struct SnapshotInfoBuilder;

struct RepoStatus;
struct RepoStatusBuilder;

struct RepoInitializedUpdate;
struct RepoInitializedUpdateBuilder;

struct RepoMigratedUpdate;
struct RepoMigratedUpdateBuilder;

struct ConfigChangedUpdate;
struct ConfigChangedUpdateBuilder;

struct MetadataChangedUpdate;
struct MetadataChangedUpdateBuilder;

struct TagCreatedUpdate;
struct TagCreatedUpdateBuilder;

struct TagDeletedUpdate;
struct TagDeletedUpdateBuilder;

struct BranchCreatedUpdate;
struct BranchCreatedUpdateBuilder;

struct BranchDeletedUpdate;
struct BranchDeletedUpdateBuilder;

struct BranchResetUpdate;
struct BranchResetUpdateBuilder;

struct NewCommitUpdate;
struct NewCommitUpdateBuilder;

struct CommitAmendedUpdate;
struct CommitAmendedUpdateBuilder;

struct NewDetachedSnapshotUpdate;
struct NewDetachedSnapshotUpdateBuilder;

struct GCRanUpdate;
struct GCRanUpdateBuilder;

struct ExpirationRanUpdate;
struct ExpirationRanUpdateBuilder;

struct FeatureFlagChangedUpdate;
struct FeatureFlagChangedUpdateBuilder;

struct RepoStatusChangedUpdate;
struct RepoStatusChangedUpdateBuilder;

struct Update;
struct UpdateBuilder;

struct Repo;
struct RepoBuilder;

enum class NodeData : uint8_t {
  NONE = 0,
  Array = 1,
  Group = 2,
  MIN = NONE,
  MAX = Group
};

inline const NodeData (&EnumValuesNodeData())[3] {
  static const NodeData values[] = {
    NodeData::NONE,
    NodeData::Array,
    NodeData::Group
  };
  return values;
}

inline const char * const *EnumNamesNodeData() {
  static const char * const names[4] = {
    "NONE",
    "Array",
    "Group",
    nullptr
  };
  return names;
}

inline const char *EnumNameNodeData(NodeData e) {
  if (flatbuffers::IsOutRange(e, NodeData::NONE, NodeData::Group)) return "";
  const size_t index = static_cast<size_t>(e);
  return EnumNamesNodeData()[index];
}

template<typename T> struct NodeDataTraits {
  static const NodeData enum_value = NodeData::NONE;
};

template<> struct NodeDataTraits<varve::v0::format::fb::ArrayNodeData> {
  static const NodeData enum_value = NodeData::Array;
};

template<> struct NodeDataTraits<varve::v0::format::fb::GroupNodeData> {
  static const NodeData enum_value = NodeData::Group;
};

bool VerifyNodeData(flatbuffers::Verifier &verifier, const void *obj, NodeData type);
bool VerifyNodeDataVector(flatbuffers::Verifier &verifier, const flatbuffers::Vector<flatbuffers::Offset<void>> *values, const flatbuffers::Vector<NodeData> *types);

enum class NodeType : uint8_t {
  Group = 0,
  Array = 1,
  MIN = Group,
  MAX = Array
};

inline const NodeType (&EnumValuesNodeType())[2] {
  static const NodeType values[] = {
    NodeType::Group,
    NodeType::Array
  };
  return values;
}

inline const char * const *EnumNamesNodeType() {
  static const char * const names[3] = {
    "Group",
    "Array",
    nullptr
  };
  return names;
}

inline const char *EnumNameNodeType(NodeType e) {
  if (flatbuffers::IsOutRange(e, NodeType::Group, NodeType::Array)) return "";
  const size_t index = static_cast<size_t>(e);
  return EnumNamesNodeType()[index];
}

enum class RepoAvailability : uint8_t {
  Online = 0,
  ReadOnly = 1,
  Offline = 2,
  MIN = Online,
  MAX = Offline
};

inline const RepoAvailability (&EnumValuesRepoAvailability())[3] {
  static const RepoAvailability values[] = {
    RepoAvailability::Online,
    RepoAvailability::ReadOnly,
    RepoAvailability::Offline
  };
  return values;
}

inline const char * const *EnumNamesRepoAvailability() {
  static const char * const names[4] = {
    "Online",
    "ReadOnly",
    "Offline",
    nullptr
  };
  return names;
}

inline const char *EnumNameRepoAvailability(RepoAvailability e) {
  if (flatbuffers::IsOutRange(e, RepoAvailability::Online, RepoAvailability::Offline)) return "";
  const size_t index = static_cast<size_t>(e);
  return EnumNamesRepoAvailability()[index];
}

enum class UpdateType : uint8_t {
  NONE = 0,
  RepoInitialized = 1,
  RepoMigrated = 2,
  ConfigChanged = 3,
  MetadataChanged = 4,
  TagCreated = 5,
  TagDeleted = 6,
  BranchCreated = 7,
  BranchDeleted = 8,
  BranchReset = 9,
  NewCommit = 10,
  CommitAmended = 11,
  NewDetachedSnapshot = 12,
  GCRan = 13,
  ExpirationRan = 14,
  FeatureFlagChanged = 15,
  RepoStatusChanged = 16,
  MIN = NONE,
  MAX = RepoStatusChanged
};

inline const UpdateType (&EnumValuesUpdateType())[17] {
  static const UpdateType values[] = {
    UpdateType::NONE,
    UpdateType::RepoInitialized,
    UpdateType::RepoMigrated,
    UpdateType::ConfigChanged,
    UpdateType::MetadataChanged,
    UpdateType::TagCreated,
    UpdateType::TagDeleted,
    UpdateType::BranchCreated,
    UpdateType::BranchDeleted,
    UpdateType::BranchReset,
    UpdateType::NewCommit,
    UpdateType::CommitAmended,
    UpdateType::NewDetachedSnapshot,
    UpdateType::GCRan,
    UpdateType::ExpirationRan,
    UpdateType::FeatureFlagChanged,
    UpdateType::RepoStatusChanged
  };
  return values;
}

inline const char * const *EnumNamesUpdateType() {
  static const char * const names[18] = {
    "NONE",
    "RepoInitialized",
    "RepoMigrated",
    "ConfigChanged",
    "MetadataChanged",
    "TagCreated",
    "TagDeleted",
    "BranchCreated",
    "BranchDeleted",
    "BranchReset",
    "NewCommit",
    "CommitAmended",
    "NewDetachedSnapshot",
    "GCRan",
    "ExpirationRan",
    "FeatureFlagChanged",
    "RepoStatusChanged",
    nullptr
  };
  return names;
}

inline const char *EnumNameUpdateType(UpdateType e) {
  if (flatbuffers::IsOutRange(e, UpdateType::NONE, UpdateType::RepoStatusChanged)) return "";
  const size_t index = static_cast<size_t>(e);
  return EnumNamesUpdateType()[index];
}

template<typename T> struct UpdateTypeTraits {
  static const UpdateType enum_value = UpdateType::NONE;
};

template<> struct UpdateTypeTraits<varve::v0::format::fb::RepoInitializedUpdate> {
  static const UpdateType enum_value = UpdateType::RepoInitialized;
};

template<> struct UpdateTypeTraits<varve::v0::format::fb::RepoMigratedUpdate> {
  static const UpdateType enum_value = UpdateType::RepoMigrated;
};

template<> struct UpdateTypeTraits<varve::v0::format::fb::ConfigChangedUpdate> {
  static const UpdateType enum_value = UpdateType::ConfigChanged;
};

template<> struct UpdateTypeTraits<varve::v0::format::fb::MetadataChangedUpdate> {
  static const UpdateType enum_value = UpdateType::MetadataChanged;
};

template<> struct UpdateTypeTraits<varve::v0::format::fb::TagCreatedUpdate> {
  static const UpdateType enum_value = UpdateType::TagCreated;
};

template<> struct UpdateTypeTraits<varve::v0::format::fb::TagDeletedUpdate> {
  static const UpdateType enum_value = UpdateType::TagDeleted;
};

template<> struct UpdateTypeTraits<varve::v0::format::fb::BranchCreatedUpdate> {
  static const UpdateType enum_value = UpdateType::BranchCreated;
};

template<> struct UpdateTypeTraits<varve::v0::format::fb::BranchDeletedUpdate> {
  static const UpdateType enum_value = UpdateType::BranchDeleted;
};

template<> struct UpdateTypeTraits<varve::v0::format::fb::BranchResetUpdate> {
  static const UpdateType enum_value = UpdateType::BranchReset;
};

template<> struct UpdateTypeTraits<varve::v0::format::fb::NewCommitUpdate> {
  static const UpdateType enum_value = UpdateType::NewCommit;
};

template<> struct UpdateTypeTraits<varve::v0::format::fb::CommitAmendedUpdate> {
  static const UpdateType enum_value = UpdateType::CommitAmended;
};

template<> struct UpdateTypeTraits<varve::v0::format::fb::NewDetachedSnapshotUpdate> {
  static const UpdateType enum_value = UpdateType::NewDetachedSnapshot;
};

template<> struct UpdateTypeTraits<varve::v0::format::fb::GCRanUpdate> {
  static const UpdateType enum_value = UpdateType::GCRan;
};

template<> struct UpdateTypeTraits<varve::v0::format::fb::ExpirationRanUpdate> {
  static const UpdateType enum_value = UpdateType::ExpirationRan;
};

template<> struct UpdateTypeTraits<varve::v0::format::fb::FeatureFlagChangedUpdate> {
  static const UpdateType enum_value = UpdateType::FeatureFlagChanged;
};

template<> struct UpdateTypeTraits<varve::v0::format::fb::RepoStatusChangedUpdate> {
  static const UpdateType enum_value = UpdateType::RepoStatusChanged;
};

bool VerifyUpdateType(flatbuffers::Verifier &verifier, const void *obj, UpdateType type);
bool VerifyUpdateTypeVector(flatbuffers::Verifier &verifier, const flatbuffers::Vector<flatbuffers::Offset<void>> *values, const flatbuffers::Vector<UpdateType> *types);

FLATBUFFERS_MANUALLY_ALIGNED_STRUCT(1) ObjectId12 FLATBUFFERS_FINAL_CLASS {
 private:
  uint8_t bytes_[12];

 public:
  ObjectId12()
      : bytes_() {
  }
  ObjectId12(flatbuffers::span<const uint8_t, 12> _bytes) {
    flatbuffers::CastToArray(bytes_).CopyFromSpan(_bytes);
  }
  const flatbuffers::Array<uint8_t, 12> *bytes() const {
    return &flatbuffers::CastToArray(bytes_);
  }
};
FLATBUFFERS_STRUCT_END(ObjectId12, 12);

FLATBUFFERS_MANUALLY_ALIGNED_STRUCT(1) ObjectId8 FLATBUFFERS_FINAL_CLASS {
 private:
  uint8_t bytes_[8];

 public:
  ObjectId8()
      : bytes_() {
  }
  ObjectId8(flatbuffers::span<const uint8_t, 8> _bytes) {
    flatbuffers::CastToArray(bytes_).CopyFromSpan(_bytes);
  }
  const flatbuffers::Array<uint8_t, 8> *bytes() const {
    return &flatbuffers::CastToArray(bytes_);
  }
};
FLATBUFFERS_STRUCT_END(ObjectId8, 8);

FLATBUFFERS_MANUALLY_ALIGNED_STRUCT(8) ManifestFileInfo FLATBUFFERS_FINAL_CLASS {
 private:
  varve::v0::format::fb::ObjectId12 id_;
  int32_t padding0__;
  uint64_t size_bytes_;
  uint32_t num_chunk_refs_;
  int32_t padding1__;

 public:
  ManifestFileInfo()
      : id_(),
        padding0__(0),
        size_bytes_(0),
        num_chunk_refs_(0),
        padding1__(0) {
    (void)padding0__;
    (void)padding1__;
  }
  ManifestFileInfo(const varve::v0::format::fb::ObjectId12 &_id, uint64_t _size_bytes, uint32_t _num_chunk_refs)
      : id_(_id),
        padding0__(0),
        size_bytes_(flatbuffers::EndianScalar(_size_bytes)),
        num_chunk_refs_(flatbuffers::EndianScalar(_num_chunk_refs)),
        padding1__(0) {
    (void)padding0__;
    (void)padding1__;
  }
  const varve::v0::format::fb::ObjectId12 &id() const {
    return id_;
  }
  uint64_t size_bytes() const {
    return flatbuffers::EndianScalar(size_bytes_);
  }
  uint32_t num_chunk_refs() const {
    return flatbuffers::EndianScalar(num_chunk_refs_);
  }
};
FLATBUFFERS_STRUCT_END(ManifestFileInfo, 32);

FLATBUFFERS_MANUALLY_ALIGNED_STRUCT(4) ChunkIndexRange FLATBUFFERS_FINAL_CLASS {
 private:
  uint32_t from_;
  uint32_t to_;

 public:
  ChunkIndexRange()
      : from_(0),
        to_(0) {
  }
  ChunkIndexRange(uint32_t _from, uint32_t _to)
      : from_(flatbuffers::EndianScalar(_from)),
        to_(flatbuffers::EndianScalar(_to)) {
  }
  uint32_t from() const {
    return flatbuffers::EndianScalar(from_);
  }
  uint32_t to() const {
    return flatbuffers::EndianScalar(to_);
  }
};
FLATBUFFERS_STRUCT_END(ChunkIndexRange, 8);

FLATBUFFERS_MANUALLY_ALIGNED_STRUCT(8) DimensionShape FLATBUFFERS_FINAL_CLASS {
 private:
  uint64_t array_length_;
  uint64_t chunk_length_;

 public:
  DimensionShape()
      : array_length_(0),
        chunk_length_(0) {
  }
  DimensionShape(uint64_t _array_length, uint64_t _chunk_length)
      : array_length_(flatbuffers::EndianScalar(_array_length)),
        chunk_length_(flatbuffers::EndianScalar(_chunk_length)) {
  }
  uint64_t array_length() const {
    return flatbuffers::EndianScalar(array_length_);
  }
  uint64_t chunk_length() const {
    return flatbuffers::EndianScalar(chunk_length_);
  }
};
FLATBUFFERS_STRUCT_END(DimensionShape, 16);

struct MetadataItem FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef MetadataItemBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_NAME = 4,
    VT_VALUE = 6
  };
  const flatbuffers::String *name() const {
    return GetPointer<const flatbuffers::String *>(VT_NAME);
  }
  const flatbuffers::Vector<uint8_t> *value() const {
    return GetPointer<const flatbuffers::Vector<uint8_t> *>(VT_VALUE);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyOffsetRequired(verifier, VT_NAME) &&
           verifier.VerifyString(name()) &&
           VerifyOffsetRequired(verifier, VT_VALUE) &&
           verifier.VerifyVector(value()) &&
           verifier.EndTable();
  }
};

struct MetadataItemBuilder {
  typedef MetadataItem Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_name(flatbuffers::Offset<flatbuffers::String> name) {
    fbb_.AddOffset(MetadataItem::VT_NAME, name);
  }
  void add_value(flatbuffers::Offset<flatbuffers::Vector<uint8_t>> value) {
    fbb_.AddOffset(MetadataItem::VT_VALUE, value);
  }
  explicit MetadataItemBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<MetadataItem> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<MetadataItem>(end);
    fbb_.Required(o, MetadataItem::VT_NAME);
    fbb_.Required(o, MetadataItem::VT_VALUE);
    return o;
  }
};

inline flatbuffers::Offset<MetadataItem> CreateMetadataItem(
    flatbuffers::FlatBufferBuilder &_fbb,
    flatbuffers::Offset<flatbuffers::String> name = 0,
    flatbuffers::Offset<flatbuffers::Vector<uint8_t>> value = 0) {
  MetadataItemBuilder builder_(_fbb);
  builder_.add_value(value);
  builder_.add_name(name);
  return builder_.Finish();
}

inline flatbuffers::Offset<MetadataItem> CreateMetadataItemDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const char *name = nullptr,
    const std::vector<uint8_t> *value = nullptr) {
  auto name__ = name ? _fbb.CreateString(name) : 0;
  auto value__ = value ? _fbb.CreateVector<uint8_t>(*value) : 0;
  return varve::v0::format::fb::CreateMetadataItem(
      _fbb,
      name__,
      value__);
}

struct ChunkRef FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef ChunkRefBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_INDEX = 4,
    VT_INLINE_ = 6,
    VT_OFFSET = 8,
    VT_LENGTH = 10,
    VT_CHUNK_ID = 12,
    VT_LOCATION = 14,
    VT_CHECKSUM_ETAG = 16,
    VT_CHECKSUM_LAST_MODIFIED = 18,
    VT_COMPRESSED_LOCATION = 20,
    VT_EXTRA = 22
  };
  const flatbuffers::Vector<uint32_t> *index() const {
    return GetPointer<const flatbuffers::Vector<uint32_t> *>(VT_INDEX);
  }
  const flatbuffers::Vector<uint8_t> *inline_() const {
    return GetPointer<const flatbuffers::Vector<uint8_t> *>(VT_INLINE_);
  }
  uint64_t offset() const {
    return GetField<uint64_t>(VT_OFFSET, 0);
  }
  uint64_t length() const {
    return GetField<uint64_t>(VT_LENGTH, 0);
  }
  const varve::v0::format::fb::ObjectId12 *chunk_id() const {
    return GetStruct<const varve::v0::format::fb::ObjectId12 *>(VT_CHUNK_ID);
  }
  const flatbuffers::String *location() const {
    return GetPointer<const flatbuffers::String *>(VT_LOCATION);
  }
  const flatbuffers::String *checksum_etag() const {
    return GetPointer<const flatbuffers::String *>(VT_CHECKSUM_ETAG);
  }
  uint32_t checksum_last_modified() const {
    return GetField<uint32_t>(VT_CHECKSUM_LAST_MODIFIED, 0);
  }
  const flatbuffers::Vector<uint8_t> *compressed_location() const {
    return GetPointer<const flatbuffers::Vector<uint8_t> *>(VT_COMPRESSED_LOCATION);
  }
  const flatbuffers::Vector<uint8_t> *extra() const {
    return GetPointer<const flatbuffers::Vector<uint8_t> *>(VT_EXTRA);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyOffsetRequired(verifier, VT_INDEX) &&
           verifier.VerifyVector(index()) &&
           VerifyOffset(verifier, VT_INLINE_) &&
           verifier.VerifyVector(inline_()) &&
           VerifyField<uint64_t>(verifier, VT_OFFSET, 8) &&
           VerifyField<uint64_t>(verifier, VT_LENGTH, 8) &&
           VerifyField<varve::v0::format::fb::ObjectId12>(verifier, VT_CHUNK_ID, 1) &&
           VerifyOffset(verifier, VT_LOCATION) &&
           verifier.VerifyString(location()) &&
           VerifyOffset(verifier, VT_CHECKSUM_ETAG) &&
           verifier.VerifyString(checksum_etag()) &&
           VerifyField<uint32_t>(verifier, VT_CHECKSUM_LAST_MODIFIED, 4) &&
           VerifyOffset(verifier, VT_COMPRESSED_LOCATION) &&
           verifier.VerifyVector(compressed_location()) &&
           VerifyOffset(verifier, VT_EXTRA) &&
           verifier.VerifyVector(extra()) &&
           verifier.EndTable();
  }
};

struct ChunkRefBuilder {
  typedef ChunkRef Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_index(flatbuffers::Offset<flatbuffers::Vector<uint32_t>> index) {
    fbb_.AddOffset(ChunkRef::VT_INDEX, index);
  }
  void add_inline_(flatbuffers::Offset<flatbuffers::Vector<uint8_t>> inline_) {
    fbb_.AddOffset(ChunkRef::VT_INLINE_, inline_);
  }
  void add_offset(uint64_t offset) {
    fbb_.AddElement<uint64_t>(ChunkRef::VT_OFFSET, offset, 0);
  }
  void add_length(uint64_t length) {
    fbb_.AddElement<uint64_t>(ChunkRef::VT_LENGTH, length, 0);
  }
  void add_chunk_id(const varve::v0::format::fb::ObjectId12 *chunk_id) {
    fbb_.AddStruct(ChunkRef::VT_CHUNK_ID, chunk_id);
  }
  void add_location(flatbuffers::Offset<flatbuffers::String> location) {
    fbb_.AddOffset(ChunkRef::VT_LOCATION, location);
  }
  void add_checksum_etag(flatbuffers::Offset<flatbuffers::String> checksum_etag) {
    fbb_.AddOffset(ChunkRef::VT_CHECKSUM_ETAG, checksum_etag);
  }
  void add_checksum_last_modified(uint32_t checksum_last_modified) {
    fbb_.AddElement<uint32_t>(ChunkRef::VT_CHECKSUM_LAST_MODIFIED, checksum_last_modified, 0);
  }
  void add_compressed_location(flatbuffers::Offset<flatbuffers::Vector<uint8_t>> compressed_location) {
    fbb_.AddOffset(ChunkRef::VT_COMPRESSED_LOCATION, compressed_location);
  }
  void add_extra(flatbuffers::Offset<flatbuffers::Vector<uint8_t>> extra) {
    fbb_.AddOffset(ChunkRef::VT_EXTRA, extra);
  }
  explicit ChunkRefBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<ChunkRef> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<ChunkRef>(end);
    fbb_.Required(o, ChunkRef::VT_INDEX);
    return o;
  }
};

inline flatbuffers::Offset<ChunkRef> CreateChunkRef(
    flatbuffers::FlatBufferBuilder &_fbb,
    flatbuffers::Offset<flatbuffers::Vector<uint32_t>> index = 0,
    flatbuffers::Offset<flatbuffers::Vector<uint8_t>> inline_ = 0,
    uint64_t offset = 0,
    uint64_t length = 0,
    const varve::v0::format::fb::ObjectId12 *chunk_id = nullptr,
    flatbuffers::Offset<flatbuffers::String> location = 0,
    flatbuffers::Offset<flatbuffers::String> checksum_etag = 0,
    uint32_t checksum_last_modified = 0,
    flatbuffers::Offset<flatbuffers::Vector<uint8_t>> compressed_location = 0,
    flatbuffers::Offset<flatbuffers::Vector<uint8_t>> extra = 0) {
  ChunkRefBuilder builder_(_fbb);
  builder_.add_length(length);
  builder_.add_offset(offset);
  builder_.add_extra(extra);
  builder_.add_compressed_location(compressed_location);
  builder_.add_checksum_last_modified(checksum_last_modified);
  builder_.add_checksum_etag(checksum_etag);
  builder_.add_location(location);
  builder_.add_chunk_id(chunk_id);
  builder_.add_inline_(inline_);
  builder_.add_index(index);
  return builder_.Finish();
}

inline flatbuffers::Offset<ChunkRef> CreateChunkRefDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const std::vector<uint32_t> *index = nullptr,
    const std::vector<uint8_t> *inline_ = nullptr,
    uint64_t offset = 0,
    uint64_t length = 0,
    const varve::v0::format::fb::ObjectId12 *chunk_id = nullptr,
    const char *location = nullptr,
    const char *checksum_etag = nullptr,
    uint32_t checksum_last_modified = 0,
    const std::vector<uint8_t> *compressed_location = nullptr,
    const std::vector<uint8_t> *extra = nullptr) {
  auto index__ = index ? _fbb.CreateVector<uint32_t>(*index) : 0;
  auto inline___ = inline_ ? _fbb.CreateVector<uint8_t>(*inline_) : 0;
  auto location__ = location ? _fbb.CreateString(location) : 0;
  auto checksum_etag__ = checksum_etag ? _fbb.CreateString(checksum_etag) : 0;
  auto compressed_location__ = compressed_location ? _fbb.CreateVector<uint8_t>(*compressed_location) : 0;
  auto extra__ = extra ? _fbb.CreateVector<uint8_t>(*extra) : 0;
  return varve::v0::format::fb::CreateChunkRef(
      _fbb,
      index__,
      inline___,
      offset,
      length,
      chunk_id,
      location__,
      checksum_etag__,
      checksum_last_modified,
      compressed_location__,
      extra__);
}

struct ArrayManifest FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef ArrayManifestBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_NODE_ID = 4,
    VT_REFS = 6,
    VT_EXTRA = 8
  };
  const varve::v0::format::fb::ObjectId8 *node_id() const {
    return GetStruct<const varve::v0::format::fb::ObjectId8 *>(VT_NODE_ID);
  }
  const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ChunkRef>> *refs() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ChunkRef>> *>(VT_REFS);
  }
  const flatbuffers::Vector<uint8_t> *extra() const {
    return GetPointer<const flatbuffers::Vector<uint8_t> *>(VT_EXTRA);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyFieldRequired<varve::v0::format::fb::ObjectId8>(verifier, VT_NODE_ID, 1) &&
           VerifyOffsetRequired(verifier, VT_REFS) &&
           verifier.VerifyVector(refs()) &&
           verifier.VerifyVectorOfTables(refs()) &&
           VerifyOffset(verifier, VT_EXTRA) &&
           verifier.VerifyVector(extra()) &&
           verifier.EndTable();
  }
};

struct ArrayManifestBuilder {
  typedef ArrayManifest Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_node_id(const varve::v0::format::fb::ObjectId8 *node_id) {
    fbb_.AddStruct(ArrayManifest::VT_NODE_ID, node_id);
  }
  void add_refs(flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ChunkRef>>> refs) {
    fbb_.AddOffset(ArrayManifest::VT_REFS, refs);
  }
  void add_extra(flatbuffers::Offset<flatbuffers::Vector<uint8_t>> extra) {
    fbb_.AddOffset(ArrayManifest::VT_EXTRA, extra);
  }
  explicit ArrayManifestBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<ArrayManifest> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<ArrayManifest>(end);
    fbb_.Required(o, ArrayManifest::VT_NODE_ID);
    fbb_.Required(o, ArrayManifest::VT_REFS);
    return o;
  }
};

inline flatbuffers::Offset<ArrayManifest> CreateArrayManifest(
    flatbuffers::FlatBufferBuilder &_fbb,
    const varve::v0::format::fb::ObjectId8 *node_id = nullptr,
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ChunkRef>>> refs = 0,
    flatbuffers::Offset<flatbuffers::Vector<uint8_t>> extra = 0) {
  ArrayManifestBuilder builder_(_fbb);
  builder_.add_extra(extra);
  builder_.add_refs(refs);
  builder_.add_node_id(node_id);
  return builder_.Finish();
}

inline flatbuffers::Offset<ArrayManifest> CreateArrayManifestDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const varve::v0::format::fb::ObjectId8 *node_id = nullptr,
    const std::vector<flatbuffers::Offset<varve::v0::format::fb::ChunkRef>> *refs = nullptr,
    const std::vector<uint8_t> *extra = nullptr) {
  auto refs__ = refs ? _fbb.CreateVector<flatbuffers::Offset<varve::v0::format::fb::ChunkRef>>(*refs) : 0;
  auto extra__ = extra ? _fbb.CreateVector<uint8_t>(*extra) : 0;
  return varve::v0::format::fb::CreateArrayManifest(
      _fbb,
      node_id,
      refs__,
      extra__);
}

struct Manifest FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef ManifestBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_ID = 4,
    VT_ARRAYS = 6,
    VT_LOCATION_DICTIONARY = 8,
    VT_COMPRESSION_ALGORITHM = 10,
    VT_EXTRA = 12
  };
  const varve::v0::format::fb::ObjectId12 *id() const {
    return GetStruct<const varve::v0::format::fb::ObjectId12 *>(VT_ID);
  }
  const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ArrayManifest>> *arrays() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ArrayManifest>> *>(VT_ARRAYS);
  }
  const flatbuffers::Vector<uint8_t> *location_dictionary() const {
    return GetPointer<const flatbuffers::Vector<uint8_t> *>(VT_LOCATION_DICTIONARY);
  }
  uint8_t compression_algorithm() const {
    return GetField<uint8_t>(VT_COMPRESSION_ALGORITHM, 1);
  }
  const flatbuffers::Vector<uint8_t> *extra() const {
    return GetPointer<const flatbuffers::Vector<uint8_t> *>(VT_EXTRA);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyFieldRequired<varve::v0::format::fb::ObjectId12>(verifier, VT_ID, 1) &&
           VerifyOffsetRequired(verifier, VT_ARRAYS) &&
           verifier.VerifyVector(arrays()) &&
           verifier.VerifyVectorOfTables(arrays()) &&
           VerifyOffset(verifier, VT_LOCATION_DICTIONARY) &&
           verifier.VerifyVector(location_dictionary()) &&
           VerifyField<uint8_t>(verifier, VT_COMPRESSION_ALGORITHM, 1) &&
           VerifyOffset(verifier, VT_EXTRA) &&
           verifier.VerifyVector(extra()) &&
           verifier.EndTable();
  }
};

struct ManifestBuilder {
  typedef Manifest Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_id(const varve::v0::format::fb::ObjectId12 *id) {
    fbb_.AddStruct(Manifest::VT_ID, id);
  }
  void add_arrays(flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ArrayManifest>>> arrays) {
    fbb_.AddOffset(Manifest::VT_ARRAYS, arrays);
  }
  void add_location_dictionary(flatbuffers::Offset<flatbuffers::Vector<uint8_t>> location_dictionary) {
    fbb_.AddOffset(Manifest::VT_LOCATION_DICTIONARY, location_dictionary);
  }
  void add_compression_algorithm(uint8_t compression_algorithm) {
    fbb_.AddElement<uint8_t>(Manifest::VT_COMPRESSION_ALGORITHM, compression_algorithm, 1);
  }
  void add_extra(flatbuffers::Offset<flatbuffers::Vector<uint8_t>> extra) {
    fbb_.AddOffset(Manifest::VT_EXTRA, extra);
  }
  explicit ManifestBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<Manifest> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<Manifest>(end);
    fbb_.Required(o, Manifest::VT_ID);
    fbb_.Required(o, Manifest::VT_ARRAYS);
    return o;
  }
};

inline flatbuffers::Offset<Manifest> CreateManifest(
    flatbuffers::FlatBufferBuilder &_fbb,
    const varve::v0::format::fb::ObjectId12 *id = nullptr,
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ArrayManifest>>> arrays = 0,
    flatbuffers::Offset<flatbuffers::Vector<uint8_t>> location_dictionary = 0,
    uint8_t compression_algorithm = 1,
    flatbuffers::Offset<flatbuffers::Vector<uint8_t>> extra = 0) {
  ManifestBuilder builder_(_fbb);
  builder_.add_extra(extra);
  builder_.add_location_dictionary(location_dictionary);
  builder_.add_arrays(arrays);
  builder_.add_id(id);
  builder_.add_compression_algorithm(compression_algorithm);
  return builder_.Finish();
}

inline flatbuffers::Offset<Manifest> CreateManifestDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const varve::v0::format::fb::ObjectId12 *id = nullptr,
    const std::vector<flatbuffers::Offset<varve::v0::format::fb::ArrayManifest>> *arrays = nullptr,
    const std::vector<uint8_t> *location_dictionary = nullptr,
    uint8_t compression_algorithm = 1,
    const std::vector<uint8_t> *extra = nullptr) {
  auto arrays__ = arrays ? _fbb.CreateVector<flatbuffers::Offset<varve::v0::format::fb::ArrayManifest>>(*arrays) : 0;
  auto location_dictionary__ = location_dictionary ? _fbb.CreateVector<uint8_t>(*location_dictionary) : 0;
  auto extra__ = extra ? _fbb.CreateVector<uint8_t>(*extra) : 0;
  return varve::v0::format::fb::CreateManifest(
      _fbb,
      id,
      arrays__,
      location_dictionary__,
      compression_algorithm,
      extra__);
}

struct ManifestFileInfoV2 FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef ManifestFileInfoV2Builder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_ID = 4,
    VT_SIZE_BYTES = 6,
    VT_NUM_CHUNK_REFS = 8,
    VT_EXTRA = 10
  };
  const varve::v0::format::fb::ObjectId12 *id() const {
    return GetStruct<const varve::v0::format::fb::ObjectId12 *>(VT_ID);
  }
  uint64_t size_bytes() const {
    return GetField<uint64_t>(VT_SIZE_BYTES, 0);
  }
  uint32_t num_chunk_refs() const {
    return GetField<uint32_t>(VT_NUM_CHUNK_REFS, 0);
  }
  const flatbuffers::Vector<uint8_t> *extra() const {
    return GetPointer<const flatbuffers::Vector<uint8_t> *>(VT_EXTRA);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyField<varve::v0::format::fb::ObjectId12>(verifier, VT_ID, 1) &&
           VerifyField<uint64_t>(verifier, VT_SIZE_BYTES, 8) &&
           VerifyField<uint32_t>(verifier, VT_NUM_CHUNK_REFS, 4) &&
           VerifyOffset(verifier, VT_EXTRA) &&
           verifier.VerifyVector(extra()) &&
           verifier.EndTable();
  }
};

struct ManifestFileInfoV2Builder {
  typedef ManifestFileInfoV2 Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_id(const varve::v0::format::fb::ObjectId12 *id) {
    fbb_.AddStruct(ManifestFileInfoV2::VT_ID, id);
  }
  void add_size_bytes(uint64_t size_bytes) {
    fbb_.AddElement<uint64_t>(ManifestFileInfoV2::VT_SIZE_BYTES, size_bytes, 0);
  }
  void add_num_chunk_refs(uint32_t num_chunk_refs) {
    fbb_.AddElement<uint32_t>(ManifestFileInfoV2::VT_NUM_CHUNK_REFS, num_chunk_refs, 0);
  }
  void add_extra(flatbuffers::Offset<flatbuffers::Vector<uint8_t>> extra) {
    fbb_.AddOffset(ManifestFileInfoV2::VT_EXTRA, extra);
  }
  explicit ManifestFileInfoV2Builder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<ManifestFileInfoV2> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<ManifestFileInfoV2>(end);
    return o;
  }
};

inline flatbuffers::Offset<ManifestFileInfoV2> CreateManifestFileInfoV2(
    flatbuffers::FlatBufferBuilder &_fbb,
    const varve::v0::format::fb::ObjectId12 *id = nullptr,
    uint64_t size_bytes = 0,
    uint32_t num_chunk_refs = 0,
    flatbuffers::Offset<flatbuffers::Vector<uint8_t>> extra = 0) {
  ManifestFileInfoV2Builder builder_(_fbb);
  builder_.add_size_bytes(size_bytes);
  builder_.add_extra(extra);
  builder_.add_num_chunk_refs(num_chunk_refs);
  builder_.add_id(id);
  return builder_.Finish();
}

inline flatbuffers::Offset<ManifestFileInfoV2> CreateManifestFileInfoV2Direct(
    flatbuffers::FlatBufferBuilder &_fbb,
    const varve::v0::format::fb::ObjectId12 *id = nullptr,
    uint64_t size_bytes = 0,
    uint32_t num_chunk_refs = 0,
    const std::vector<uint8_t> *extra = nullptr) {
  auto extra__ = extra ? _fbb.CreateVector<uint8_t>(*extra) : 0;
  return varve::v0::format::fb::CreateManifestFileInfoV2(
      _fbb,
      id,
      size_bytes,
      num_chunk_refs,
      extra__);
}

struct DimensionShapeV2 FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef DimensionShapeV2Builder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_ARRAY_LENGTH = 4,
    VT_NUM_CHUNKS = 6
  };
  uint64_t array_length() const {
    return GetField<uint64_t>(VT_ARRAY_LENGTH, 0);
  }
  uint32_t num_chunks() const {
    return GetField<uint32_t>(VT_NUM_CHUNKS, 0);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyField<uint64_t>(verifier, VT_ARRAY_LENGTH, 8) &&
           VerifyField<uint32_t>(verifier, VT_NUM_CHUNKS, 4) &&
           verifier.EndTable();
  }
};

struct DimensionShapeV2Builder {
  typedef DimensionShapeV2 Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_array_length(uint64_t array_length) {
    fbb_.AddElement<uint64_t>(DimensionShapeV2::VT_ARRAY_LENGTH, array_length, 0);
  }
  void add_num_chunks(uint32_t num_chunks) {
    fbb_.AddElement<uint32_t>(DimensionShapeV2::VT_NUM_CHUNKS, num_chunks, 0);
  }
  explicit DimensionShapeV2Builder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<DimensionShapeV2> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<DimensionShapeV2>(end);
    return o;
  }
};

inline flatbuffers::Offset<DimensionShapeV2> CreateDimensionShapeV2(
    flatbuffers::FlatBufferBuilder &_fbb,
    uint64_t array_length = 0,
    uint32_t num_chunks = 0) {
  DimensionShapeV2Builder builder_(_fbb);
  builder_.add_array_length(array_length);
  builder_.add_num_chunks(num_chunks);
  return builder_.Finish();
}

struct DimensionName FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef DimensionNameBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_NAME = 4
  };
  const flatbuffers::String *name() const {
    return GetPointer<const flatbuffers::String *>(VT_NAME);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyOffset(verifier, VT_NAME) &&
           verifier.VerifyString(name()) &&
           verifier.EndTable();
  }
};

struct DimensionNameBuilder {
  typedef DimensionName Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_name(flatbuffers::Offset<flatbuffers::String> name) {
    fbb_.AddOffset(DimensionName::VT_NAME, name);
  }
  explicit DimensionNameBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<DimensionName> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<DimensionName>(end);
    return o;
  }
};

inline flatbuffers::Offset<DimensionName> CreateDimensionName(
    flatbuffers::FlatBufferBuilder &_fbb,
    flatbuffers::Offset<flatbuffers::String> name = 0) {
  DimensionNameBuilder builder_(_fbb);
  builder_.add_name(name);
  return builder_.Finish();
}

inline flatbuffers::Offset<DimensionName> CreateDimensionNameDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const char *name = nullptr) {
  auto name__ = name ? _fbb.CreateString(name) : 0;
  return varve::v0::format::fb::CreateDimensionName(
      _fbb,
      name__);
}

struct ManifestRef FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef ManifestRefBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_OBJECT_ID = 4,
    VT_EXTENTS = 6
  };
  const varve::v0::format::fb::ObjectId12 *object_id() const {
    return GetStruct<const varve::v0::format::fb::ObjectId12 *>(VT_OBJECT_ID);
  }
  const flatbuffers::Vector<const varve::v0::format::fb::ChunkIndexRange *> *extents() const {
    return GetPointer<const flatbuffers::Vector<const varve::v0::format::fb::ChunkIndexRange *> *>(VT_EXTENTS);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyFieldRequired<varve::v0::format::fb::ObjectId12>(verifier, VT_OBJECT_ID, 1) &&
           VerifyOffsetRequired(verifier, VT_EXTENTS) &&
           verifier.VerifyVector(extents()) &&
           verifier.EndTable();
  }
};

struct ManifestRefBuilder {
  typedef ManifestRef Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_object_id(const varve::v0::format::fb::ObjectId12 *object_id) {
    fbb_.AddStruct(ManifestRef::VT_OBJECT_ID, object_id);
  }
  void add_extents(flatbuffers::Offset<flatbuffers::Vector<const varve::v0::format::fb::ChunkIndexRange *>> extents) {
    fbb_.AddOffset(ManifestRef::VT_EXTENTS, extents);
  }
  explicit ManifestRefBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<ManifestRef> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<ManifestRef>(end);
    fbb_.Required(o, ManifestRef::VT_OBJECT_ID);
    fbb_.Required(o, ManifestRef::VT_EXTENTS);
    return o;
  }
};

inline flatbuffers::Offset<ManifestRef> CreateManifestRef(
    flatbuffers::FlatBufferBuilder &_fbb,
    const varve::v0::format::fb::ObjectId12 *object_id = nullptr,
    flatbuffers::Offset<flatbuffers::Vector<const varve::v0::format::fb::ChunkIndexRange *>> extents = 0) {
  ManifestRefBuilder builder_(_fbb);
  builder_.add_extents(extents);
  builder_.add_object_id(object_id);
  return builder_.Finish();
}

inline flatbuffers::Offset<ManifestRef> CreateManifestRefDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const varve::v0::format::fb::ObjectId12 *object_id = nullptr,
    const std::vector<varve::v0::format::fb::ChunkIndexRange> *extents = nullptr) {
  auto extents__ = extents ? _fbb.CreateVectorOfStructs<varve::v0::format::fb::ChunkIndexRange>(*extents) : 0;
  return varve::v0::format::fb::CreateManifestRef(
      _fbb,
      object_id,
      extents__);
}

struct ArrayNodeData FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef ArrayNodeDataBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_SHAPE = 4,
    VT_DIMENSION_NAMES = 6,
    VT_MANIFESTS = 8,
    VT_SHAPE_V2 = 10
  };
  const flatbuffers::Vector<const varve::v0::format::fb::DimensionShape *> *shape() const {
    return GetPointer<const flatbuffers::Vector<const varve::v0::format::fb::DimensionShape *> *>(VT_SHAPE);
  }
  const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::DimensionName>> *dimension_names() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::DimensionName>> *>(VT_DIMENSION_NAMES);
  }
  const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ManifestRef>> *manifests() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ManifestRef>> *>(VT_MANIFESTS);
  }
  const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::DimensionShapeV2>> *shape_v2() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::DimensionShapeV2>> *>(VT_SHAPE_V2);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyOffsetRequired(verifier, VT_SHAPE) &&
           verifier.VerifyVector(shape()) &&
           VerifyOffset(verifier, VT_DIMENSION_NAMES) &&
           verifier.VerifyVector(dimension_names()) &&
           verifier.VerifyVectorOfTables(dimension_names()) &&
           VerifyOffsetRequired(verifier, VT_MANIFESTS) &&
           verifier.VerifyVector(manifests()) &&
           verifier.VerifyVectorOfTables(manifests()) &&
           VerifyOffset(verifier, VT_SHAPE_V2) &&
           verifier.VerifyVector(shape_v2()) &&
           verifier.VerifyVectorOfTables(shape_v2()) &&
           verifier.EndTable();
  }
};

struct ArrayNodeDataBuilder {
  typedef ArrayNodeData Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_shape(flatbuffers::Offset<flatbuffers::Vector<const varve::v0::format::fb::DimensionShape *>> shape) {
    fbb_.AddOffset(ArrayNodeData::VT_SHAPE, shape);
  }
  void add_dimension_names(flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::DimensionName>>> dimension_names) {
    fbb_.AddOffset(ArrayNodeData::VT_DIMENSION_NAMES, dimension_names);
  }
  void add_manifests(flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ManifestRef>>> manifests) {
    fbb_.AddOffset(ArrayNodeData::VT_MANIFESTS, manifests);
  }
  void add_shape_v2(flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::DimensionShapeV2>>> shape_v2) {
    fbb_.AddOffset(ArrayNodeData::VT_SHAPE_V2, shape_v2);
  }
  explicit ArrayNodeDataBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<ArrayNodeData> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<ArrayNodeData>(end);
    fbb_.Required(o, ArrayNodeData::VT_SHAPE);
    fbb_.Required(o, ArrayNodeData::VT_MANIFESTS);
    return o;
  }
};

inline flatbuffers::Offset<ArrayNodeData> CreateArrayNodeData(
    flatbuffers::FlatBufferBuilder &_fbb,
    flatbuffers::Offset<flatbuffers::Vector<const varve::v0::format::fb::DimensionShape *>> shape = 0,
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::DimensionName>>> dimension_names = 0,
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ManifestRef>>> manifests = 0,
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::DimensionShapeV2>>> shape_v2 = 0) {
  ArrayNodeDataBuilder builder_(_fbb);
  builder_.add_shape_v2(shape_v2);
  builder_.add_manifests(manifests);
  builder_.add_dimension_names(dimension_names);
  builder_.add_shape(shape);
  return builder_.Finish();
}

inline flatbuffers::Offset<ArrayNodeData> CreateArrayNodeDataDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const std::vector<varve::v0::format::fb::DimensionShape> *shape = nullptr,
    const std::vector<flatbuffers::Offset<varve::v0::format::fb::DimensionName>> *dimension_names = nullptr,
    const std::vector<flatbuffers::Offset<varve::v0::format::fb::ManifestRef>> *manifests = nullptr,
    const std::vector<flatbuffers::Offset<varve::v0::format::fb::DimensionShapeV2>> *shape_v2 = nullptr) {
  auto shape__ = shape ? _fbb.CreateVectorOfStructs<varve::v0::format::fb::DimensionShape>(*shape) : 0;
  auto dimension_names__ = dimension_names ? _fbb.CreateVector<flatbuffers::Offset<varve::v0::format::fb::DimensionName>>(*dimension_names) : 0;
  auto manifests__ = manifests ? _fbb.CreateVector<flatbuffers::Offset<varve::v0::format::fb::ManifestRef>>(*manifests) : 0;
  auto shape_v2__ = shape_v2 ? _fbb.CreateVector<flatbuffers::Offset<varve::v0::format::fb::DimensionShapeV2>>(*shape_v2) : 0;
  return varve::v0::format::fb::CreateArrayNodeData(
      _fbb,
      shape__,
      dimension_names__,
      manifests__,
      shape_v2__);
}

struct GroupNodeData FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef GroupNodeDataBuilder Builder;
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           verifier.EndTable();
  }
};

struct GroupNodeDataBuilder {
  typedef GroupNodeData Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  explicit GroupNodeDataBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<GroupNodeData> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<GroupNodeData>(end);
    return o;
  }
};

inline flatbuffers::Offset<GroupNodeData> CreateGroupNodeData(
    flatbuffers::FlatBufferBuilder &_fbb) {
  GroupNodeDataBuilder builder_(_fbb);
  return builder_.Finish();
}

struct NodeSnapshot FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef NodeSnapshotBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_ID = 4,
    VT_PATH = 6,
    VT_USER_DATA = 8,
    VT_NODE_DATA_TYPE = 10,
    VT_NODE_DATA = 12,
    VT_EXTRA = 14
  };
  const varve::v0::format::fb::ObjectId8 *id() const {
    return GetStruct<const varve::v0::format::fb::ObjectId8 *>(VT_ID);
  }
  const flatbuffers::String *path() const {
    return GetPointer<const flatbuffers::String *>(VT_PATH);
  }
  const flatbuffers::Vector<uint8_t> *user_data() const {
    return GetPointer<const flatbuffers::Vector<uint8_t> *>(VT_USER_DATA);
  }
  varve::v0::format::fb::NodeData node_data_type() const {
    return static_cast<varve::v0::format::fb::NodeData>(GetField<uint8_t>(VT_NODE_DATA_TYPE, 0));
  }
  const void *node_data() const {
    return GetPointer<const void *>(VT_NODE_DATA);
  }
  template<typename T> const T *node_data_as() const;
  const varve::v0::format::fb::ArrayNodeData *node_data_as_Array() const {
    return node_data_type() == varve::v0::format::fb::NodeData::Array ? static_cast<const varve::v0::format::fb::ArrayNodeData *>(node_data()) : nullptr;
  }
  const varve::v0::format::fb::GroupNodeData *node_data_as_Group() const {
    return node_data_type() == varve::v0::format::fb::NodeData::Group ? static_cast<const varve::v0::format::fb::GroupNodeData *>(node_data()) : nullptr;
  }
  const flatbuffers::Vector<uint8_t> *extra() const {
    return GetPointer<const flatbuffers::Vector<uint8_t> *>(VT_EXTRA);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyFieldRequired<varve::v0::format::fb::ObjectId8>(verifier, VT_ID, 1) &&
           VerifyOffsetRequired(verifier, VT_PATH) &&
           verifier.VerifyString(path()) &&
           VerifyOffsetRequired(verifier, VT_USER_DATA) &&
           verifier.VerifyVector(user_data()) &&
           VerifyField<uint8_t>(verifier, VT_NODE_DATA_TYPE, 1) &&
           VerifyOffsetRequired(verifier, VT_NODE_DATA) &&
           VerifyNodeData(verifier, node_data(), node_data_type()) &&
           VerifyOffset(verifier, VT_EXTRA) &&
           verifier.VerifyVector(extra()) &&
           verifier.EndTable();
  }
};

template<> inline const varve::v0::format::fb::ArrayNodeData *NodeSnapshot::node_data_as<varve::v0::format::fb::ArrayNodeData>() const {
  return node_data_as_Array();
}

template<> inline const varve::v0::format::fb::GroupNodeData *NodeSnapshot::node_data_as<varve::v0::format::fb::GroupNodeData>() const {
  return node_data_as_Group();
}

struct NodeSnapshotBuilder {
  typedef NodeSnapshot Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_id(const varve::v0::format::fb::ObjectId8 *id) {
    fbb_.AddStruct(NodeSnapshot::VT_ID, id);
  }
  void add_path(flatbuffers::Offset<flatbuffers::String> path) {
    fbb_.AddOffset(NodeSnapshot::VT_PATH, path);
  }
  void add_user_data(flatbuffers::Offset<flatbuffers::Vector<uint8_t>> user_data) {
    fbb_.AddOffset(NodeSnapshot::VT_USER_DATA, user_data);
  }
  void add_node_data_type(varve::v0::format::fb::NodeData node_data_type) {
    fbb_.AddElement<uint8_t>(NodeSnapshot::VT_NODE_DATA_TYPE, static_cast<uint8_t>(node_data_type), 0);
  }
  void add_node_data(flatbuffers::Offset<void> node_data) {
    fbb_.AddOffset(NodeSnapshot::VT_NODE_DATA, node_data);
  }
  void add_extra(flatbuffers::Offset<flatbuffers::Vector<uint8_t>> extra) {
    fbb_.AddOffset(NodeSnapshot::VT_EXTRA, extra);
  }
  explicit NodeSnapshotBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<NodeSnapshot> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<NodeSnapshot>(end);
    fbb_.Required(o, NodeSnapshot::VT_ID);
    fbb_.Required(o, NodeSnapshot::VT_PATH);
    fbb_.Required(o, NodeSnapshot::VT_USER_DATA);
    fbb_.Required(o, NodeSnapshot::VT_NODE_DATA);
    return o;
  }
};

inline flatbuffers::Offset<NodeSnapshot> CreateNodeSnapshot(
    flatbuffers::FlatBufferBuilder &_fbb,
    const varve::v0::format::fb::ObjectId8 *id = nullptr,
    flatbuffers::Offset<flatbuffers::String> path = 0,
    flatbuffers::Offset<flatbuffers::Vector<uint8_t>> user_data = 0,
    varve::v0::format::fb::NodeData node_data_type = varve::v0::format::fb::NodeData::NONE,
    flatbuffers::Offset<void> node_data = 0,
    flatbuffers::Offset<flatbuffers::Vector<uint8_t>> extra = 0) {
  NodeSnapshotBuilder builder_(_fbb);
  builder_.add_extra(extra);
  builder_.add_node_data(node_data);
  builder_.add_user_data(user_data);
  builder_.add_path(path);
  builder_.add_id(id);
  builder_.add_node_data_type(node_data_type);
  return builder_.Finish();
}

inline flatbuffers::Offset<NodeSnapshot> CreateNodeSnapshotDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const varve::v0::format::fb::ObjectId8 *id = nullptr,
    const char *path = nullptr,
    const std::vector<uint8_t> *user_data = nullptr,
    varve::v0::format::fb::NodeData node_data_type = varve::v0::format::fb::NodeData::NONE,
    flatbuffers::Offset<void> node_data = 0,
    const std::vector<uint8_t> *extra = nullptr) {
  auto path__ = path ? _fbb.CreateString(path) : 0;
  auto user_data__ = user_data ? _fbb.CreateVector<uint8_t>(*user_data) : 0;
  auto extra__ = extra ? _fbb.CreateVector<uint8_t>(*extra) : 0;
  return varve::v0::format::fb::CreateNodeSnapshot(
      _fbb,
      id,
      path__,
      user_data__,
      node_data_type,
      node_data,
      extra__);
}

struct Snapshot FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef SnapshotBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_ID = 4,
    VT_PARENT_ID = 6,
    VT_NODES = 8,
    VT_FLUSHED_AT = 10,
    VT_MESSAGE = 12,
    VT_METADATA = 14,
    VT_MANIFEST_FILES = 16,
    VT_MANIFEST_FILES_V2 = 18,
    VT_EXTRA = 20
  };
  const varve::v0::format::fb::ObjectId12 *id() const {
    return GetStruct<const varve::v0::format::fb::ObjectId12 *>(VT_ID);
  }
  const varve::v0::format::fb::ObjectId12 *parent_id() const {
    return GetStruct<const varve::v0::format::fb::ObjectId12 *>(VT_PARENT_ID);
  }
  const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::NodeSnapshot>> *nodes() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::NodeSnapshot>> *>(VT_NODES);
  }
  uint64_t flushed_at() const {
    return GetField<uint64_t>(VT_FLUSHED_AT, 0);
  }
  const flatbuffers::String *message() const {
    return GetPointer<const flatbuffers::String *>(VT_MESSAGE);
  }
  const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::MetadataItem>> *metadata() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::MetadataItem>> *>(VT_METADATA);
  }
  const flatbuffers::Vector<const varve::v0::format::fb::ManifestFileInfo *> *manifest_files() const {
    return GetPointer<const flatbuffers::Vector<const varve::v0::format::fb::ManifestFileInfo *> *>(VT_MANIFEST_FILES);
  }
  const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ManifestFileInfoV2>> *manifest_files_v2() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ManifestFileInfoV2>> *>(VT_MANIFEST_FILES_V2);
  }
  const flatbuffers::Vector<uint8_t> *extra() const {
    return GetPointer<const flatbuffers::Vector<uint8_t> *>(VT_EXTRA);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyFieldRequired<varve::v0::format::fb::ObjectId12>(verifier, VT_ID, 1) &&
           VerifyField<varve::v0::format::fb::ObjectId12>(verifier, VT_PARENT_ID, 1) &&
           VerifyOffsetRequired(verifier, VT_NODES) &&
           verifier.VerifyVector(nodes()) &&
           verifier.VerifyVectorOfTables(nodes()) &&
           VerifyField<uint64_t>(verifier, VT_FLUSHED_AT, 8) &&
           VerifyOffsetRequired(verifier, VT_MESSAGE) &&
           verifier.VerifyString(message()) &&
           VerifyOffsetRequired(verifier, VT_METADATA) &&
           verifier.VerifyVector(metadata()) &&
           verifier.VerifyVectorOfTables(metadata()) &&
           VerifyOffsetRequired(verifier, VT_MANIFEST_FILES) &&
           verifier.VerifyVector(manifest_files()) &&
           VerifyOffset(verifier, VT_MANIFEST_FILES_V2) &&
           verifier.VerifyVector(manifest_files_v2()) &&
           verifier.VerifyVectorOfTables(manifest_files_v2()) &&
           VerifyOffset(verifier, VT_EXTRA) &&
           verifier.VerifyVector(extra()) &&
           verifier.EndTable();
  }
};

struct SnapshotBuilder {
  typedef Snapshot Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_id(const varve::v0::format::fb::ObjectId12 *id) {
    fbb_.AddStruct(Snapshot::VT_ID, id);
  }
  void add_parent_id(const varve::v0::format::fb::ObjectId12 *parent_id) {
    fbb_.AddStruct(Snapshot::VT_PARENT_ID, parent_id);
  }
  void add_nodes(flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::NodeSnapshot>>> nodes) {
    fbb_.AddOffset(Snapshot::VT_NODES, nodes);
  }
  void add_flushed_at(uint64_t flushed_at) {
    fbb_.AddElement<uint64_t>(Snapshot::VT_FLUSHED_AT, flushed_at, 0);
  }
  void add_message(flatbuffers::Offset<flatbuffers::String> message) {
    fbb_.AddOffset(Snapshot::VT_MESSAGE, message);
  }
  void add_metadata(flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::MetadataItem>>> metadata) {
    fbb_.AddOffset(Snapshot::VT_METADATA, metadata);
  }
  void add_manifest_files(flatbuffers::Offset<flatbuffers::Vector<const varve::v0::format::fb::ManifestFileInfo *>> manifest_files) {
    fbb_.AddOffset(Snapshot::VT_MANIFEST_FILES, manifest_files);
  }
  void add_manifest_files_v2(flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ManifestFileInfoV2>>> manifest_files_v2) {
    fbb_.AddOffset(Snapshot::VT_MANIFEST_FILES_V2, manifest_files_v2);
  }
  void add_extra(flatbuffers::Offset<flatbuffers::Vector<uint8_t>> extra) {
    fbb_.AddOffset(Snapshot::VT_EXTRA, extra);
  }
  explicit SnapshotBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<Snapshot> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<Snapshot>(end);
    fbb_.Required(o, Snapshot::VT_ID);
    fbb_.Required(o, Snapshot::VT_NODES);
    fbb_.Required(o, Snapshot::VT_MESSAGE);
    fbb_.Required(o, Snapshot::VT_METADATA);
    fbb_.Required(o, Snapshot::VT_MANIFEST_FILES);
    return o;
  }
};

inline flatbuffers::Offset<Snapshot> CreateSnapshot(
    flatbuffers::FlatBufferBuilder &_fbb,
    const varve::v0::format::fb::ObjectId12 *id = nullptr,
    const varve::v0::format::fb::ObjectId12 *parent_id = nullptr,
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::NodeSnapshot>>> nodes = 0,
    uint64_t flushed_at = 0,
    flatbuffers::Offset<flatbuffers::String> message = 0,
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::MetadataItem>>> metadata = 0,
    flatbuffers::Offset<flatbuffers::Vector<const varve::v0::format::fb::ManifestFileInfo *>> manifest_files = 0,
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ManifestFileInfoV2>>> manifest_files_v2 = 0,
    flatbuffers::Offset<flatbuffers::Vector<uint8_t>> extra = 0) {
  SnapshotBuilder builder_(_fbb);
  builder_.add_flushed_at(flushed_at);
  builder_.add_extra(extra);
  builder_.add_manifest_files_v2(manifest_files_v2);
  builder_.add_manifest_files(manifest_files);
  builder_.add_metadata(metadata);
  builder_.add_message(message);
  builder_.add_nodes(nodes);
  builder_.add_parent_id(parent_id);
  builder_.add_id(id);
  return builder_.Finish();
}

inline flatbuffers::Offset<Snapshot> CreateSnapshotDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const varve::v0::format::fb::ObjectId12 *id = nullptr,
    const varve::v0::format::fb::ObjectId12 *parent_id = nullptr,
    const std::vector<flatbuffers::Offset<varve::v0::format::fb::NodeSnapshot>> *nodes = nullptr,
    uint64_t flushed_at = 0,
    const char *message = nullptr,
    const std::vector<flatbuffers::Offset<varve::v0::format::fb::MetadataItem>> *metadata = nullptr,
    const std::vector<varve::v0::format::fb::ManifestFileInfo> *manifest_files = nullptr,
    const std::vector<flatbuffers::Offset<varve::v0::format::fb::ManifestFileInfoV2>> *manifest_files_v2 = nullptr,
    const std::vector<uint8_t> *extra = nullptr) {
  auto nodes__ = nodes ? _fbb.CreateVector<flatbuffers::Offset<varve::v0::format::fb::NodeSnapshot>>(*nodes) : 0;
  auto message__ = message ? _fbb.CreateString(message) : 0;
  auto metadata__ = metadata ? _fbb.CreateVector<flatbuffers::Offset<varve::v0::format::fb::MetadataItem>>(*metadata) : 0;
  auto manifest_files__ = manifest_files ? _fbb.CreateVectorOfStructs<varve::v0::format::fb::ManifestFileInfo>(*manifest_files) : 0;
  auto manifest_files_v2__ = manifest_files_v2 ? _fbb.CreateVector<flatbuffers::Offset<varve::v0::format::fb::ManifestFileInfoV2>>(*manifest_files_v2) : 0;
  auto extra__ = extra ? _fbb.CreateVector<uint8_t>(*extra) : 0;
  return varve::v0::format::fb::CreateSnapshot(
      _fbb,
      id,
      parent_id,
      nodes__,
      flushed_at,
      message__,
      metadata__,
      manifest_files__,
      manifest_files_v2__,
      extra__);
}

struct ChunkIndices FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef ChunkIndicesBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_COORDS = 4
  };
  const flatbuffers::Vector<uint32_t> *coords() const {
    return GetPointer<const flatbuffers::Vector<uint32_t> *>(VT_COORDS);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyOffsetRequired(verifier, VT_COORDS) &&
           verifier.VerifyVector(coords()) &&
           verifier.EndTable();
  }
};

struct ChunkIndicesBuilder {
  typedef ChunkIndices Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_coords(flatbuffers::Offset<flatbuffers::Vector<uint32_t>> coords) {
    fbb_.AddOffset(ChunkIndices::VT_COORDS, coords);
  }
  explicit ChunkIndicesBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<ChunkIndices> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<ChunkIndices>(end);
    fbb_.Required(o, ChunkIndices::VT_COORDS);
    return o;
  }
};

inline flatbuffers::Offset<ChunkIndices> CreateChunkIndices(
    flatbuffers::FlatBufferBuilder &_fbb,
    flatbuffers::Offset<flatbuffers::Vector<uint32_t>> coords = 0) {
  ChunkIndicesBuilder builder_(_fbb);
  builder_.add_coords(coords);
  return builder_.Finish();
}

inline flatbuffers::Offset<ChunkIndices> CreateChunkIndicesDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const std::vector<uint32_t> *coords = nullptr) {
  auto coords__ = coords ? _fbb.CreateVector<uint32_t>(*coords) : 0;
  return varve::v0::format::fb::CreateChunkIndices(
      _fbb,
      coords__);
}

struct ArrayUpdatedChunks FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef ArrayUpdatedChunksBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_NODE_ID = 4,
    VT_CHUNKS = 6
  };
  const varve::v0::format::fb::ObjectId8 *node_id() const {
    return GetStruct<const varve::v0::format::fb::ObjectId8 *>(VT_NODE_ID);
  }
  const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ChunkIndices>> *chunks() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ChunkIndices>> *>(VT_CHUNKS);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyFieldRequired<varve::v0::format::fb::ObjectId8>(verifier, VT_NODE_ID, 1) &&
           VerifyOffsetRequired(verifier, VT_CHUNKS) &&
           verifier.VerifyVector(chunks()) &&
           verifier.VerifyVectorOfTables(chunks()) &&
           verifier.EndTable();
  }
};

struct ArrayUpdatedChunksBuilder {
  typedef ArrayUpdatedChunks Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_node_id(const varve::v0::format::fb::ObjectId8 *node_id) {
    fbb_.AddStruct(ArrayUpdatedChunks::VT_NODE_ID, node_id);
  }
  void add_chunks(flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ChunkIndices>>> chunks) {
    fbb_.AddOffset(ArrayUpdatedChunks::VT_CHUNKS, chunks);
  }
  explicit ArrayUpdatedChunksBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<ArrayUpdatedChunks> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<ArrayUpdatedChunks>(end);
    fbb_.Required(o, ArrayUpdatedChunks::VT_NODE_ID);
    fbb_.Required(o, ArrayUpdatedChunks::VT_CHUNKS);
    return o;
  }
};

inline flatbuffers::Offset<ArrayUpdatedChunks> CreateArrayUpdatedChunks(
    flatbuffers::FlatBufferBuilder &_fbb,
    const varve::v0::format::fb::ObjectId8 *node_id = nullptr,
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ChunkIndices>>> chunks = 0) {
  ArrayUpdatedChunksBuilder builder_(_fbb);
  builder_.add_chunks(chunks);
  builder_.add_node_id(node_id);
  return builder_.Finish();
}

inline flatbuffers::Offset<ArrayUpdatedChunks> CreateArrayUpdatedChunksDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const varve::v0::format::fb::ObjectId8 *node_id = nullptr,
    const std::vector<flatbuffers::Offset<varve::v0::format::fb::ChunkIndices>> *chunks = nullptr) {
  auto chunks__ = chunks ? _fbb.CreateVector<flatbuffers::Offset<varve::v0::format::fb::ChunkIndices>>(*chunks) : 0;
  return varve::v0::format::fb::CreateArrayUpdatedChunks(
      _fbb,
      node_id,
      chunks__);
}

struct MoveOperation FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef MoveOperationBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_FROM = 4,
    VT_TO = 6,
    VT_NODE_ID = 8,
    VT_NODE_TYPE = 10
  };
  const flatbuffers::String *from() const {
    return GetPointer<const flatbuffers::String *>(VT_FROM);
  }
  const flatbuffers::String *to() const {
    return GetPointer<const flatbuffers::String *>(VT_TO);
  }
  const varve::v0::format::fb::ObjectId8 *node_id() const {
    return GetStruct<const varve::v0::format::fb::ObjectId8 *>(VT_NODE_ID);
  }
  varve::v0::format::fb::NodeType node_type() const {
    return static_cast<varve::v0::format::fb::NodeType>(GetField<uint8_t>(VT_NODE_TYPE, 0));
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyOffset(verifier, VT_FROM) &&
           verifier.VerifyString(from()) &&
           VerifyOffset(verifier, VT_TO) &&
           verifier.VerifyString(to()) &&
           VerifyField<varve::v0::format::fb::ObjectId8>(verifier, VT_NODE_ID, 1) &&
           VerifyField<uint8_t>(verifier, VT_NODE_TYPE, 1) &&
           verifier.EndTable();
  }
};

struct MoveOperationBuilder {
  typedef MoveOperation Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_from(flatbuffers::Offset<flatbuffers::String> from) {
    fbb_.AddOffset(MoveOperation::VT_FROM, from);
  }
  void add_to(flatbuffers::Offset<flatbuffers::String> to) {
    fbb_.AddOffset(MoveOperation::VT_TO, to);
  }
  void add_node_id(const varve::v0::format::fb::ObjectId8 *node_id) {
    fbb_.AddStruct(MoveOperation::VT_NODE_ID, node_id);
  }
  void add_node_type(varve::v0::format::fb::NodeType node_type) {
    fbb_.AddElement<uint8_t>(MoveOperation::VT_NODE_TYPE, static_cast<uint8_t>(node_type), 0);
  }
  explicit MoveOperationBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<MoveOperation> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<MoveOperation>(end);
    return o;
  }
};

inline flatbuffers::Offset<MoveOperation> CreateMoveOperation(
    flatbuffers::FlatBufferBuilder &_fbb,
    flatbuffers::Offset<flatbuffers::String> from = 0,
    flatbuffers::Offset<flatbuffers::String> to = 0,
    const varve::v0::format::fb::ObjectId8 *node_id = nullptr,
    varve::v0::format::fb::NodeType node_type = varve::v0::format::fb::NodeType::Group) {
  MoveOperationBuilder builder_(_fbb);
  builder_.add_node_id(node_id);
  builder_.add_to(to);
  builder_.add_from(from);
  builder_.add_node_type(node_type);
  return builder_.Finish();
}

inline flatbuffers::Offset<MoveOperation> CreateMoveOperationDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const char *from = nullptr,
    const char *to = nullptr,
    const varve::v0::format::fb::ObjectId8 *node_id = nullptr,
    varve::v0::format::fb::NodeType node_type = varve::v0::format::fb::NodeType::Group) {
  auto from__ = from ? _fbb.CreateString(from) : 0;
  auto to__ = to ? _fbb.CreateString(to) : 0;
  return varve::v0::format::fb::CreateMoveOperation(
      _fbb,
      from__,
      to__,
      node_id,
      node_type);
}

struct TransactionLog FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef TransactionLogBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_ID = 4,
    VT_NEW_GROUPS = 6,
    VT_NEW_ARRAYS = 8,
    VT_DELETED_GROUPS = 10,
    VT_DELETED_ARRAYS = 12,
    VT_UPDATED_ARRAYS = 14,
    VT_UPDATED_GROUPS = 16,
    VT_UPDATED_CHUNKS = 18,
    VT_MOVED_NODES = 20,
    VT_EXTRA = 22
  };
  const varve::v0::format::fb::ObjectId12 *id() const {
    return GetStruct<const varve::v0::format::fb::ObjectId12 *>(VT_ID);
  }
  const flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *> *new_groups() const {
    return GetPointer<const flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *> *>(VT_NEW_GROUPS);
  }
  const flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *> *new_arrays() const {
    return GetPointer<const flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *> *>(VT_NEW_ARRAYS);
  }
  const flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *> *deleted_groups() const {
    return GetPointer<const flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *> *>(VT_DELETED_GROUPS);
  }
  const flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *> *deleted_arrays() const {
    return GetPointer<const flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *> *>(VT_DELETED_ARRAYS);
  }
  const flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *> *updated_arrays() const {
    return GetPointer<const flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *> *>(VT_UPDATED_ARRAYS);
  }
  const flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *> *updated_groups() const {
    return GetPointer<const flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *> *>(VT_UPDATED_GROUPS);
  }
  const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ArrayUpdatedChunks>> *updated_chunks() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ArrayUpdatedChunks>> *>(VT_UPDATED_CHUNKS);
  }
  const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::MoveOperation>> *moved_nodes() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::MoveOperation>> *>(VT_MOVED_NODES);
  }
  const flatbuffers::Vector<uint8_t> *extra() const {
    return GetPointer<const flatbuffers::Vector<uint8_t> *>(VT_EXTRA);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyFieldRequired<varve::v0::format::fb::ObjectId12>(verifier, VT_ID, 1) &&
           VerifyOffsetRequired(verifier, VT_NEW_GROUPS) &&
           verifier.VerifyVector(new_groups()) &&
           VerifyOffsetRequired(verifier, VT_NEW_ARRAYS) &&
           verifier.VerifyVector(new_arrays()) &&
           VerifyOffsetRequired(verifier, VT_DELETED_GROUPS) &&
           verifier.VerifyVector(deleted_groups()) &&
           VerifyOffsetRequired(verifier, VT_DELETED_ARRAYS) &&
           verifier.VerifyVector(deleted_arrays()) &&
           VerifyOffsetRequired(verifier, VT_UPDATED_ARRAYS) &&
           verifier.VerifyVector(updated_arrays()) &&
           VerifyOffsetRequired(verifier, VT_UPDATED_GROUPS) &&
           verifier.VerifyVector(updated_groups()) &&
           VerifyOffsetRequired(verifier, VT_UPDATED_CHUNKS) &&
           verifier.VerifyVector(updated_chunks()) &&
           verifier.VerifyVectorOfTables(updated_chunks()) &&
           VerifyOffset(verifier, VT_MOVED_NODES) &&
           verifier.VerifyVector(moved_nodes()) &&
           verifier.VerifyVectorOfTables(moved_nodes()) &&
           VerifyOffset(verifier, VT_EXTRA) &&
           verifier.VerifyVector(extra()) &&
           verifier.EndTable();
  }
};

struct TransactionLogBuilder {
  typedef TransactionLog Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_id(const varve::v0::format::fb::ObjectId12 *id) {
    fbb_.AddStruct(TransactionLog::VT_ID, id);
  }
  void add_new_groups(flatbuffers::Offset<flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *>> new_groups) {
    fbb_.AddOffset(TransactionLog::VT_NEW_GROUPS, new_groups);
  }
  void add_new_arrays(flatbuffers::Offset<flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *>> new_arrays) {
    fbb_.AddOffset(TransactionLog::VT_NEW_ARRAYS, new_arrays);
  }
  void add_deleted_groups(flatbuffers::Offset<flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *>> deleted_groups) {
    fbb_.AddOffset(TransactionLog::VT_DELETED_GROUPS, deleted_groups);
  }
  void add_deleted_arrays(flatbuffers::Offset<flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *>> deleted_arrays) {
    fbb_.AddOffset(TransactionLog::VT_DELETED_ARRAYS, deleted_arrays);
  }
  void add_updated_arrays(flatbuffers::Offset<flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *>> updated_arrays) {
    fbb_.AddOffset(TransactionLog::VT_UPDATED_ARRAYS, updated_arrays);
  }
  void add_updated_groups(flatbuffers::Offset<flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *>> updated_groups) {
    fbb_.AddOffset(TransactionLog::VT_UPDATED_GROUPS, updated_groups);
  }
  void add_updated_chunks(flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ArrayUpdatedChunks>>> updated_chunks) {
    fbb_.AddOffset(TransactionLog::VT_UPDATED_CHUNKS, updated_chunks);
  }
  void add_moved_nodes(flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::MoveOperation>>> moved_nodes) {
    fbb_.AddOffset(TransactionLog::VT_MOVED_NODES, moved_nodes);
  }
  void add_extra(flatbuffers::Offset<flatbuffers::Vector<uint8_t>> extra) {
    fbb_.AddOffset(TransactionLog::VT_EXTRA, extra);
  }
  explicit TransactionLogBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<TransactionLog> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<TransactionLog>(end);
    fbb_.Required(o, TransactionLog::VT_ID);
    fbb_.Required(o, TransactionLog::VT_NEW_GROUPS);
    fbb_.Required(o, TransactionLog::VT_NEW_ARRAYS);
    fbb_.Required(o, TransactionLog::VT_DELETED_GROUPS);
    fbb_.Required(o, TransactionLog::VT_DELETED_ARRAYS);
    fbb_.Required(o, TransactionLog::VT_UPDATED_ARRAYS);
    fbb_.Required(o, TransactionLog::VT_UPDATED_GROUPS);
    fbb_.Required(o, TransactionLog::VT_UPDATED_CHUNKS);
    return o;
  }
};

inline flatbuffers::Offset<TransactionLog> CreateTransactionLog(
    flatbuffers::FlatBufferBuilder &_fbb,
    const varve::v0::format::fb::ObjectId12 *id = nullptr,
    flatbuffers::Offset<flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *>> new_groups = 0,
    flatbuffers::Offset<flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *>> new_arrays = 0,
    flatbuffers::Offset<flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *>> deleted_groups = 0,
    flatbuffers::Offset<flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *>> deleted_arrays = 0,
    flatbuffers::Offset<flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *>> updated_arrays = 0,
    flatbuffers::Offset<flatbuffers::Vector<const varve::v0::format::fb::ObjectId8 *>> updated_groups = 0,
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::ArrayUpdatedChunks>>> updated_chunks = 0,
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::MoveOperation>>> moved_nodes = 0,
    flatbuffers::Offset<flatbuffers::Vector<uint8_t>> extra = 0) {
  TransactionLogBuilder builder_(_fbb);
  builder_.add_extra(extra);
  builder_.add_moved_nodes(moved_nodes);
  builder_.add_updated_chunks(updated_chunks);
  builder_.add_updated_groups(updated_groups);
  builder_.add_updated_arrays(updated_arrays);
  builder_.add_deleted_arrays(deleted_arrays);
  builder_.add_deleted_groups(deleted_groups);
  builder_.add_new_arrays(new_arrays);
  builder_.add_new_groups(new_groups);
  builder_.add_id(id);
  return builder_.Finish();
}

inline flatbuffers::Offset<TransactionLog> CreateTransactionLogDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const varve::v0::format::fb::ObjectId12 *id = nullptr,
    const std::vector<varve::v0::format::fb::ObjectId8> *new_groups = nullptr,
    const std::vector<varve::v0::format::fb::ObjectId8> *new_arrays = nullptr,
    const std::vector<varve::v0::format::fb::ObjectId8> *deleted_groups = nullptr,
    const std::vector<varve::v0::format::fb::ObjectId8> *deleted_arrays = nullptr,
    const std::vector<varve::v0::format::fb::ObjectId8> *updated_arrays = nullptr,
    const std::vector<varve::v0::format::fb::ObjectId8> *updated_groups = nullptr,
    const std::vector<flatbuffers::Offset<varve::v0::format::fb::ArrayUpdatedChunks>> *updated_chunks = nullptr,
    const std::vector<flatbuffers::Offset<varve::v0::format::fb::MoveOperation>> *moved_nodes = nullptr,
    const std::vector<uint8_t> *extra = nullptr) {
  auto new_groups__ = new_groups ? _fbb.CreateVectorOfStructs<varve::v0::format::fb::ObjectId8>(*new_groups) : 0;
  auto new_arrays__ = new_arrays ? _fbb.CreateVectorOfStructs<varve::v0::format::fb::ObjectId8>(*new_arrays) : 0;
  auto deleted_groups__ = deleted_groups ? _fbb.CreateVectorOfStructs<varve::v0::format::fb::ObjectId8>(*deleted_groups) : 0;
  auto deleted_arrays__ = deleted_arrays ? _fbb.CreateVectorOfStructs<varve::v0::format::fb::ObjectId8>(*deleted_arrays) : 0;
  auto updated_arrays__ = updated_arrays ? _fbb.CreateVectorOfStructs<varve::v0::format::fb::ObjectId8>(*updated_arrays) : 0;
  auto updated_groups__ = updated_groups ? _fbb.CreateVectorOfStructs<varve::v0::format::fb::ObjectId8>(*updated_groups) : 0;
  auto updated_chunks__ = updated_chunks ? _fbb.CreateVector<flatbuffers::Offset<varve::v0::format::fb::ArrayUpdatedChunks>>(*updated_chunks) : 0;
  auto moved_nodes__ = moved_nodes ? _fbb.CreateVector<flatbuffers::Offset<varve::v0::format::fb::MoveOperation>>(*moved_nodes) : 0;
  auto extra__ = extra ? _fbb.CreateVector<uint8_t>(*extra) : 0;
  return varve::v0::format::fb::CreateTransactionLog(
      _fbb,
      id,
      new_groups__,
      new_arrays__,
      deleted_groups__,
      deleted_arrays__,
      updated_arrays__,
      updated_groups__,
      updated_chunks__,
      moved_nodes__,
      extra__);
}

struct Ref FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef RefBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_NAME = 4,
    VT_SNAPSHOT_INDEX = 6
  };
  const flatbuffers::String *name() const {
    return GetPointer<const flatbuffers::String *>(VT_NAME);
  }
  uint32_t snapshot_index() const {
    return GetField<uint32_t>(VT_SNAPSHOT_INDEX, 0);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyOffsetRequired(verifier, VT_NAME) &&
           verifier.VerifyString(name()) &&
           VerifyField<uint32_t>(verifier, VT_SNAPSHOT_INDEX, 4) &&
           verifier.EndTable();
  }
};

struct RefBuilder {
  typedef Ref Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_name(flatbuffers::Offset<flatbuffers::String> name) {
    fbb_.AddOffset(Ref::VT_NAME, name);
  }
  void add_snapshot_index(uint32_t snapshot_index) {
    fbb_.AddElement<uint32_t>(Ref::VT_SNAPSHOT_INDEX, snapshot_index, 0);
  }
  explicit RefBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<Ref> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<Ref>(end);
    fbb_.Required(o, Ref::VT_NAME);
    return o;
  }
};

inline flatbuffers::Offset<Ref> CreateRef(
    flatbuffers::FlatBufferBuilder &_fbb,
    flatbuffers::Offset<flatbuffers::String> name = 0,
    uint32_t snapshot_index = 0) {
  RefBuilder builder_(_fbb);
  builder_.add_snapshot_index(snapshot_index);
  builder_.add_name(name);
  return builder_.Finish();
}

inline flatbuffers::Offset<Ref> CreateRefDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const char *name = nullptr,
    uint32_t snapshot_index = 0) {
  auto name__ = name ? _fbb.CreateString(name) : 0;
  return varve::v0::format::fb::CreateRef(
      _fbb,
      name__,
      snapshot_index);
}

struct SnapshotInfo FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef SnapshotInfoBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_ID = 4,
    VT_PARENT_OFFSET = 6,
    VT_FLUSHED_AT = 8,
    VT_MESSAGE = 10,
    VT_METADATA = 12,
    VT_PRUNED_ANCESTOR_TX_LOGS = 14
  };
  const varve::v0::format::fb::ObjectId12 *id() const {
    return GetStruct<const varve::v0::format::fb::ObjectId12 *>(VT_ID);
  }
  int32_t parent_offset() const {
    return GetField<int32_t>(VT_PARENT_OFFSET, 0);
  }
  uint64_t flushed_at() const {
    return GetField<uint64_t>(VT_FLUSHED_AT, 0);
  }
  const flatbuffers::String *message() const {
    return GetPointer<const flatbuffers::String *>(VT_MESSAGE);
  }
  const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::MetadataItem>> *metadata() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::MetadataItem>> *>(VT_METADATA);
  }
  const flatbuffers::Vector<const varve::v0::format::fb::ObjectId12 *> *pruned_ancestor_tx_logs() const {
    return GetPointer<const flatbuffers::Vector<const varve::v0::format::fb::ObjectId12 *> *>(VT_PRUNED_ANCESTOR_TX_LOGS);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyFieldRequired<varve::v0::format::fb::ObjectId12>(verifier, VT_ID, 1) &&
           VerifyField<int32_t>(verifier, VT_PARENT_OFFSET, 4) &&
           VerifyField<uint64_t>(verifier, VT_FLUSHED_AT, 8) &&
           VerifyOffsetRequired(verifier, VT_MESSAGE) &&
           verifier.VerifyString(message()) &&
           VerifyOffset(verifier, VT_METADATA) &&
           verifier.VerifyVector(metadata()) &&
           verifier.VerifyVectorOfTables(metadata()) &&
           VerifyOffset(verifier, VT_PRUNED_ANCESTOR_TX_LOGS) &&
           verifier.VerifyVector(pruned_ancestor_tx_logs()) &&
           verifier.EndTable();
  }
};

struct SnapshotInfoBuilder {
  typedef SnapshotInfo Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_id(const varve::v0::format::fb::ObjectId12 *id) {
    fbb_.AddStruct(SnapshotInfo::VT_ID, id);
  }
  void add_parent_offset(int32_t parent_offset) {
    fbb_.AddElement<int32_t>(SnapshotInfo::VT_PARENT_OFFSET, parent_offset, 0);
  }
  void add_flushed_at(uint64_t flushed_at) {
    fbb_.AddElement<uint64_t>(SnapshotInfo::VT_FLUSHED_AT, flushed_at, 0);
  }
  void add_message(flatbuffers::Offset<flatbuffers::String> message) {
    fbb_.AddOffset(SnapshotInfo::VT_MESSAGE, message);
  }
  void add_metadata(flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::MetadataItem>>> metadata) {
    fbb_.AddOffset(SnapshotInfo::VT_METADATA, metadata);
  }
  void add_pruned_ancestor_tx_logs(flatbuffers::Offset<flatbuffers::Vector<const varve::v0::format::fb::ObjectId12 *>> pruned_ancestor_tx_logs) {
    fbb_.AddOffset(SnapshotInfo::VT_PRUNED_ANCESTOR_TX_LOGS, pruned_ancestor_tx_logs);
  }
  explicit SnapshotInfoBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<SnapshotInfo> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<SnapshotInfo>(end);
    fbb_.Required(o, SnapshotInfo::VT_ID);
    fbb_.Required(o, SnapshotInfo::VT_MESSAGE);
    return o;
  }
};

inline flatbuffers::Offset<SnapshotInfo> CreateSnapshotInfo(
    flatbuffers::FlatBufferBuilder &_fbb,
    const varve::v0::format::fb::ObjectId12 *id = nullptr,
    int32_t parent_offset = 0,
    uint64_t flushed_at = 0,
    flatbuffers::Offset<flatbuffers::String> message = 0,
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::MetadataItem>>> metadata = 0,
    flatbuffers::Offset<flatbuffers::Vector<const varve::v0::format::fb::ObjectId12 *>> pruned_ancestor_tx_logs = 0) {
  SnapshotInfoBuilder builder_(_fbb);
  builder_.add_flushed_at(flushed_at);
  builder_.add_pruned_ancestor_tx_logs(pruned_ancestor_tx_logs);
  builder_.add_metadata(metadata);
  builder_.add_message(message);
  builder_.add_parent_offset(parent_offset);
  builder_.add_id(id);
  return builder_.Finish();
}

inline flatbuffers::Offset<SnapshotInfo> CreateSnapshotInfoDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const varve::v0::format::fb::ObjectId12 *id = nullptr,
    int32_t parent_offset = 0,
    uint64_t flushed_at = 0,
    const char *message = nullptr,
    const std::vector<flatbuffers::Offset<varve::v0::format::fb::MetadataItem>> *metadata = nullptr,
    const std::vector<varve::v0::format::fb::ObjectId12> *pruned_ancestor_tx_logs = nullptr) {
  auto message__ = message ? _fbb.CreateString(message) : 0;
  auto metadata__ = metadata ? _fbb.CreateVector<flatbuffers::Offset<varve::v0::format::fb::MetadataItem>>(*metadata) : 0;
  auto pruned_ancestor_tx_logs__ = pruned_ancestor_tx_logs ? _fbb.CreateVectorOfStructs<varve::v0::format::fb::ObjectId12>(*pruned_ancestor_tx_logs) : 0;
  return varve::v0::format::fb::CreateSnapshotInfo(
      _fbb,
      id,
      parent_offset,
      flushed_at,
      message__,
      metadata__,
      pruned_ancestor_tx_logs__);
}

struct RepoStatus FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef RepoStatusBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_AVAILABILITY = 4,
    VT_SET_AT = 6,
    VT_LIMITED_AVAILABILITY_REASON = 8
  };
  varve::v0::format::fb::RepoAvailability availability() const {
    return static_cast<varve::v0::format::fb::RepoAvailability>(GetField<uint8_t>(VT_AVAILABILITY, 0));
  }
  uint64_t set_at() const {
    return GetField<uint64_t>(VT_SET_AT, 0);
  }
  const flatbuffers::String *limited_availability_reason() const {
    return GetPointer<const flatbuffers::String *>(VT_LIMITED_AVAILABILITY_REASON);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyField<uint8_t>(verifier, VT_AVAILABILITY, 1) &&
           VerifyField<uint64_t>(verifier, VT_SET_AT, 8) &&
           VerifyOffset(verifier, VT_LIMITED_AVAILABILITY_REASON) &&
           verifier.VerifyString(limited_availability_reason()) &&
           verifier.EndTable();
  }
};

struct RepoStatusBuilder {
  typedef RepoStatus Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_availability(varve::v0::format::fb::RepoAvailability availability) {
    fbb_.AddElement<uint8_t>(RepoStatus::VT_AVAILABILITY, static_cast<uint8_t>(availability), 0);
  }
  void add_set_at(uint64_t set_at) {
    fbb_.AddElement<uint64_t>(RepoStatus::VT_SET_AT, set_at, 0);
  }
  void add_limited_availability_reason(flatbuffers::Offset<flatbuffers::String> limited_availability_reason) {
    fbb_.AddOffset(RepoStatus::VT_LIMITED_AVAILABILITY_REASON, limited_availability_reason);
  }
  explicit RepoStatusBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<RepoStatus> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<RepoStatus>(end);
    return o;
  }
};

inline flatbuffers::Offset<RepoStatus> CreateRepoStatus(
    flatbuffers::FlatBufferBuilder &_fbb,
    varve::v0::format::fb::RepoAvailability availability = varve::v0::format::fb::RepoAvailability::Online,
    uint64_t set_at = 0,
    flatbuffers::Offset<flatbuffers::String> limited_availability_reason = 0) {
  RepoStatusBuilder builder_(_fbb);
  builder_.add_set_at(set_at);
  builder_.add_limited_availability_reason(limited_availability_reason);
  builder_.add_availability(availability);
  return builder_.Finish();
}

inline flatbuffers::Offset<RepoStatus> CreateRepoStatusDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    varve::v0::format::fb::RepoAvailability availability = varve::v0::format::fb::RepoAvailability::Online,
    uint64_t set_at = 0,
    const char *limited_availability_reason = nullptr) {
  auto limited_availability_reason__ = limited_availability_reason ? _fbb.CreateString(limited_availability_reason) : 0;
  return varve::v0::format::fb::CreateRepoStatus(
      _fbb,
      availability,
      set_at,
      limited_availability_reason__);
}

struct RepoInitializedUpdate FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef RepoInitializedUpdateBuilder Builder;
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           verifier.EndTable();
  }
};

struct RepoInitializedUpdateBuilder {
  typedef RepoInitializedUpdate Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  explicit RepoInitializedUpdateBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<RepoInitializedUpdate> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<RepoInitializedUpdate>(end);
    return o;
  }
};

inline flatbuffers::Offset<RepoInitializedUpdate> CreateRepoInitializedUpdate(
    flatbuffers::FlatBufferBuilder &_fbb) {
  RepoInitializedUpdateBuilder builder_(_fbb);
  return builder_.Finish();
}

struct RepoMigratedUpdate FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef RepoMigratedUpdateBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_FROM_VERSION = 4,
    VT_TO_VERSION = 6
  };
  uint8_t from_version() const {
    return GetField<uint8_t>(VT_FROM_VERSION, 0);
  }
  uint8_t to_version() const {
    return GetField<uint8_t>(VT_TO_VERSION, 0);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyField<uint8_t>(verifier, VT_FROM_VERSION, 1) &&
           VerifyField<uint8_t>(verifier, VT_TO_VERSION, 1) &&
           verifier.EndTable();
  }
};

struct RepoMigratedUpdateBuilder {
  typedef RepoMigratedUpdate Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_from_version(uint8_t from_version) {
    fbb_.AddElement<uint8_t>(RepoMigratedUpdate::VT_FROM_VERSION, from_version, 0);
  }
  void add_to_version(uint8_t to_version) {
    fbb_.AddElement<uint8_t>(RepoMigratedUpdate::VT_TO_VERSION, to_version, 0);
  }
  explicit RepoMigratedUpdateBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<RepoMigratedUpdate> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<RepoMigratedUpdate>(end);
    return o;
  }
};

inline flatbuffers::Offset<RepoMigratedUpdate> CreateRepoMigratedUpdate(
    flatbuffers::FlatBufferBuilder &_fbb,
    uint8_t from_version = 0,
    uint8_t to_version = 0) {
  RepoMigratedUpdateBuilder builder_(_fbb);
  builder_.add_to_version(to_version);
  builder_.add_from_version(from_version);
  return builder_.Finish();
}

struct ConfigChangedUpdate FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef ConfigChangedUpdateBuilder Builder;
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           verifier.EndTable();
  }
};

struct ConfigChangedUpdateBuilder {
  typedef ConfigChangedUpdate Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  explicit ConfigChangedUpdateBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<ConfigChangedUpdate> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<ConfigChangedUpdate>(end);
    return o;
  }
};

inline flatbuffers::Offset<ConfigChangedUpdate> CreateConfigChangedUpdate(
    flatbuffers::FlatBufferBuilder &_fbb) {
  ConfigChangedUpdateBuilder builder_(_fbb);
  return builder_.Finish();
}

struct MetadataChangedUpdate FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef MetadataChangedUpdateBuilder Builder;
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           verifier.EndTable();
  }
};

struct MetadataChangedUpdateBuilder {
  typedef MetadataChangedUpdate Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  explicit MetadataChangedUpdateBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<MetadataChangedUpdate> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<MetadataChangedUpdate>(end);
    return o;
  }
};

inline flatbuffers::Offset<MetadataChangedUpdate> CreateMetadataChangedUpdate(
    flatbuffers::FlatBufferBuilder &_fbb) {
  MetadataChangedUpdateBuilder builder_(_fbb);
  return builder_.Finish();
}

struct TagCreatedUpdate FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef TagCreatedUpdateBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_NAME = 4
  };
  const flatbuffers::String *name() const {
    return GetPointer<const flatbuffers::String *>(VT_NAME);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyOffsetRequired(verifier, VT_NAME) &&
           verifier.VerifyString(name()) &&
           verifier.EndTable();
  }
};

struct TagCreatedUpdateBuilder {
  typedef TagCreatedUpdate Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_name(flatbuffers::Offset<flatbuffers::String> name) {
    fbb_.AddOffset(TagCreatedUpdate::VT_NAME, name);
  }
  explicit TagCreatedUpdateBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<TagCreatedUpdate> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<TagCreatedUpdate>(end);
    fbb_.Required(o, TagCreatedUpdate::VT_NAME);
    return o;
  }
};

inline flatbuffers::Offset<TagCreatedUpdate> CreateTagCreatedUpdate(
    flatbuffers::FlatBufferBuilder &_fbb,
    flatbuffers::Offset<flatbuffers::String> name = 0) {
  TagCreatedUpdateBuilder builder_(_fbb);
  builder_.add_name(name);
  return builder_.Finish();
}

inline flatbuffers::Offset<TagCreatedUpdate> CreateTagCreatedUpdateDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const char *name = nullptr) {
  auto name__ = name ? _fbb.CreateString(name) : 0;
  return varve::v0::format::fb::CreateTagCreatedUpdate(
      _fbb,
      name__);
}

struct TagDeletedUpdate FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef TagDeletedUpdateBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_NAME = 4,
    VT_PREVIOUS_SNAP_ID = 6
  };
  const flatbuffers::String *name() const {
    return GetPointer<const flatbuffers::String *>(VT_NAME);
  }
  const varve::v0::format::fb::ObjectId12 *previous_snap_id() const {
    return GetStruct<const varve::v0::format::fb::ObjectId12 *>(VT_PREVIOUS_SNAP_ID);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyOffsetRequired(verifier, VT_NAME) &&
           verifier.VerifyString(name()) &&
           VerifyFieldRequired<varve::v0::format::fb::ObjectId12>(verifier, VT_PREVIOUS_SNAP_ID, 1) &&
           verifier.EndTable();
  }
};

struct TagDeletedUpdateBuilder {
  typedef TagDeletedUpdate Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_name(flatbuffers::Offset<flatbuffers::String> name) {
    fbb_.AddOffset(TagDeletedUpdate::VT_NAME, name);
  }
  void add_previous_snap_id(const varve::v0::format::fb::ObjectId12 *previous_snap_id) {
    fbb_.AddStruct(TagDeletedUpdate::VT_PREVIOUS_SNAP_ID, previous_snap_id);
  }
  explicit TagDeletedUpdateBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<TagDeletedUpdate> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<TagDeletedUpdate>(end);
    fbb_.Required(o, TagDeletedUpdate::VT_NAME);
    fbb_.Required(o, TagDeletedUpdate::VT_PREVIOUS_SNAP_ID);
    return o;
  }
};

inline flatbuffers::Offset<TagDeletedUpdate> CreateTagDeletedUpdate(
    flatbuffers::FlatBufferBuilder &_fbb,
    flatbuffers::Offset<flatbuffers::String> name = 0,
    const varve::v0::format::fb::ObjectId12 *previous_snap_id = nullptr) {
  TagDeletedUpdateBuilder builder_(_fbb);
  builder_.add_previous_snap_id(previous_snap_id);
  builder_.add_name(name);
  return builder_.Finish();
}

inline flatbuffers::Offset<TagDeletedUpdate> CreateTagDeletedUpdateDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const char *name = nullptr,
    const varve::v0::format::fb::ObjectId12 *previous_snap_id = nullptr) {
  auto name__ = name ? _fbb.CreateString(name) : 0;
  return varve::v0::format::fb::CreateTagDeletedUpdate(
      _fbb,
      name__,
      previous_snap_id);
}

struct BranchCreatedUpdate FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef BranchCreatedUpdateBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_NAME = 4
  };
  const flatbuffers::String *name() const {
    return GetPointer<const flatbuffers::String *>(VT_NAME);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyOffsetRequired(verifier, VT_NAME) &&
           verifier.VerifyString(name()) &&
           verifier.EndTable();
  }
};

struct BranchCreatedUpdateBuilder {
  typedef BranchCreatedUpdate Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_name(flatbuffers::Offset<flatbuffers::String> name) {
    fbb_.AddOffset(BranchCreatedUpdate::VT_NAME, name);
  }
  explicit BranchCreatedUpdateBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<BranchCreatedUpdate> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<BranchCreatedUpdate>(end);
    fbb_.Required(o, BranchCreatedUpdate::VT_NAME);
    return o;
  }
};

inline flatbuffers::Offset<BranchCreatedUpdate> CreateBranchCreatedUpdate(
    flatbuffers::FlatBufferBuilder &_fbb,
    flatbuffers::Offset<flatbuffers::String> name = 0) {
  BranchCreatedUpdateBuilder builder_(_fbb);
  builder_.add_name(name);
  return builder_.Finish();
}

inline flatbuffers::Offset<BranchCreatedUpdate> CreateBranchCreatedUpdateDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const char *name = nullptr) {
  auto name__ = name ? _fbb.CreateString(name) : 0;
  return varve::v0::format::fb::CreateBranchCreatedUpdate(
      _fbb,
      name__);
}

struct BranchDeletedUpdate FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef BranchDeletedUpdateBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_NAME = 4,
    VT_PREVIOUS_SNAP_ID = 6
  };
  const flatbuffers::String *name() const {
    return GetPointer<const flatbuffers::String *>(VT_NAME);
  }
  const varve::v0::format::fb::ObjectId12 *previous_snap_id() const {
    return GetStruct<const varve::v0::format::fb::ObjectId12 *>(VT_PREVIOUS_SNAP_ID);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyOffsetRequired(verifier, VT_NAME) &&
           verifier.VerifyString(name()) &&
           VerifyFieldRequired<varve::v0::format::fb::ObjectId12>(verifier, VT_PREVIOUS_SNAP_ID, 1) &&
           verifier.EndTable();
  }
};

struct BranchDeletedUpdateBuilder {
  typedef BranchDeletedUpdate Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_name(flatbuffers::Offset<flatbuffers::String> name) {
    fbb_.AddOffset(BranchDeletedUpdate::VT_NAME, name);
  }
  void add_previous_snap_id(const varve::v0::format::fb::ObjectId12 *previous_snap_id) {
    fbb_.AddStruct(BranchDeletedUpdate::VT_PREVIOUS_SNAP_ID, previous_snap_id);
  }
  explicit BranchDeletedUpdateBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<BranchDeletedUpdate> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<BranchDeletedUpdate>(end);
    fbb_.Required(o, BranchDeletedUpdate::VT_NAME);
    fbb_.Required(o, BranchDeletedUpdate::VT_PREVIOUS_SNAP_ID);
    return o;
  }
};

inline flatbuffers::Offset<BranchDeletedUpdate> CreateBranchDeletedUpdate(
    flatbuffers::FlatBufferBuilder &_fbb,
    flatbuffers::Offset<flatbuffers::String> name = 0,
    const varve::v0::format::fb::ObjectId12 *previous_snap_id = nullptr) {
  BranchDeletedUpdateBuilder builder_(_fbb);
  builder_.add_previous_snap_id(previous_snap_id);
  builder_.add_name(name);
  return builder_.Finish();
}

inline flatbuffers::Offset<BranchDeletedUpdate> CreateBranchDeletedUpdateDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const char *name = nullptr,
    const varve::v0::format::fb::ObjectId12 *previous_snap_id = nullptr) {
  auto name__ = name ? _fbb.CreateString(name) : 0;
  return varve::v0::format::fb::CreateBranchDeletedUpdate(
      _fbb,
      name__,
      previous_snap_id);
}

struct BranchResetUpdate FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef BranchResetUpdateBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_NAME = 4,
    VT_PREVIOUS_SNAP_ID = 6
  };
  const flatbuffers::String *name() const {
    return GetPointer<const flatbuffers::String *>(VT_NAME);
  }
  const varve::v0::format::fb::ObjectId12 *previous_snap_id() const {
    return GetStruct<const varve::v0::format::fb::ObjectId12 *>(VT_PREVIOUS_SNAP_ID);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyOffsetRequired(verifier, VT_NAME) &&
           verifier.VerifyString(name()) &&
           VerifyFieldRequired<varve::v0::format::fb::ObjectId12>(verifier, VT_PREVIOUS_SNAP_ID, 1) &&
           verifier.EndTable();
  }
};

struct BranchResetUpdateBuilder {
  typedef BranchResetUpdate Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_name(flatbuffers::Offset<flatbuffers::String> name) {
    fbb_.AddOffset(BranchResetUpdate::VT_NAME, name);
  }
  void add_previous_snap_id(const varve::v0::format::fb::ObjectId12 *previous_snap_id) {
    fbb_.AddStruct(BranchResetUpdate::VT_PREVIOUS_SNAP_ID, previous_snap_id);
  }
  explicit BranchResetUpdateBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<BranchResetUpdate> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<BranchResetUpdate>(end);
    fbb_.Required(o, BranchResetUpdate::VT_NAME);
    fbb_.Required(o, BranchResetUpdate::VT_PREVIOUS_SNAP_ID);
    return o;
  }
};

inline flatbuffers::Offset<BranchResetUpdate> CreateBranchResetUpdate(
    flatbuffers::FlatBufferBuilder &_fbb,
    flatbuffers::Offset<flatbuffers::String> name = 0,
    const varve::v0::format::fb::ObjectId12 *previous_snap_id = nullptr) {
  BranchResetUpdateBuilder builder_(_fbb);
  builder_.add_previous_snap_id(previous_snap_id);
  builder_.add_name(name);
  return builder_.Finish();
}

inline flatbuffers::Offset<BranchResetUpdate> CreateBranchResetUpdateDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const char *name = nullptr,
    const varve::v0::format::fb::ObjectId12 *previous_snap_id = nullptr) {
  auto name__ = name ? _fbb.CreateString(name) : 0;
  return varve::v0::format::fb::CreateBranchResetUpdate(
      _fbb,
      name__,
      previous_snap_id);
}

struct NewCommitUpdate FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef NewCommitUpdateBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_BRANCH = 4,
    VT_NEW_SNAP_ID = 6
  };
  const flatbuffers::String *branch() const {
    return GetPointer<const flatbuffers::String *>(VT_BRANCH);
  }
  const varve::v0::format::fb::ObjectId12 *new_snap_id() const {
    return GetStruct<const varve::v0::format::fb::ObjectId12 *>(VT_NEW_SNAP_ID);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyOffsetRequired(verifier, VT_BRANCH) &&
           verifier.VerifyString(branch()) &&
           VerifyFieldRequired<varve::v0::format::fb::ObjectId12>(verifier, VT_NEW_SNAP_ID, 1) &&
           verifier.EndTable();
  }
};

struct NewCommitUpdateBuilder {
  typedef NewCommitUpdate Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_branch(flatbuffers::Offset<flatbuffers::String> branch) {
    fbb_.AddOffset(NewCommitUpdate::VT_BRANCH, branch);
  }
  void add_new_snap_id(const varve::v0::format::fb::ObjectId12 *new_snap_id) {
    fbb_.AddStruct(NewCommitUpdate::VT_NEW_SNAP_ID, new_snap_id);
  }
  explicit NewCommitUpdateBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<NewCommitUpdate> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<NewCommitUpdate>(end);
    fbb_.Required(o, NewCommitUpdate::VT_BRANCH);
    fbb_.Required(o, NewCommitUpdate::VT_NEW_SNAP_ID);
    return o;
  }
};

inline flatbuffers::Offset<NewCommitUpdate> CreateNewCommitUpdate(
    flatbuffers::FlatBufferBuilder &_fbb,
    flatbuffers::Offset<flatbuffers::String> branch = 0,
    const varve::v0::format::fb::ObjectId12 *new_snap_id = nullptr) {
  NewCommitUpdateBuilder builder_(_fbb);
  builder_.add_new_snap_id(new_snap_id);
  builder_.add_branch(branch);
  return builder_.Finish();
}

inline flatbuffers::Offset<NewCommitUpdate> CreateNewCommitUpdateDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const char *branch = nullptr,
    const varve::v0::format::fb::ObjectId12 *new_snap_id = nullptr) {
  auto branch__ = branch ? _fbb.CreateString(branch) : 0;
  return varve::v0::format::fb::CreateNewCommitUpdate(
      _fbb,
      branch__,
      new_snap_id);
}

struct CommitAmendedUpdate FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef CommitAmendedUpdateBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_BRANCH = 4,
    VT_PREVIOUS_SNAP_ID = 6,
    VT_NEW_SNAP_ID = 8
  };
  const flatbuffers::String *branch() const {
    return GetPointer<const flatbuffers::String *>(VT_BRANCH);
  }
  const varve::v0::format::fb::ObjectId12 *previous_snap_id() const {
    return GetStruct<const varve::v0::format::fb::ObjectId12 *>(VT_PREVIOUS_SNAP_ID);
  }
  const varve::v0::format::fb::ObjectId12 *new_snap_id() const {
    return GetStruct<const varve::v0::format::fb::ObjectId12 *>(VT_NEW_SNAP_ID);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyOffsetRequired(verifier, VT_BRANCH) &&
           verifier.VerifyString(branch()) &&
           VerifyFieldRequired<varve::v0::format::fb::ObjectId12>(verifier, VT_PREVIOUS_SNAP_ID, 1) &&
           VerifyFieldRequired<varve::v0::format::fb::ObjectId12>(verifier, VT_NEW_SNAP_ID, 1) &&
           verifier.EndTable();
  }
};

struct CommitAmendedUpdateBuilder {
  typedef CommitAmendedUpdate Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_branch(flatbuffers::Offset<flatbuffers::String> branch) {
    fbb_.AddOffset(CommitAmendedUpdate::VT_BRANCH, branch);
  }
  void add_previous_snap_id(const varve::v0::format::fb::ObjectId12 *previous_snap_id) {
    fbb_.AddStruct(CommitAmendedUpdate::VT_PREVIOUS_SNAP_ID, previous_snap_id);
  }
  void add_new_snap_id(const varve::v0::format::fb::ObjectId12 *new_snap_id) {
    fbb_.AddStruct(CommitAmendedUpdate::VT_NEW_SNAP_ID, new_snap_id);
  }
  explicit CommitAmendedUpdateBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<CommitAmendedUpdate> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<CommitAmendedUpdate>(end);
    fbb_.Required(o, CommitAmendedUpdate::VT_BRANCH);
    fbb_.Required(o, CommitAmendedUpdate::VT_PREVIOUS_SNAP_ID);
    fbb_.Required(o, CommitAmendedUpdate::VT_NEW_SNAP_ID);
    return o;
  }
};

inline flatbuffers::Offset<CommitAmendedUpdate> CreateCommitAmendedUpdate(
    flatbuffers::FlatBufferBuilder &_fbb,
    flatbuffers::Offset<flatbuffers::String> branch = 0,
    const varve::v0::format::fb::ObjectId12 *previous_snap_id = nullptr,
    const varve::v0::format::fb::ObjectId12 *new_snap_id = nullptr) {
  CommitAmendedUpdateBuilder builder_(_fbb);
  builder_.add_new_snap_id(new_snap_id);
  builder_.add_previous_snap_id(previous_snap_id);
  builder_.add_branch(branch);
  return builder_.Finish();
}

inline flatbuffers::Offset<CommitAmendedUpdate> CreateCommitAmendedUpdateDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const char *branch = nullptr,
    const varve::v0::format::fb::ObjectId12 *previous_snap_id = nullptr,
    const varve::v0::format::fb::ObjectId12 *new_snap_id = nullptr) {
  auto branch__ = branch ? _fbb.CreateString(branch) : 0;
  return varve::v0::format::fb::CreateCommitAmendedUpdate(
      _fbb,
      branch__,
      previous_snap_id,
      new_snap_id);
}

struct NewDetachedSnapshotUpdate FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef NewDetachedSnapshotUpdateBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_NEW_SNAP_ID = 4
  };
  const varve::v0::format::fb::ObjectId12 *new_snap_id() const {
    return GetStruct<const varve::v0::format::fb::ObjectId12 *>(VT_NEW_SNAP_ID);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyFieldRequired<varve::v0::format::fb::ObjectId12>(verifier, VT_NEW_SNAP_ID, 1) &&
           verifier.EndTable();
  }
};

struct NewDetachedSnapshotUpdateBuilder {
  typedef NewDetachedSnapshotUpdate Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_new_snap_id(const varve::v0::format::fb::ObjectId12 *new_snap_id) {
    fbb_.AddStruct(NewDetachedSnapshotUpdate::VT_NEW_SNAP_ID, new_snap_id);
  }
  explicit NewDetachedSnapshotUpdateBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<NewDetachedSnapshotUpdate> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<NewDetachedSnapshotUpdate>(end);
    fbb_.Required(o, NewDetachedSnapshotUpdate::VT_NEW_SNAP_ID);
    return o;
  }
};

inline flatbuffers::Offset<NewDetachedSnapshotUpdate> CreateNewDetachedSnapshotUpdate(
    flatbuffers::FlatBufferBuilder &_fbb,
    const varve::v0::format::fb::ObjectId12 *new_snap_id = nullptr) {
  NewDetachedSnapshotUpdateBuilder builder_(_fbb);
  builder_.add_new_snap_id(new_snap_id);
  return builder_.Finish();
}

struct GCRanUpdate FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef GCRanUpdateBuilder Builder;
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           verifier.EndTable();
  }
};

struct GCRanUpdateBuilder {
  typedef GCRanUpdate Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  explicit GCRanUpdateBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<GCRanUpdate> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<GCRanUpdate>(end);
    return o;
  }
};

inline flatbuffers::Offset<GCRanUpdate> CreateGCRanUpdate(
    flatbuffers::FlatBufferBuilder &_fbb) {
  GCRanUpdateBuilder builder_(_fbb);
  return builder_.Finish();
}

struct ExpirationRanUpdate FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef ExpirationRanUpdateBuilder Builder;
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           verifier.EndTable();
  }
};

struct ExpirationRanUpdateBuilder {
  typedef ExpirationRanUpdate Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  explicit ExpirationRanUpdateBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<ExpirationRanUpdate> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<ExpirationRanUpdate>(end);
    return o;
  }
};

inline flatbuffers::Offset<ExpirationRanUpdate> CreateExpirationRanUpdate(
    flatbuffers::FlatBufferBuilder &_fbb) {
  ExpirationRanUpdateBuilder builder_(_fbb);
  return builder_.Finish();
}

struct FeatureFlagChangedUpdate FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef FeatureFlagChangedUpdateBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_ID = 4,
    VT_NEW_VALUE = 6,
    VT_IS_SET = 8
  };
  uint16_t id() const {
    return GetField<uint16_t>(VT_ID, 0);
  }
  bool new_value() const {
    return GetField<uint8_t>(VT_NEW_VALUE, 0) != 0;
  }
  bool is_set() const {
    return GetField<uint8_t>(VT_IS_SET, 0) != 0;
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyField<uint16_t>(verifier, VT_ID, 2) &&
           VerifyField<uint8_t>(verifier, VT_NEW_VALUE, 1) &&
           VerifyField<uint8_t>(verifier, VT_IS_SET, 1) &&
           verifier.EndTable();
  }
};

struct FeatureFlagChangedUpdateBuilder {
  typedef FeatureFlagChangedUpdate Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_id(uint16_t id) {
    fbb_.AddElement<uint16_t>(FeatureFlagChangedUpdate::VT_ID, id, 0);
  }
  void add_new_value(bool new_value) {
    fbb_.AddElement<uint8_t>(FeatureFlagChangedUpdate::VT_NEW_VALUE, static_cast<uint8_t>(new_value), 0);
  }
  void add_is_set(bool is_set) {
    fbb_.AddElement<uint8_t>(FeatureFlagChangedUpdate::VT_IS_SET, static_cast<uint8_t>(is_set), 0);
  }
  explicit FeatureFlagChangedUpdateBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<FeatureFlagChangedUpdate> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<FeatureFlagChangedUpdate>(end);
    return o;
  }
};

inline flatbuffers::Offset<FeatureFlagChangedUpdate> CreateFeatureFlagChangedUpdate(
    flatbuffers::FlatBufferBuilder &_fbb,
    uint16_t id = 0,
    bool new_value = false,
    bool is_set = false) {
  FeatureFlagChangedUpdateBuilder builder_(_fbb);
  builder_.add_id(id);
  builder_.add_is_set(is_set);
  builder_.add_new_value(new_value);
  return builder_.Finish();
}

struct RepoStatusChangedUpdate FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef RepoStatusChangedUpdateBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_STATUS = 4
  };
  const varve::v0::format::fb::RepoStatus *status() const {
    return GetPointer<const varve::v0::format::fb::RepoStatus *>(VT_STATUS);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyOffset(verifier, VT_STATUS) &&
           verifier.VerifyTable(status()) &&
           verifier.EndTable();
  }
};

struct RepoStatusChangedUpdateBuilder {
  typedef RepoStatusChangedUpdate Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_status(flatbuffers::Offset<varve::v0::format::fb::RepoStatus> status) {
    fbb_.AddOffset(RepoStatusChangedUpdate::VT_STATUS, status);
  }
  explicit RepoStatusChangedUpdateBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<RepoStatusChangedUpdate> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<RepoStatusChangedUpdate>(end);
    return o;
  }
};

inline flatbuffers::Offset<RepoStatusChangedUpdate> CreateRepoStatusChangedUpdate(
    flatbuffers::FlatBufferBuilder &_fbb,
    flatbuffers::Offset<varve::v0::format::fb::RepoStatus> status = 0) {
  RepoStatusChangedUpdateBuilder builder_(_fbb);
  builder_.add_status(status);
  return builder_.Finish();
}

struct Update FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef UpdateBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_UPDATE_TYPE_TYPE = 4,
    VT_UPDATE_TYPE = 6,
    VT_UPDATED_AT = 8,
    VT_BACKUP_PATH = 10
  };
  varve::v0::format::fb::UpdateType update_type_type() const {
    return static_cast<varve::v0::format::fb::UpdateType>(GetField<uint8_t>(VT_UPDATE_TYPE_TYPE, 0));
  }
  const void *update_type() const {
    return GetPointer<const void *>(VT_UPDATE_TYPE);
  }
  template<typename T> const T *update_type_as() const;
  const varve::v0::format::fb::RepoInitializedUpdate *update_type_as_RepoInitialized() const {
    return update_type_type() == varve::v0::format::fb::UpdateType::RepoInitialized ? static_cast<const varve::v0::format::fb::RepoInitializedUpdate *>(update_type()) : nullptr;
  }
  const varve::v0::format::fb::RepoMigratedUpdate *update_type_as_RepoMigrated() const {
    return update_type_type() == varve::v0::format::fb::UpdateType::RepoMigrated ? static_cast<const varve::v0::format::fb::RepoMigratedUpdate *>(update_type()) : nullptr;
  }
  const varve::v0::format::fb::ConfigChangedUpdate *update_type_as_ConfigChanged() const {
    return update_type_type() == varve::v0::format::fb::UpdateType::ConfigChanged ? static_cast<const varve::v0::format::fb::ConfigChangedUpdate *>(update_type()) : nullptr;
  }
  const varve::v0::format::fb::MetadataChangedUpdate *update_type_as_MetadataChanged() const {
    return update_type_type() == varve::v0::format::fb::UpdateType::MetadataChanged ? static_cast<const varve::v0::format::fb::MetadataChangedUpdate *>(update_type()) : nullptr;
  }
  const varve::v0::format::fb::TagCreatedUpdate *update_type_as_TagCreated() const {
    return update_type_type() == varve::v0::format::fb::UpdateType::TagCreated ? static_cast<const varve::v0::format::fb::TagCreatedUpdate *>(update_type()) : nullptr;
  }
  const varve::v0::format::fb::TagDeletedUpdate *update_type_as_TagDeleted() const {
    return update_type_type() == varve::v0::format::fb::UpdateType::TagDeleted ? static_cast<const varve::v0::format::fb::TagDeletedUpdate *>(update_type()) : nullptr;
  }
  const varve::v0::format::fb::BranchCreatedUpdate *update_type_as_BranchCreated() const {
    return update_type_type() == varve::v0::format::fb::UpdateType::BranchCreated ? static_cast<const varve::v0::format::fb::BranchCreatedUpdate *>(update_type()) : nullptr;
  }
  const varve::v0::format::fb::BranchDeletedUpdate *update_type_as_BranchDeleted() const {
    return update_type_type() == varve::v0::format::fb::UpdateType::BranchDeleted ? static_cast<const varve::v0::format::fb::BranchDeletedUpdate *>(update_type()) : nullptr;
  }
  const varve::v0::format::fb::BranchResetUpdate *update_type_as_BranchReset() const {
    return update_type_type() == varve::v0::format::fb::UpdateType::BranchReset ? static_cast<const varve::v0::format::fb::BranchResetUpdate *>(update_type()) : nullptr;
  }
  const varve::v0::format::fb::NewCommitUpdate *update_type_as_NewCommit() const {
    return update_type_type() == varve::v0::format::fb::UpdateType::NewCommit ? static_cast<const varve::v0::format::fb::NewCommitUpdate *>(update_type()) : nullptr;
  }
  const varve::v0::format::fb::CommitAmendedUpdate *update_type_as_CommitAmended() const {
    return update_type_type() == varve::v0::format::fb::UpdateType::CommitAmended ? static_cast<const varve::v0::format::fb::CommitAmendedUpdate *>(update_type()) : nullptr;
  }
  const varve::v0::format::fb::NewDetachedSnapshotUpdate *update_type_as_NewDetachedSnapshot() const {
    return update_type_type() == varve::v0::format::fb::UpdateType::NewDetachedSnapshot ? static_cast<const varve::v0::format::fb::NewDetachedSnapshotUpdate *>(update_type()) : nullptr;
  }
  const varve::v0::format::fb::GCRanUpdate *update_type_as_GCRan() const {
    return update_type_type() == varve::v0::format::fb::UpdateType::GCRan ? static_cast<const varve::v0::format::fb::GCRanUpdate *>(update_type()) : nullptr;
  }
  const varve::v0::format::fb::ExpirationRanUpdate *update_type_as_ExpirationRan() const {
    return update_type_type() == varve::v0::format::fb::UpdateType::ExpirationRan ? static_cast<const varve::v0::format::fb::ExpirationRanUpdate *>(update_type()) : nullptr;
  }
  const varve::v0::format::fb::FeatureFlagChangedUpdate *update_type_as_FeatureFlagChanged() const {
    return update_type_type() == varve::v0::format::fb::UpdateType::FeatureFlagChanged ? static_cast<const varve::v0::format::fb::FeatureFlagChangedUpdate *>(update_type()) : nullptr;
  }
  const varve::v0::format::fb::RepoStatusChangedUpdate *update_type_as_RepoStatusChanged() const {
    return update_type_type() == varve::v0::format::fb::UpdateType::RepoStatusChanged ? static_cast<const varve::v0::format::fb::RepoStatusChangedUpdate *>(update_type()) : nullptr;
  }
  uint64_t updated_at() const {
    return GetField<uint64_t>(VT_UPDATED_AT, 0);
  }
  const flatbuffers::String *backup_path() const {
    return GetPointer<const flatbuffers::String *>(VT_BACKUP_PATH);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyField<uint8_t>(verifier, VT_UPDATE_TYPE_TYPE, 1) &&
           VerifyOffsetRequired(verifier, VT_UPDATE_TYPE) &&
           VerifyUpdateType(verifier, update_type(), update_type_type()) &&
           VerifyField<uint64_t>(verifier, VT_UPDATED_AT, 8) &&
           VerifyOffset(verifier, VT_BACKUP_PATH) &&
           verifier.VerifyString(backup_path()) &&
           verifier.EndTable();
  }
};

template<> inline const varve::v0::format::fb::RepoInitializedUpdate *Update::update_type_as<varve::v0::format::fb::RepoInitializedUpdate>() const {
  return update_type_as_RepoInitialized();
}

template<> inline const varve::v0::format::fb::RepoMigratedUpdate *Update::update_type_as<varve::v0::format::fb::RepoMigratedUpdate>() const {
  return update_type_as_RepoMigrated();
}

template<> inline const varve::v0::format::fb::ConfigChangedUpdate *Update::update_type_as<varve::v0::format::fb::ConfigChangedUpdate>() const {
  return update_type_as_ConfigChanged();
}

template<> inline const varve::v0::format::fb::MetadataChangedUpdate *Update::update_type_as<varve::v0::format::fb::MetadataChangedUpdate>() const {
  return update_type_as_MetadataChanged();
}

template<> inline const varve::v0::format::fb::TagCreatedUpdate *Update::update_type_as<varve::v0::format::fb::TagCreatedUpdate>() const {
  return update_type_as_TagCreated();
}

template<> inline const varve::v0::format::fb::TagDeletedUpdate *Update::update_type_as<varve::v0::format::fb::TagDeletedUpdate>() const {
  return update_type_as_TagDeleted();
}

template<> inline const varve::v0::format::fb::BranchCreatedUpdate *Update::update_type_as<varve::v0::format::fb::BranchCreatedUpdate>() const {
  return update_type_as_BranchCreated();
}

template<> inline const varve::v0::format::fb::BranchDeletedUpdate *Update::update_type_as<varve::v0::format::fb::BranchDeletedUpdate>() const {
  return update_type_as_BranchDeleted();
}

template<> inline const varve::v0::format::fb::BranchResetUpdate *Update::update_type_as<varve::v0::format::fb::BranchResetUpdate>() const {
  return update_type_as_BranchReset();
}

template<> inline const varve::v0::format::fb::NewCommitUpdate *Update::update_type_as<varve::v0::format::fb::NewCommitUpdate>() const {
  return update_type_as_NewCommit();
}

template<> inline const varve::v0::format::fb::CommitAmendedUpdate *Update::update_type_as<varve::v0::format::fb::CommitAmendedUpdate>() const {
  return update_type_as_CommitAmended();
}

template<> inline const varve::v0::format::fb::NewDetachedSnapshotUpdate *Update::update_type_as<varve::v0::format::fb::NewDetachedSnapshotUpdate>() const {
  return update_type_as_NewDetachedSnapshot();
}

template<> inline const varve::v0::format::fb::GCRanUpdate *Update::update_type_as<varve::v0::format::fb::GCRanUpdate>() const {
  return update_type_as_GCRan();
}

template<> inline const varve::v0::format::fb::ExpirationRanUpdate *Update::update_type_as<varve::v0::format::fb::ExpirationRanUpdate>() const {
  return update_type_as_ExpirationRan();
}

template<> inline const varve::v0::format::fb::FeatureFlagChangedUpdate *Update::update_type_as<varve::v0::format::fb::FeatureFlagChangedUpdate>() const {
  return update_type_as_FeatureFlagChanged();
}

template<> inline const varve::v0::format::fb::RepoStatusChangedUpdate *Update::update_type_as<varve::v0::format::fb::RepoStatusChangedUpdate>() const {
  return update_type_as_RepoStatusChanged();
}

struct UpdateBuilder {
  typedef Update Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_update_type_type(varve::v0::format::fb::UpdateType update_type_type) {
    fbb_.AddElement<uint8_t>(Update::VT_UPDATE_TYPE_TYPE, static_cast<uint8_t>(update_type_type), 0);
  }
  void add_update_type(flatbuffers::Offset<void> update_type) {
    fbb_.AddOffset(Update::VT_UPDATE_TYPE, update_type);
  }
  void add_updated_at(uint64_t updated_at) {
    fbb_.AddElement<uint64_t>(Update::VT_UPDATED_AT, updated_at, 0);
  }
  void add_backup_path(flatbuffers::Offset<flatbuffers::String> backup_path) {
    fbb_.AddOffset(Update::VT_BACKUP_PATH, backup_path);
  }
  explicit UpdateBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<Update> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<Update>(end);
    fbb_.Required(o, Update::VT_UPDATE_TYPE);
    return o;
  }
};

inline flatbuffers::Offset<Update> CreateUpdate(
    flatbuffers::FlatBufferBuilder &_fbb,
    varve::v0::format::fb::UpdateType update_type_type = varve::v0::format::fb::UpdateType::NONE,
    flatbuffers::Offset<void> update_type = 0,
    uint64_t updated_at = 0,
    flatbuffers::Offset<flatbuffers::String> backup_path = 0) {
  UpdateBuilder builder_(_fbb);
  builder_.add_updated_at(updated_at);
  builder_.add_backup_path(backup_path);
  builder_.add_update_type(update_type);
  builder_.add_update_type_type(update_type_type);
  return builder_.Finish();
}

inline flatbuffers::Offset<Update> CreateUpdateDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    varve::v0::format::fb::UpdateType update_type_type = varve::v0::format::fb::UpdateType::NONE,
    flatbuffers::Offset<void> update_type = 0,
    uint64_t updated_at = 0,
    const char *backup_path = nullptr) {
  auto backup_path__ = backup_path ? _fbb.CreateString(backup_path) : 0;
  return varve::v0::format::fb::CreateUpdate(
      _fbb,
      update_type_type,
      update_type,
      updated_at,
      backup_path__);
}

struct Repo FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef RepoBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_SPEC_VERSION = 4,
    VT_TAGS = 6,
    VT_BRANCHES = 8,
    VT_DELETED_TAGS = 10,
    VT_SNAPSHOTS = 12,
    VT_STATUS = 14,
    VT_METADATA = 16,
    VT_LATEST_UPDATES = 18,
    VT_REPO_BEFORE_UPDATES = 20,
    VT_CONFIG = 22,
    VT_ENABLED_FEATURE_FLAGS = 24,
    VT_DISABLED_FEATURE_FLAGS = 26,
    VT_EXTRA = 28
  };
  uint8_t spec_version() const {
    return GetField<uint8_t>(VT_SPEC_VERSION, 0);
  }
  const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::Ref>> *tags() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::Ref>> *>(VT_TAGS);
  }
  const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::Ref>> *branches() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::Ref>> *>(VT_BRANCHES);
  }
  const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>> *deleted_tags() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>> *>(VT_DELETED_TAGS);
  }
  const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::SnapshotInfo>> *snapshots() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::SnapshotInfo>> *>(VT_SNAPSHOTS);
  }
  const varve::v0::format::fb::RepoStatus *status() const {
    return GetPointer<const varve::v0::format::fb::RepoStatus *>(VT_STATUS);
  }
  const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::MetadataItem>> *metadata() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::MetadataItem>> *>(VT_METADATA);
  }
  const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::Update>> *latest_updates() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::Update>> *>(VT_LATEST_UPDATES);
  }
  const flatbuffers::String *repo_before_updates() const {
    return GetPointer<const flatbuffers::String *>(VT_REPO_BEFORE_UPDATES);
  }
  const flatbuffers::Vector<uint8_t> *config() const {
    return GetPointer<const flatbuffers::Vector<uint8_t> *>(VT_CONFIG);
  }
  const flatbuffers::Vector<uint16_t> *enabled_feature_flags() const {
    return GetPointer<const flatbuffers::Vector<uint16_t> *>(VT_ENABLED_FEATURE_FLAGS);
  }
  const flatbuffers::Vector<uint16_t> *disabled_feature_flags() const {
    return GetPointer<const flatbuffers::Vector<uint16_t> *>(VT_DISABLED_FEATURE_FLAGS);
  }
  const flatbuffers::Vector<uint8_t> *extra() const {
    return GetPointer<const flatbuffers::Vector<uint8_t> *>(VT_EXTRA);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyField<uint8_t>(verifier, VT_SPEC_VERSION, 1) &&
           VerifyOffsetRequired(verifier, VT_TAGS) &&
           verifier.VerifyVector(tags()) &&
           verifier.VerifyVectorOfTables(tags()) &&
           VerifyOffsetRequired(verifier, VT_BRANCHES) &&
           verifier.VerifyVector(branches()) &&
           verifier.VerifyVectorOfTables(branches()) &&
           VerifyOffsetRequired(verifier, VT_DELETED_TAGS) &&
           verifier.VerifyVector(deleted_tags()) &&
           verifier.VerifyVectorOfStrings(deleted_tags()) &&
           VerifyOffsetRequired(verifier, VT_SNAPSHOTS) &&
           verifier.VerifyVector(snapshots()) &&
           verifier.VerifyVectorOfTables(snapshots()) &&
           VerifyOffsetRequired(verifier, VT_STATUS) &&
           verifier.VerifyTable(status()) &&
           VerifyOffset(verifier, VT_METADATA) &&
           verifier.VerifyVector(metadata()) &&
           verifier.VerifyVectorOfTables(metadata()) &&
           VerifyOffsetRequired(verifier, VT_LATEST_UPDATES) &&
           verifier.VerifyVector(latest_updates()) &&
           verifier.VerifyVectorOfTables(latest_updates()) &&
           VerifyOffset(verifier, VT_REPO_BEFORE_UPDATES) &&
           verifier.VerifyString(repo_before_updates()) &&
           VerifyOffset(verifier, VT_CONFIG) &&
           verifier.VerifyVector(config()) &&
           VerifyOffset(verifier, VT_ENABLED_FEATURE_FLAGS) &&
           verifier.VerifyVector(enabled_feature_flags()) &&
           VerifyOffset(verifier, VT_DISABLED_FEATURE_FLAGS) &&
           verifier.VerifyVector(disabled_feature_flags()) &&
           VerifyOffset(verifier, VT_EXTRA) &&
           verifier.VerifyVector(extra()) &&
           verifier.EndTable();
  }
};

struct RepoBuilder {
  typedef Repo Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_spec_version(uint8_t spec_version) {
    fbb_.AddElement<uint8_t>(Repo::VT_SPEC_VERSION, spec_version, 0);
  }
  void add_tags(flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::Ref>>> tags) {
    fbb_.AddOffset(Repo::VT_TAGS, tags);
  }
  void add_branches(flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::Ref>>> branches) {
    fbb_.AddOffset(Repo::VT_BRANCHES, branches);
  }
  void add_deleted_tags(flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>> deleted_tags) {
    fbb_.AddOffset(Repo::VT_DELETED_TAGS, deleted_tags);
  }
  void add_snapshots(flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::SnapshotInfo>>> snapshots) {
    fbb_.AddOffset(Repo::VT_SNAPSHOTS, snapshots);
  }
  void add_status(flatbuffers::Offset<varve::v0::format::fb::RepoStatus> status) {
    fbb_.AddOffset(Repo::VT_STATUS, status);
  }
  void add_metadata(flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::MetadataItem>>> metadata) {
    fbb_.AddOffset(Repo::VT_METADATA, metadata);
  }
  void add_latest_updates(flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::Update>>> latest_updates) {
    fbb_.AddOffset(Repo::VT_LATEST_UPDATES, latest_updates);
  }
  void add_repo_before_updates(flatbuffers::Offset<flatbuffers::String> repo_before_updates) {
    fbb_.AddOffset(Repo::VT_REPO_BEFORE_UPDATES, repo_before_updates);
  }
  void add_config(flatbuffers::Offset<flatbuffers::Vector<uint8_t>> config) {
    fbb_.AddOffset(Repo::VT_CONFIG, config);
  }
  void add_enabled_feature_flags(flatbuffers::Offset<flatbuffers::Vector<uint16_t>> enabled_feature_flags) {
    fbb_.AddOffset(Repo::VT_ENABLED_FEATURE_FLAGS, enabled_feature_flags);
  }
  void add_disabled_feature_flags(flatbuffers::Offset<flatbuffers::Vector<uint16_t>> disabled_feature_flags) {
    fbb_.AddOffset(Repo::VT_DISABLED_FEATURE_FLAGS, disabled_feature_flags);
  }
  void add_extra(flatbuffers::Offset<flatbuffers::Vector<uint8_t>> extra) {
    fbb_.AddOffset(Repo::VT_EXTRA, extra);
  }
  explicit RepoBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<Repo> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<Repo>(end);
    fbb_.Required(o, Repo::VT_TAGS);
    fbb_.Required(o, Repo::VT_BRANCHES);
    fbb_.Required(o, Repo::VT_DELETED_TAGS);
    fbb_.Required(o, Repo::VT_SNAPSHOTS);
    fbb_.Required(o, Repo::VT_STATUS);
    fbb_.Required(o, Repo::VT_LATEST_UPDATES);
    return o;
  }
};

inline flatbuffers::Offset<Repo> CreateRepo(
    flatbuffers::FlatBufferBuilder &_fbb,
    uint8_t spec_version = 0,
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::Ref>>> tags = 0,
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::Ref>>> branches = 0,
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>> deleted_tags = 0,
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::SnapshotInfo>>> snapshots = 0,
    flatbuffers::Offset<varve::v0::format::fb::RepoStatus> status = 0,
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::MetadataItem>>> metadata = 0,
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<varve::v0::format::fb::Update>>> latest_updates = 0,
    flatbuffers::Offset<flatbuffers::String> repo_before_updates = 0,
    flatbuffers::Offset<flatbuffers::Vector<uint8_t>> config = 0,
    flatbuffers::Offset<flatbuffers::Vector<uint16_t>> enabled_feature_flags = 0,
    flatbuffers::Offset<flatbuffers::Vector<uint16_t>> disabled_feature_flags = 0,
    flatbuffers::Offset<flatbuffers::Vector<uint8_t>> extra = 0) {
  RepoBuilder builder_(_fbb);
  builder_.add_extra(extra);
  builder_.add_disabled_feature_flags(disabled_feature_flags);
  builder_.add_enabled_feature_flags(enabled_feature_flags);
  builder_.add_config(config);
  builder_.add_repo_before_updates(repo_before_updates);
  builder_.add_latest_updates(latest_updates);
  builder_.add_metadata(metadata);
  builder_.add_status(status);
  builder_.add_snapshots(snapshots);
  builder_.add_deleted_tags(deleted_tags);
  builder_.add_branches(branches);
  builder_.add_tags(tags);
  builder_.add_spec_version(spec_version);
  return builder_.Finish();
}

inline flatbuffers::Offset<Repo> CreateRepoDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    uint8_t spec_version = 0,
    const std::vector<flatbuffers::Offset<varve::v0::format::fb::Ref>> *tags = nullptr,
    const std::vector<flatbuffers::Offset<varve::v0::format::fb::Ref>> *branches = nullptr,
    const std::vector<flatbuffers::Offset<flatbuffers::String>> *deleted_tags = nullptr,
    const std::vector<flatbuffers::Offset<varve::v0::format::fb::SnapshotInfo>> *snapshots = nullptr,
    flatbuffers::Offset<varve::v0::format::fb::RepoStatus> status = 0,
    const std::vector<flatbuffers::Offset<varve::v0::format::fb::MetadataItem>> *metadata = nullptr,
    const std::vector<flatbuffers::Offset<varve::v0::format::fb::Update>> *latest_updates = nullptr,
    const char *repo_before_updates = nullptr,
    const std::vector<uint8_t> *config = nullptr,
    const std::vector<uint16_t> *enabled_feature_flags = nullptr,
    const std::vector<uint16_t> *disabled_feature_flags = nullptr,
    const std::vector<uint8_t> *extra = nullptr) {
  auto tags__ = tags ? _fbb.CreateVector<flatbuffers::Offset<varve::v0::format::fb::Ref>>(*tags) : 0;
  auto branches__ = branches ? _fbb.CreateVector<flatbuffers::Offset<varve::v0::format::fb::Ref>>(*branches) : 0;
  auto deleted_tags__ = deleted_tags ? _fbb.CreateVector<flatbuffers::Offset<flatbuffers::String>>(*deleted_tags) : 0;
  auto snapshots__ = snapshots ? _fbb.CreateVector<flatbuffers::Offset<varve::v0::format::fb::SnapshotInfo>>(*snapshots) : 0;
  auto metadata__ = metadata ? _fbb.CreateVector<flatbuffers::Offset<varve::v0::format::fb::MetadataItem>>(*metadata) : 0;
  auto latest_updates__ = latest_updates ? _fbb.CreateVector<flatbuffers::Offset<varve::v0::format::fb::Update>>(*latest_updates) : 0;
  auto repo_before_updates__ = repo_before_updates ? _fbb.CreateString(repo_before_updates) : 0;
  auto config__ = config ? _fbb.CreateVector<uint8_t>(*config) : 0;
  auto enabled_feature_flags__ = enabled_feature_flags ? _fbb.CreateVector<uint16_t>(*enabled_feature_flags) : 0;
  auto disabled_feature_flags__ = disabled_feature_flags ? _fbb.CreateVector<uint16_t>(*disabled_feature_flags) : 0;
  auto extra__ = extra ? _fbb.CreateVector<uint8_t>(*extra) : 0;
  return varve::v0::format::fb::CreateRepo(
      _fbb,
      spec_version,
      tags__,
      branches__,
      deleted_tags__,
      snapshots__,
      status,
      metadata__,
      latest_updates__,
      repo_before_updates__,
      config__,
      enabled_feature_flags__,
      disabled_feature_flags__,
      extra__);
}

inline bool VerifyNodeData(flatbuffers::Verifier &verifier, const void *obj, NodeData type) {
  switch (type) {
    case NodeData::NONE: {
      return true;
    }
    case NodeData::Array: {
      auto ptr = reinterpret_cast<const varve::v0::format::fb::ArrayNodeData *>(obj);
      return verifier.VerifyTable(ptr);
    }
    case NodeData::Group: {
      auto ptr = reinterpret_cast<const varve::v0::format::fb::GroupNodeData *>(obj);
      return verifier.VerifyTable(ptr);
    }
    default: return true;
  }
}

inline bool VerifyNodeDataVector(flatbuffers::Verifier &verifier, const flatbuffers::Vector<flatbuffers::Offset<void>> *values, const flatbuffers::Vector<NodeData> *types) {
  if (!values || !types) return !values && !types;
  if (values->size() != types->size()) return false;
  for (flatbuffers::uoffset_t i = 0; i < values->size(); ++i) {
    if (!VerifyNodeData(
        verifier,  values->Get(i), types->GetEnum<NodeData>(i))) {
      return false;
    }
  }
  return true;
}

inline bool VerifyUpdateType(flatbuffers::Verifier &verifier, const void *obj, UpdateType type) {
  switch (type) {
    case UpdateType::NONE: {
      return true;
    }
    case UpdateType::RepoInitialized: {
      auto ptr = reinterpret_cast<const varve::v0::format::fb::RepoInitializedUpdate *>(obj);
      return verifier.VerifyTable(ptr);
    }
    case UpdateType::RepoMigrated: {
      auto ptr = reinterpret_cast<const varve::v0::format::fb::RepoMigratedUpdate *>(obj);
      return verifier.VerifyTable(ptr);
    }
    case UpdateType::ConfigChanged: {
      auto ptr = reinterpret_cast<const varve::v0::format::fb::ConfigChangedUpdate *>(obj);
      return verifier.VerifyTable(ptr);
    }
    case UpdateType::MetadataChanged: {
      auto ptr = reinterpret_cast<const varve::v0::format::fb::MetadataChangedUpdate *>(obj);
      return verifier.VerifyTable(ptr);
    }
    case UpdateType::TagCreated: {
      auto ptr = reinterpret_cast<const varve::v0::format::fb::TagCreatedUpdate *>(obj);
      return verifier.VerifyTable(ptr);
    }
    case UpdateType::TagDeleted: {
      auto ptr = reinterpret_cast<const varve::v0::format::fb::TagDeletedUpdate *>(obj);
      return verifier.VerifyTable(ptr);
    }
    case UpdateType::BranchCreated: {
      auto ptr = reinterpret_cast<const varve::v0::format::fb::BranchCreatedUpdate *>(obj);
      return verifier.VerifyTable(ptr);
    }
    case UpdateType::BranchDeleted: {
      auto ptr = reinterpret_cast<const varve::v0::format::fb::BranchDeletedUpdate *>(obj);
      return verifier.VerifyTable(ptr);
    }
    case UpdateType::BranchReset: {
      auto ptr = reinterpret_cast<const varve::v0::format::fb::BranchResetUpdate *>(obj);
      return verifier.VerifyTable(ptr);
    }
    case UpdateType::NewCommit: {
      auto ptr = reinterpret_cast<const varve::v0::format::fb::NewCommitUpdate *>(obj);
      return verifier.VerifyTable(ptr);
    }
    case UpdateType::CommitAmended: {
      auto ptr = reinterpret_cast<const varve::v0::format::fb::CommitAmendedUpdate *>(obj);
      return verifier.VerifyTable(ptr);
    }
    case UpdateType::NewDetachedSnapshot: {
      auto ptr = reinterpret_cast<const varve::v0::format::fb::NewDetachedSnapshotUpdate *>(obj);
      return verifier.VerifyTable(ptr);
    }
    case UpdateType::GCRan: {
      auto ptr = reinterpret_cast<const varve::v0::format::fb::GCRanUpdate *>(obj);
      return verifier.VerifyTable(ptr);
    }
    case UpdateType::ExpirationRan: {
      auto ptr = reinterpret_cast<const varve::v0::format::fb::ExpirationRanUpdate *>(obj);
      return verifier.VerifyTable(ptr);
    }
    case UpdateType::FeatureFlagChanged: {
      auto ptr = reinterpret_cast<const varve::v0::format::fb::FeatureFlagChangedUpdate *>(obj);
      return verifier.VerifyTable(ptr);
    }
    case UpdateType::RepoStatusChanged: {
      auto ptr = reinterpret_cast<const varve::v0::format::fb::RepoStatusChangedUpdate *>(obj);
      return verifier.VerifyTable(ptr);
    }
    default: return true;
  }
}

inline bool VerifyUpdateTypeVector(flatbuffers::Verifier &verifier, const flatbuffers::Vector<flatbuffers::Offset<void>> *values, const flatbuffers::Vector<UpdateType> *types) {
  if (!values || !types) return !values && !types;
  if (values->size() != types->size()) return false;
  for (flatbuffers::uoffset_t i = 0; i < values->size(); ++i) {
    if (!VerifyUpdateType(
        verifier,  values->Get(i), types->GetEnum<UpdateType>(i))) {
      return false;
    }
  }
  return true;
}

}  // namespace fb
}  // namespace format
}  // namespace v0
}  // namespace varve

