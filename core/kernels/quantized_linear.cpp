#include "core/kernels/quantized_linear.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <optional>
#include <string>

#include <ATen/Functions.h>
#include <c10/util/Exception.h>

#include "core/base/large_pages.h"
#include "core/kernels/block_kernels.h"
#include "core/kernels/super_blocks.h"
#include "core/kernels/vector_kernels.h"
#include "core/weights/block_formats.h"

namespace xllm::kernels {
namespace {

// Uninitialised memory on a boundary, of a cache line unless another one is asked for.
class AlignedBytes {
 public:
  explicit AlignedBytes(std::int64_t bytes, std::size_t boundary = 64)
      : m_data(static_cast<std::uint8_t*>(
            std::aligned_alloc(boundary, static_cast<std::size_t>((bytes + 127) / 64 * 64)))) {
    if (!m_data) throw std::bad_alloc();
  }
  std::uint8_t* data() const { return m_data.get(); }

 private:
  struct Free {
    void operator()(std::uint8_t* memory) const { std::free(memory); }
  };
  std::unique_ptr<std::uint8_t, Free> m_data;
};

std::optional<BlockFormat> formatOf(weights::StorageType type) {
  switch (type) {
    case weights::StorageType::Q4_0: return BlockFormat::Q4_0;
    case weights::StorageType::Q4_1: return BlockFormat::Q4_1;
    case weights::StorageType::Q8_0: return BlockFormat::Q8_0;
    case weights::StorageType::Q4_K: return BlockFormat::Q4_K;
    case weights::StorageType::Q5_K: return BlockFormat::Q5_K;
    case weights::StorageType::Q6_K: return BlockFormat::Q6_K;
    default: return std::nullopt;
  }
}

std::int64_t stripCount(const BlockMatrix& matrix) { return (matrix.out + kStrip - 1) / kStrip; }

std::int64_t allStripBytes(const BlockMatrix& matrix) { return stripBytes(matrix) * stripCount(matrix); }

AlignedBytes packedStrips(const BlockMatrix& matrix, ThreadPool& pool) {
  const std::int64_t all = allStripBytes(matrix);
  const bool isLarge = static_cast<std::size_t>(all) >= 2 * kLargePage;
  AlignedBytes packed(all, isLarge ? kLargePage : 64);
  if (isLarge) wantLargePages(packed.data(), static_cast<std::size_t>(all));
  const std::int64_t bytes = stripBytes(matrix);
  const auto pack = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t s = begin; s < end; ++s) packStrip(matrix, s, packed.data() + s * bytes);
  };
  pool.parallelFor(stripCount(matrix), std::max<std::int64_t>(1, 32 * 1024 / bytes), pack);
  return packed;
}

}  // namespace

struct QuantizedLinear::Packed {
  weights::StorageType type;
  BlockMatrix matrix;
  const BlockKernels* kernels = nullptr;
  std::shared_ptr<const void> owner;
  std::shared_ptr<ThreadPool> pool;
  std::optional<AlignedBytes> strips;           // own ones, or …
  std::shared_ptr<const void> keptStripsOwner;  // … somebody else's; Plain reads the file's blocks and has none

  std::int64_t in() const { return matrix.groups * kGroup; }
};

namespace {

// Rows in int8, in one piece of memory. makeRow(row, room) gives a row's numbers, which it may write to `room`.
class RoundedRows {
 public:
  template <typename MakeRow>
  RoundedRows(std::int64_t rows, std::int64_t groups, const BlockKernels& kernels, ThreadPool& pool,
              const MakeRow& makeRow)
      : m_memory(rows * groups * (kGroup + 16)) {
    const std::int64_t count = rows * groups;
    std::uint8_t* const memory = m_memory.data();
    m_view.rows = rows;
    m_view.groups = groups;
    m_view.quants = reinterpret_cast<std::int8_t*>(memory);
    m_view.scale = reinterpret_cast<float*>(memory + count * kGroup);
    m_view.scaledSum = m_view.scale + count;
    m_view.minusSum = reinterpret_cast<std::int32_t*>(m_view.scaledSum + count);
    m_view.minusLow = m_view.minusSum + count;
    const auto quantize = [&](std::int64_t begin, std::int64_t end) {
      thread_local std::vector<float> room;
      room.resize(static_cast<std::size_t>(groups * kGroup));
      for (std::int64_t row = begin; row < end; ++row) kernels.quantize(makeRow(row, room.data()), m_view, row);
    };
    pool.parallelFor(rows, std::max<std::int64_t>(1, kGroupsPerChunk / groups), quantize);
  }
  const Activations& view() const { return m_view; }

 private:
  static constexpr std::int64_t kGroupsPerChunk = 256;  // a few microseconds

  AlignedBytes m_memory;
  Activations m_view;
};

struct Product {
  const BlockMatrix* matrix;
  float* y;
};

// Strips of one piece of work: enough to be worth fetching (a few microseconds), few enough to share out evenly; an
// even number where the kernels take two at a time.
std::int64_t grainFor(const BlockMatrix& matrix, std::int64_t rows, std::int64_t strips, int threads) {
  constexpr std::int64_t kBytes = 48 * 1024;
  const std::int64_t cost = stripBytes(matrix) * std::max<std::int64_t>(1, rows / 2);
  const std::int64_t grain =
      std::clamp<std::int64_t>(kBytes / cost, 1, std::max<std::int64_t>(1, strips / (2 * threads)));
  return rows < kPairedRows ? grain : (grain + 1) / 2 * 2;
}

// All strips of all products, shared out in one loop.
void multiplyAll(const std::vector<Product>& products, const Activations& a, const BlockKernels& kernels,
                 ThreadPool& pool, bool add) {
  std::int64_t strips = 0;
  for (const Product& product : products) strips += stripCount(*product.matrix);
  const auto multiply = [&](std::int64_t begin, std::int64_t end) {
    std::int64_t first = 0;  // number of the product's first strip
    for (const Product& product : products) {
      const std::int64_t count = stripCount(*product.matrix);
      const std::int64_t from = std::max(begin, first), to = std::min(end, first + count);
      if (from < to) kernels.multiply(*product.matrix, a, from - first, to - first, product.y, add);
      first += count;
    }
  };
  pool.parallelFor(strips, grainFor(*products.front().matrix, a.rows, strips, pool.threads()), multiply);
}

void check(const at::Tensor& x, std::int64_t in) {
  TORCH_CHECK(x.scalar_type() == at::kFloat && x.dim() >= 1 && x.size(-1) == in, "packed linear layer of ", in,
              " columns needs float32 [.., ", in, "], got ", x.scalar_type(), " ", x.sizes());
}

at::Tensor emptyResult(const at::Tensor& x, std::int64_t out) {
  std::vector<std::int64_t> shape = x.sizes().vec();
  shape.back() = out;
  return at::empty(shape, at::kFloat);
}

}  // namespace

Result<QuantizedLinear> QuantizedLinear::create(const weights::StoredTensor& weight, std::shared_ptr<const void> owner,
                                                std::shared_ptr<ThreadPool> pool, Isa isa, MatrixUse use,
                                                KeptStrips kept) {
  TORCH_CHECK(pool != nullptr, "a packed linear layer needs a thread pool");
  const std::optional<BlockFormat> format = formatOf(weight.type);
  if (!format) {
    return fail(ErrorCode::Unsupported,
                "Packed layers know Q4_0, Q4_1, Q8_0, Q4_K, Q5_K and Q6_K, but a weight is stored as " +
                    std::string(weights::toString(weight.type)) + ".");
  }
  const std::int64_t multiple = isSuper(*format) ? kSuperGroups * kGroup : kGroup;
  if (weight.shape.size() != 2 || weight.shape[0] <= 0 || weight.shape[1] <= 0 || weight.shape[1] % multiple != 0) {
    std::string shape;
    for (const std::int64_t size : weight.shape) shape += (shape.empty() ? "" : " x ") + std::to_string(size);
    return fail(ErrorCode::CorruptFile, "A packed weight has shape [" + shape +
                                            "]; it must be a matrix whose rows are a multiple of " +
                                            std::to_string(multiple) + " numbers long.");
  }
  const std::int64_t out = weight.shape[0], groups = weight.shape[1] / kGroup;
  BlockMatrix matrix{.format = *format, .out = out, .groups = groups};
  const auto keptBytes = static_cast<std::int64_t>(kept.bytes.size());
  const std::optional<int> keptShift = isa != Isa::Plain && keptBytes % stripCount(matrix) == 0
                                           ? scaleShiftOf(matrix, keptBytes / stripCount(matrix))
                                           : std::nullopt;
  const bool isKept = keptShift.has_value();
  const bool needsBlocks = !isKept || use == MatrixUse::ProductsAndRows;
  const auto stored = static_cast<std::int64_t>(weight.bytes.size());
  const std::int64_t row = rowBytes(*format, groups);
  if (needsBlocks && (stored / row != out || stored % row != 0)) {
    return fail(ErrorCode::CorruptFile, "A packed weight of shape [" + std::to_string(out) + " x " +
                                            std::to_string(weight.shape[1]) + "] and type " +
                                            std::string(weights::toString(weight.type)) + " has " +
                                            std::to_string(stored) + " bytes, which does not fit.");
  }
  auto packed = std::make_shared<Packed>();
  packed->type = weight.type;
  matrix.blocks = reinterpret_cast<const std::uint8_t*>(weight.bytes.data());
  packed->matrix = matrix;
  packed->kernels = &blockKernels(isa);
  packed->owner = std::move(owner);
  packed->pool = std::move(pool);
  if (isa != Isa::Plain) {
    packed->matrix.scaleShift = isKept ? *keptShift : sharedScales(matrix);
    if (isKept) {
      packed->matrix.strips = reinterpret_cast<const std::uint8_t*>(kept.bytes.data());
      packed->keptStripsOwner = std::move(kept.owner);
    } else {
      packed->strips = packedStrips(packed->matrix, *packed->pool);
      packed->matrix.strips = packed->strips->data();
    }
    if (use == MatrixUse::Products) {
      packed->matrix.blocks = nullptr;
      packed->owner.reset();
    }
  }
  return QuantizedLinear(std::move(packed));
}

std::span<const std::byte> QuantizedLinear::strips() const {
  const BlockMatrix& matrix = m_packed->matrix;
  if (matrix.strips == nullptr) return {};
  return std::as_bytes(std::span(matrix.strips, static_cast<std::size_t>(allStripBytes(matrix))));
}

at::Tensor QuantizedLinear::operator()(const at::Tensor& x) const { return std::move(project(x, {this}).front()); }

void QuantizedLinear::addTo(at::Tensor& sum, const at::Tensor& x) const {
  const at::Tensor dense = x.contiguous();
  const std::int64_t in = inFeatures();
  const float* const from = dense.scalar_type() == at::kFloat ? dense.const_data_ptr<float>() : nullptr;
  addRowsTo(sum, dense, [&](std::int64_t row, float*) { return from + row * in; });
}

void QuantizedLinear::addTo(at::Tensor& sum, const Gated& x) const {
  TORCH_CHECK(x.gate.sizes() == x.up.sizes() && x.gate.is_contiguous() && x.up.is_contiguous() &&
                  x.up.scalar_type() == at::kFloat,
              "a gated product needs contiguous float32 of one shape, got ", x.gate.sizes(), " and ", x.up.sizes());
  check(x.gate, inFeatures());
  const std::int64_t in = inFeatures();
  const float* const gate = x.gate.const_data_ptr<float>();
  const float* const up = x.up.const_data_ptr<float>();
  addRowsTo(sum, x.gate, [&](std::int64_t row, float* room) {
    vectors().swiGlu(gate + row * in, up + row * in, in, room);
    return room;
  });
}

template <typename MakeRow>
void QuantizedLinear::addRowsTo(at::Tensor& sum, const at::Tensor& shape, const MakeRow& makeRow) const {
  check(shape, inFeatures());
  TORCH_CHECK(sum.scalar_type() == at::kFloat && sum.is_contiguous() && sum.dim() == shape.dim() &&
                  sum.size(-1) == outFeatures() && sum.numel() / outFeatures() == shape.numel() / inFeatures(),
              "packed linear layer: ", shape.sizes(), " times ", inFeatures(), " -> ", outFeatures(),
              " cannot be added to ", sum.sizes());
  if (shape.numel() == 0) return;
  const Packed& packed = *m_packed;
  const RoundedRows rounded(shape.numel() / inFeatures(), packed.matrix.groups, *packed.kernels, *packed.pool, makeRow);
  multiplyAll({{&packed.matrix, sum.mutable_data_ptr<float>()}}, rounded.view(), *packed.kernels, *packed.pool, true);
}

at::Tensor QuantizedLinear::rows(const at::Tensor& ids) const {
  TORCH_CHECK(m_packed->matrix.blocks != nullptr, "this packed matrix was made for products alone");
  TORCH_CHECK(ids.scalar_type() == at::kLong, "row numbers must be int64, got ", ids.scalar_type());
  std::vector<std::int64_t> shape = ids.sizes().vec();
  shape.push_back(inFeatures());
  at::Tensor result = at::empty(shape, at::kFloat);
  const at::Tensor flat = ids.contiguous();
  const std::int64_t* const numbers = flat.const_data_ptr<std::int64_t>();
  float* const to = result.mutable_data_ptr<float>();
  const std::int64_t bytes = rowBytes(m_packed->matrix.format, m_packed->matrix.groups);
  const auto* const blocks = reinterpret_cast<const std::byte*>(m_packed->matrix.blocks);
  const auto width = static_cast<std::size_t>(inFeatures());
  for (std::int64_t i = 0; i < flat.numel(); ++i) {
    TORCH_CHECK(numbers[i] >= 0 && numbers[i] < outFeatures(), "row ", numbers[i], " of a matrix with ", outFeatures());
    weights::dequantise(m_packed->type, {blocks + numbers[i] * bytes, static_cast<std::size_t>(bytes)},
                        {to + i * inFeatures(), width});
  }
  return result;
}

std::int64_t QuantizedLinear::inFeatures() const { return m_packed->in(); }
std::int64_t QuantizedLinear::outFeatures() const { return m_packed->matrix.out; }
ThreadPool& QuantizedLinear::pool() const { return *m_packed->pool; }

std::vector<at::Tensor> project(const at::Tensor& x, std::initializer_list<const QuantizedLinear*> matrices) {
  const at::Tensor dense = x.contiguous();
  const std::int64_t in = x.dim() > 0 ? x.size(-1) : 0;
  const float* const from = dense.scalar_type() == at::kFloat ? dense.const_data_ptr<float>() : nullptr;
  return QuantizedLinear::projectRows(
      dense, [&](std::int64_t row, float*) { return from + row * in; }, matrices);
}

std::vector<at::Tensor> project(const Normalized& x, std::initializer_list<const QuantizedLinear*> matrices) {
  const std::int64_t width = x.weight.numel();
  TORCH_CHECK(x.x.is_contiguous() && x.x.scalar_type() == at::kFloat && x.weight.is_contiguous() &&
                  x.weight.scalar_type() == at::kFloat && x.weight.dim() == 1 && x.x.dim() > 0 && x.x.size(-1) == width,
              "a normalised product needs contiguous float32, got ", x.x.sizes(), " against ", x.weight.sizes());
  const float* const from = x.x.const_data_ptr<float>();
  const float* const factors = x.weight.const_data_ptr<float>();
  return QuantizedLinear::projectRows(
      x.x,
      [&](std::int64_t row, float* room) {
        vectors().rmsNorm(from + row * width, factors, static_cast<float>(x.epsilon), width, room);
        return room;
      },
      matrices);
}

template <typename MakeRow>
std::vector<at::Tensor> QuantizedLinear::projectRows(const at::Tensor& shape, const MakeRow& makeRow,
                                                     std::initializer_list<const QuantizedLinear*> matrices) {
  TORCH_CHECK(matrices.size() > 0, "nothing to project to");
  const Packed& first = *(*matrices.begin())->m_packed;
  check(shape, first.in());
  std::vector<at::Tensor> results;
  std::vector<Product> products;
  for (const QuantizedLinear* matrix : matrices) {
    const Packed& packed = *matrix->m_packed;
    TORCH_CHECK(packed.in() == first.in() && packed.kernels == first.kernels && packed.pool == first.pool,
                "matrices that are projected to together must agree in columns (", first.in(), ", ", packed.in(),
                "), thread pool and instruction set");
    results.push_back(emptyResult(shape, packed.matrix.out));
    products.push_back({&packed.matrix, results.back().mutable_data_ptr<float>()});
  }
  if (shape.numel() == 0) return results;
  const RoundedRows rounded(shape.numel() / first.in(), first.matrix.groups, *first.kernels, *first.pool, makeRow);
  multiplyAll(products, rounded.view(), *first.kernels, *first.pool, false);
  return results;
}

}  // namespace xllm::kernels
