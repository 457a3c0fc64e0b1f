// Reads the pickles PyTorch writes (protocol 2 and 3) as plain data. Executes nothing: a global is only a name, calling
// one that is not on a short list gives an opaque value. Opcodes that PyTorch does not write are refused.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/weights/byte_reader.h"
#include "core/weights/checkpoint.h"

namespace xllm::weights {

using PickleId = std::uint32_t;  // index into Pickle::values

// Containers hold indices, so a hostile graph (cycles, shared or deep nodes) costs nothing to hold or to free.
struct PickleValue {
  enum class Kind : std::uint8_t {
    None,
    Bool,
    Int,
    Float,
    Text,
    List,
    Tuple,
    Dict,     // `text` as for Global, where it is the state of a TorchScript module
    Long,     // more than 64 bits; `text` holds the bytes, least significant first
    Global,   // `text` is "module\nname"
    Opaque,   // what an unknown global would have built; `text` as for Global
    Storage,  // `integer` is the index into Pickle::storages
    Tensor,   // … into Pickle::tensors
  };
  Kind kind = Kind::None;
  std::int64_t integer = 0;
  double real = 0;
  std::string_view text = {};        // in the pickled bytes
  std::vector<PickleId> items = {};  // Dict: key, value, key, value …
};

// A persistent id ("storage", type, key, location, elements[, (viewKey, offset, elements)]); nothing about it is
// checked yet but the types.
struct PickleStorage {
  StorageType type;
  std::string_view key;
  std::int64_t elements;
  std::int64_t viewOffset = 0;    // of a legacy storage view, in elements
  std::int64_t viewElements = 0;  // = elements where there is no view
};

struct PickleTensor {
  std::size_t storage;  // index into Pickle::storages
  std::int64_t offset;  // in elements
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

struct Pickle {
  std::vector<PickleValue> values;
  std::vector<PickleStorage> storages;
  std::vector<PickleTensor> tensors;
  PickleId root = 0;

  const PickleValue& operator[](PickleId id) const { return values[id]; }
};

// Reads up to and with STOP. Throws FormatError. The views in the result point into the reader's bytes.
Pickle readPickle(ByteReader& reader);

}  // namespace xllm::weights
