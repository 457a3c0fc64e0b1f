#include "core/weights/pickle.h"

#include <bit>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "core/weights/utf8.h"

namespace xllm::weights {
namespace {

using Kind = PickleValue::Kind;

constexpr std::size_t kMostValues = 1 << 20;
constexpr std::size_t kMostMemos = 1 << 20;
constexpr std::size_t kDeepestStack = 1 << 16;
constexpr std::size_t kMostMarks = 1 << 12;
constexpr std::size_t kMostItems = 1 << 22;  // of all containers together, copies counted
constexpr std::size_t kMostDimensions = 64;
constexpr std::size_t kLongestGlobal = 1024;

// The pickle machine's opcodes, by their names in Python's pickletools.
enum Opcode : std::uint8_t {
  PROTO = 0x80,
  GLOBAL = 'c',
  BINPUT = 'q',
  LONG_BINPUT = 'r',
  BINGET = 'h',
  LONG_BINGET = 'j',
  MARK = '(',
  STOP = '.',
  EMPTY_TUPLE = ')',
  EMPTY_DICT = '}',
  EMPTY_LIST = ']',
  TUPLE = 't',
  TUPLE1 = 0x85,
  TUPLE2 = 0x86,
  TUPLE3 = 0x87,
  BINUNICODE = 'X',
  SHORT_BINSTRING = 'U',
  BININT = 'J',
  BININT1 = 'K',
  BININT2 = 'M',
  LONG1 = 0x8a,
  BINFLOAT = 'G',
  NEWTRUE = 0x88,
  NEWFALSE = 0x89,
  NONE = 'N',
  REDUCE = 'R',
  NEWOBJ = 0x81,
  BUILD = 'b',
  BINPERSID = 'Q',
  SETITEM = 's',
  SETITEMS = 'u',
  APPEND = 'a',
  APPENDS = 'e',
};

std::optional<StorageType> storageTypeNamed(std::string_view global) {
  static const std::map<std::string_view, StorageType> kTypes = {
      {"torch\nFloatStorage", StorageType::F32},       {"torch\nHalfStorage", StorageType::F16},
      {"torch\nBFloat16Storage", StorageType::BF16},   {"torch\nDoubleStorage", StorageType::F64},
      {"torch\nLongStorage", StorageType::I64},        {"torch\nIntStorage", StorageType::I32},
      {"torch\nShortStorage", StorageType::I16},       {"torch\nCharStorage", StorageType::I8},
      {"torch\nByteStorage", StorageType::U8},         {"torch\nBoolStorage", StorageType::Bool},
      {"torch\nComplexFloatStorage", StorageType::C64}};
  const auto found = kTypes.find(global);
  return found == kTypes.end() ? std::nullopt : std::optional(found->second);
}

class Unpickler {
 public:
  explicit Unpickler(ByteReader& reader) : m_reader(reader) {}

  Pickle run() {
    bool more = true;
    while (more) more = step(m_reader.read<std::uint8_t>());
    m_pickle.root = pop();
    return std::move(m_pickle);
  }

 private:
  bool step(std::uint8_t opcode);
  bool stepNumber(std::uint8_t opcode);
  bool stepContainer(std::uint8_t opcode);

  [[noreturn]] void refuse(const std::string& what) const {
    throw FormatError("its pickle " + what + " (byte " + std::to_string(m_reader.position()) + ")");
  }

  void countItems(std::size_t count) {
    m_items += count;
    if (m_items > kMostItems) refuse("fills too many containers");
  }
  PickleId make(PickleValue value) {
    countItems(value.items.size());
    if (m_pickle.values.size() >= kMostValues) refuse("has too many values");
    m_pickle.values.push_back(std::move(value));
    return static_cast<PickleId>(m_pickle.values.size() - 1);
  }
  void push(PickleId id) {
    if (m_stack.size() >= kDeepestStack) refuse("needs too deep a stack");
    m_stack.push_back(id);
  }
  void push(PickleValue value) { push(make(std::move(value))); }
  PickleId pop() {
    if (m_stack.size() <= (m_marks.empty() ? 0 : m_marks.back())) refuse("takes from an empty stack");
    const PickleId id = m_stack.back();
    m_stack.pop_back();
    return id;
  }
  std::vector<PickleId> popToMark() {
    if (m_marks.empty()) refuse("has a mark missing");
    const auto begin = m_stack.begin() + static_cast<std::ptrdiff_t>(m_marks.back());
    std::vector<PickleId> items(begin, m_stack.end());
    m_stack.erase(begin, m_stack.end());
    m_marks.pop_back();
    return items;
  }
  PickleValue& top() {
    const PickleId id = pop();
    push(id);
    return m_pickle.values[id];
  }
  const PickleValue& at(PickleId id) const { return m_pickle.values[id]; }

  void readGlobal();
  void readLong();
  void readText(std::uint64_t bytes, bool unicode);
  void remember(std::uint32_t slot);
  void recall(std::uint32_t slot);
  void pushTuple(std::vector<PickleId> items) { push({.kind = Kind::Tuple, .items = std::move(items)}); }
  void setItems(const std::vector<PickleId>& pairs);
  void append(const std::vector<PickleId>& items);
  void build();
  void loadStorage();
  PickleId call(const PickleValue& callable, const std::vector<PickleId>& arguments, int depth = 0);
  PickleId rebuildTensor(const std::vector<PickleId>& arguments);
  PickleId orderedDict(const std::vector<PickleId>& arguments);
  std::int64_t integerOf(PickleId id, const char* what) const;
  std::vector<std::int64_t> integersOf(PickleId id, const char* what) const;
  const std::vector<PickleId>& tupleOf(PickleId id, const char* what) const;

  ByteReader& m_reader;
  Pickle m_pickle;
  std::vector<PickleId> m_stack;
  std::vector<std::size_t> m_marks;  // stack heights
  std::unordered_map<std::uint32_t, PickleId> m_memo;
  std::size_t m_items = 0;
};

bool Unpickler::step(std::uint8_t opcode) {
  switch (opcode) {
    case STOP: return false;
    case PROTO: {
      const auto protocol = m_reader.read<std::uint8_t>();
      if (protocol != 2 && protocol != 3) refuse("has protocol " + std::to_string(protocol) + "; PyTorch writes 2");
      return true;
    }
    case GLOBAL: readGlobal(); return true;
    case BINPUT: remember(m_reader.read<std::uint8_t>()); return true;
    case LONG_BINPUT: remember(m_reader.read<std::uint32_t>()); return true;
    case BINGET: recall(m_reader.read<std::uint8_t>()); return true;
    case LONG_BINGET: recall(m_reader.read<std::uint32_t>()); return true;
    case BINPERSID: loadStorage(); return true;
    case BUILD: build(); return true;
    case REDUCE:
    case NEWOBJ: {
      const PickleId arguments = pop();
      const PickleId callable = pop();
      const std::vector<PickleId> list = tupleOf(arguments, "arguments");
      // A copy: `call` may make new values and so move the old ones.
      push(opcode == REDUCE ? call(PickleValue(at(callable)), list)
                            : make({.kind = Kind::Opaque, .text = at(callable).text}));
      return true;
    }
    default: return stepNumber(opcode);
  }
}

bool Unpickler::stepNumber(std::uint8_t opcode) {
  switch (opcode) {
    case NONE: push(PickleValue{}); return true;
    case NEWTRUE: push({.kind = Kind::Bool, .integer = 1}); return true;
    case NEWFALSE: push({.kind = Kind::Bool, .integer = 0}); return true;
    case BININT: push({.kind = Kind::Int, .integer = m_reader.read<std::int32_t>()}); return true;
    case BININT1: push({.kind = Kind::Int, .integer = m_reader.read<std::uint8_t>()}); return true;
    case BININT2: push({.kind = Kind::Int, .integer = m_reader.read<std::uint16_t>()}); return true;
    case LONG1: readLong(); return true;
    case BINFLOAT: {
      const std::uint64_t bigEndian = __builtin_bswap64(m_reader.read<std::uint64_t>());
      push({.kind = Kind::Float, .real = std::bit_cast<double>(bigEndian)});
      return true;
    }
    case BINUNICODE: readText(m_reader.read<std::uint32_t>(), true); return true;
    case SHORT_BINSTRING: readText(m_reader.read<std::uint8_t>(), false); return true;
    default: return stepContainer(opcode);
  }
}

bool Unpickler::stepContainer(std::uint8_t opcode) {
  const auto popSome = [this](std::size_t count) {
    std::vector<PickleId> items(count);
    for (auto item = items.rbegin(); item != items.rend(); ++item) *item = pop();
    return items;
  };
  switch (opcode) {
    case MARK:
      if (m_marks.size() >= kMostMarks) refuse("sets too many marks");
      m_marks.push_back(m_stack.size());
      return true;
    case EMPTY_TUPLE: pushTuple({}); return true;
    case EMPTY_LIST: push({.kind = Kind::List}); return true;
    case EMPTY_DICT: push({.kind = Kind::Dict}); return true;
    case TUPLE: pushTuple(popToMark()); return true;
    case TUPLE1: pushTuple(popSome(1)); return true;
    case TUPLE2: pushTuple(popSome(2)); return true;
    case TUPLE3: pushTuple(popSome(3)); return true;
    case SETITEM: setItems(popSome(2)); return true;
    case SETITEMS: setItems(popToMark()); return true;
    case APPEND: append(popSome(1)); return true;
    case APPENDS: append(popToMark()); return true;
    default:
      refuse("has the opcode " + std::to_string(opcode) +
             ", which PyTorch does not write and this program does not follow");
  }
}

void Unpickler::readGlobal() {
  ByteReader ahead = m_reader;
  int lines = 0;
  std::size_t length = 0;
  while (lines < 2) {
    lines += ahead.read<char>() == '\n' ? 1 : 0;
    if (++length > kLongestGlobal) refuse("names a global of more than 1024 bytes");
  }
  const std::string_view name = m_reader.text(length).substr(0, length - 1);
  if (!isUtf8(name)) refuse("names a global that is not UTF-8");
  push({.kind = Kind::Global, .text = name});
}

void Unpickler::readLong() {
  const auto bytes = m_reader.text(m_reader.read<std::uint8_t>());
  if (bytes.size() > sizeof(std::int64_t)) {
    push({.kind = Kind::Long, .text = bytes});
    return;
  }
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  const bool negative = !bytes.empty() && (static_cast<unsigned char>(bytes.back()) & 0x80) != 0;
  if (negative && bytes.size() < sizeof value) value |= ~std::uint64_t{0} << (8 * bytes.size());
  push({.kind = Kind::Int, .integer = static_cast<std::int64_t>(value)});
}

void Unpickler::readText(std::uint64_t bytes, bool unicode) {
  const std::string_view text = m_reader.text(bytes);
  if (unicode && !isUtf8(text)) refuse("has a text that is not UTF-8");
  push({.kind = Kind::Text, .text = text});
}

void Unpickler::remember(std::uint32_t slot) {
  const PickleId id = pop();
  push(id);
  m_memo[slot] = id;
  if (m_memo.size() > kMostMemos) refuse("remembers too many values");
}

void Unpickler::recall(std::uint32_t slot) {
  const auto found = m_memo.find(slot);
  if (found == m_memo.end()) refuse("recalls a value it never stored");
  push(found->second);
}

void Unpickler::setItems(const std::vector<PickleId>& pairs) {
  if (pairs.size() % 2 != 0) refuse("sets a key without a value");
  for (std::size_t i = 0; i < pairs.size(); i += 2) {
    const Kind kind = at(pairs[i]).kind;
    if (kind == Kind::List || kind == Kind::Dict) refuse("has a dictionary key that cannot be one");
  }
  PickleValue& target = top();
  if (target.kind == Kind::Opaque) return;
  if (target.kind != Kind::Dict) refuse("sets items of something that is no dictionary");
  countItems(pairs.size());
  target.items.insert(target.items.end(), pairs.begin(), pairs.end());
}

void Unpickler::append(const std::vector<PickleId>& items) {
  PickleValue& target = top();
  if (target.kind == Kind::Opaque) return;
  if (target.kind != Kind::List) refuse("appends to something that is no list");
  countItems(items.size());
  target.items.insert(target.items.end(), items.begin(), items.end());
}

// The state of a dictionary is its `_metadata` (layer versions), that of a TorchScript module its parameters and
// modules; the state of any other opaque value means nothing here.
void Unpickler::build() {
  const PickleId state = pop();
  PickleValue& target = top();
  if (target.kind == Kind::Opaque && target.text.starts_with("__torch__") && at(state).kind == Kind::Dict) {
    countItems(at(state).items.size());
    target.kind = Kind::Dict;
    target.items = at(state).items;
    return;
  }
  if (target.kind != Kind::Dict && target.kind != Kind::Opaque) refuse("gives a state to something that has none");
}

std::int64_t Unpickler::integerOf(PickleId id, const char* what) const {
  if (at(id).kind != Kind::Int) refuse(std::string("has ") + what + " that is no whole number");
  return at(id).integer;
}

const std::vector<PickleId>& Unpickler::tupleOf(PickleId id, const char* what) const {
  if (at(id).kind != Kind::Tuple) refuse(std::string("has ") + what + " that are no tuple");
  return at(id).items;
}

std::vector<std::int64_t> Unpickler::integersOf(PickleId id, const char* what) const {
  std::vector<std::int64_t> numbers;
  if (tupleOf(id, what).size() > kMostDimensions) refuse("has a tensor of too many dimensions");
  for (const PickleId item : tupleOf(id, what)) numbers.push_back(integerOf(item, what));
  return numbers;
}

void Unpickler::loadStorage() {
  const std::vector<PickleId>& items = tupleOf(pop(), "persistent ids");
  if (items.size() < 5 || items.size() > 6 || at(items[0]).kind != Kind::Text || at(items[0]).text != "storage" ||
      at(items[1]).kind != Kind::Global || at(items[2]).kind != Kind::Text) {
    refuse("has a persistent id that is no storage");
  }
  const auto type = storageTypeNamed(at(items[1]).text);
  if (!type) refuse("has a storage of unknown type");
  PickleStorage storage{.type = *type, .key = at(items[2]).text, .elements = integerOf(items[4], "a storage size")};
  storage.viewElements = storage.elements;
  if (items.size() == 6 && at(items[5]).kind != Kind::None) {
    const auto& view = tupleOf(items[5], "storage views");
    if (view.size() != 3) refuse("has a malformed storage view");
    storage.viewOffset = integerOf(view[1], "a view offset");
    storage.viewElements = integerOf(view[2], "a view size");
  }
  m_pickle.storages.push_back(storage);
  push({.kind = Kind::Storage, .integer = static_cast<std::int64_t>(m_pickle.storages.size() - 1)});
}

// The whole list of what is understood. Everything else is opaque.
PickleId Unpickler::call(const PickleValue& callable, const std::vector<PickleId>& arguments, int depth) {
  if (callable.kind != Kind::Global && callable.kind != Kind::Opaque) refuse("calls something that is no global");
  const std::string_view name = callable.kind == Kind::Global ? callable.text : std::string_view();
  if (name == "torch._utils\n_rebuild_tensor_v2" || name == "torch._utils\n_rebuild_tensor") {
    return rebuildTensor(arguments);
  }
  if (name == "collections\nOrderedDict") return orderedDict(arguments);
  if (name == "collections\ndefaultdict") return make({.kind = Kind::Dict});
  if (name == "torch._utils\n_rebuild_parameter" || name == "torch\nSize") {
    const Kind wanted = name == "torch\nSize" ? Kind::Tuple : Kind::Tensor;
    if (arguments.empty() || at(arguments[0]).kind != wanted) refuse("rebuilds a value from too little");
    return arguments[0];
  }
  if (name == "torch._tensor\n_rebuild_from_type_v2" && depth == 0) {  // (function, type, arguments, state)
    if (arguments.size() != 4) refuse("rebuilds a value from too little");
    const std::vector<PickleId> inner = tupleOf(arguments[2], "arguments");
    return call(PickleValue(at(arguments[0])), inner, depth + 1);
  }
  return make({.kind = Kind::Opaque, .text = callable.text});
}

// (storage, offset, size, stride[, requires_grad, hooks[, metadata]])
PickleId Unpickler::rebuildTensor(const std::vector<PickleId>& arguments) {
  if (arguments.size() < 4 || at(arguments[0]).kind != Kind::Storage) refuse("rebuilds a tensor from too little");
  countItems(at(arguments[2]).items.size() + at(arguments[3]).items.size());
  m_pickle.tensors.push_back({static_cast<std::size_t>(at(arguments[0]).integer),
                              integerOf(arguments[1], "a tensor offset"), integersOf(arguments[2], "tensor sizes"),
                              integersOf(arguments[3], "tensor strides")});
  return make({.kind = Kind::Tensor, .integer = static_cast<std::int64_t>(m_pickle.tensors.size() - 1)});
}

// Empty, or (as Python 2 wrote it) one list of [key, value].
PickleId Unpickler::orderedDict(const std::vector<PickleId>& arguments) {
  PickleValue dictionary{.kind = Kind::Dict};
  if (!arguments.empty()) {
    if (at(arguments[0]).kind != Kind::List) refuse("fills a dictionary from something that is no list");
    countItems(at(arguments[0]).items.size());
    for (const PickleId pair : at(arguments[0]).items) {
      const Kind kind = at(pair).kind;
      if ((kind != Kind::List && kind != Kind::Tuple) || at(pair).items.size() != 2) {
        refuse("fills a dictionary from something that is no pair");
      }
      dictionary.items.insert(dictionary.items.end(), at(pair).items.begin(), at(pair).items.end());
    }
  }
  return make(std::move(dictionary));
}

}  // namespace

Pickle readPickle(ByteReader& reader) { return Unpickler(reader).run(); }

}  // namespace xllm::weights
