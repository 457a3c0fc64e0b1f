#include "core/kernels/quantized_linear.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <optional>
#include <string>

#include <ATen/Functions.h>
#include <c10/util/Exception.h>

#include "core/kernels/block_kernels.h"

namespace xllm::kernels {
namespace {

// Uninitialised memory on a cache line's boundary.
class AlignedBytes {
 public:
  explicit AlignedBytes(std::int64_t bytes)
      : m_data(static_cast<std::uint8_t*>(std::aligned_alloc(64, static_cast<std::size_t>((bytes + 127) / 64 * 64)))) {
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
    default: return std::nullopt;
  }
}

std::int64_t stripCount(const BlockMatrix& matrix) { return (matrix.out + kStrip - 1) / kStrip; }

}  // namespace

struct QuantizedLinear::Packed {
  BlockMatrix matrix;
  const BlockKernels* kernels = nullptr;
  std::shared_ptr<const void> owner;
  std::shared_ptr<ThreadPool> pool;
  std::optional<AlignedBytes> strips;  // Plain reads the file's blocks and has none

  std::int64_t in() const { return matrix.groups * kGroup; }
};

namespace {

// Rows of x in int8, in one piece of memory.
class RoundedRows {
 public:
  RoundedRows(const at::Tensor& x, std::int64_t groups, const BlockKernels& kernels, ThreadPool& pool)
      : m_memory(x.numel() / (kGroup * groups) * groups * (kGroup + 12)) {
    const std::int64_t rows = x.numel() / (kGroup * groups), count = rows * groups;
    std::uint8_t* const memory = m_memory.data();
    m_view.rows = rows;
    m_view.groups = groups;
    m_view.quants = reinterpret_cast<std::int8_t*>(memory);
    m_view.scale = reinterpret_cast<float*>(memory + count * kGroup);
    m_view.scaledSum = m_view.scale + count;
    m_view.minusSum = reinterpret_cast<std::int32_t*>(m_view.scaledSum + count);
    const float* const from = x.const_data_ptr<float>();
    const auto quantize = [&](std::int64_t begin, std::int64_t end) { kernels.quantize(from, m_view, begin, end); };
    pool.parallelFor(rows, std::max<std::int64_t>(1, 1024 / groups), quantize);
  }
  const Activations& view() const { return m_view; }

 private:
  AlignedBytes m_memory;
  Activations m_view;
};

struct Product {
  const BlockMatrix* matrix;
  float* y;
};

// Strips of one piece of work: enough to be worth fetching (a few microseconds), few enough to share out evenly.
std::int64_t grainFor(const BlockMatrix& matrix, std::int64_t rows, std::int64_t strips, int threads) {
  constexpr std::int64_t kBytes = 48 * 1024;
  const std::int64_t cost = stripBytes(matrix.format, matrix.groups) * std::max<std::int64_t>(1, rows / 2);
  return std::clamp<std::int64_t>(kBytes / cost, 1, std::max<std::int64_t>(1, strips / (2 * threads)));
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
                                                std::shared_ptr<ThreadPool> pool, Isa isa, MatrixUse use) {
  TORCH_CHECK(pool != nullptr, "a packed linear layer needs a thread pool");
  const std::optional<BlockFormat> format = formatOf(weight.type);
  if (!format) {
    return fail(ErrorCode::Unsupported, "Packed layers know Q4_0, Q4_1 and Q8_0, but a weight is stored as " +
                                            std::string(weights::toString(weight.type)) + ".");
  }
  if (weight.shape.size() != 2 || weight.shape[0] <= 0 || weight.shape[1] <= 0 || weight.shape[1] % kGroup != 0) {
    std::string shape;
    for (const std::int64_t size : weight.shape) shape += (shape.empty() ? "" : " x ") + std::to_string(size);
    return fail(ErrorCode::CorruptFile, "A packed weight has shape [" + shape +
                                            "]; it must be a matrix whose rows are a multiple of 32 numbers long.");
  }
  const std::int64_t out = weight.shape[0], groups = weight.shape[1] / kGroup;
  const auto stored = static_cast<std::int64_t>(weight.bytes.size());
  if (stored / blockBytes(*format) / groups != out || stored != out * groups * blockBytes(*format)) {
    return fail(ErrorCode::CorruptFile, "A packed weight of shape [" + std::to_string(out) + " x " +
                                            std::to_string(weight.shape[1]) + "] and type " +
                                            std::string(weights::toString(weight.type)) + " has " +
                                            std::to_string(stored) + " bytes, which does not fit.");
  }
  auto packed = std::make_shared<Packed>();
  packed->matrix = {.format = *format,
                    .out = out,
                    .groups = groups,
                    .blocks = reinterpret_cast<const std::uint8_t*>(weight.bytes.data()),
                    .strips = nullptr};
  packed->kernels = &blockKernels(isa);
  packed->owner = std::move(owner);
  packed->pool = std::move(pool);
  if (isa != Isa::Plain) {
    const std::int64_t bytes = stripBytes(*format, groups), strips = stripCount(packed->matrix);
    packed->strips.emplace(bytes * strips);
    std::uint8_t* const to = packed->strips->data();
    const auto pack = [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t s = begin; s < end; ++s) packStrip(packed->matrix, s, to + s * bytes);
    };
    packed->pool->parallelFor(strips, std::max<std::int64_t>(1, 32 * 1024 / bytes), pack);
    packed->matrix.strips = to;
    if (use == MatrixUse::Products) {
      packed->matrix.blocks = nullptr;
      packed->owner.reset();
    }
  }
  return QuantizedLinear(std::move(packed));
}

at::Tensor QuantizedLinear::operator()(const at::Tensor& x) const { return std::move(project(x, {this}).front()); }

void QuantizedLinear::addTo(at::Tensor& sum, const at::Tensor& x) const {
  check(x, inFeatures());
  TORCH_CHECK(sum.scalar_type() == at::kFloat && sum.is_contiguous() && sum.dim() == x.dim() &&
                  sum.size(-1) == outFeatures() && sum.numel() / outFeatures() == x.numel() / inFeatures(),
              "packed linear layer: ", x.sizes(), " times ", inFeatures(), " -> ", outFeatures(),
              " cannot be added to ", sum.sizes());
  if (x.numel() == 0) return;
  const RoundedRows rounded(x.contiguous(), m_packed->matrix.groups, *m_packed->kernels, *m_packed->pool);
  multiplyAll({{&m_packed->matrix, sum.mutable_data_ptr<float>()}}, rounded.view(), *m_packed->kernels, *m_packed->pool,
              true);
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
  for (std::int64_t i = 0; i < flat.numel(); ++i) {
    TORCH_CHECK(numbers[i] >= 0 && numbers[i] < outFeatures(), "row ", numbers[i], " of a matrix with ", outFeatures());
    unpackRow(m_packed->matrix, numbers[i], to + i * inFeatures());
  }
  return result;
}

std::int64_t QuantizedLinear::inFeatures() const { return m_packed->in(); }
std::int64_t QuantizedLinear::outFeatures() const { return m_packed->matrix.out; }
ThreadPool& QuantizedLinear::pool() const { return *m_packed->pool; }

std::vector<at::Tensor> project(const at::Tensor& x, std::initializer_list<const QuantizedLinear*> matrices) {
  TORCH_CHECK(matrices.size() > 0, "nothing to project to");
  const QuantizedLinear::Packed& first = *(*matrices.begin())->m_packed;
  check(x, first.in());
  std::vector<at::Tensor> results;
  std::vector<Product> products;
  for (const QuantizedLinear* matrix : matrices) {
    const QuantizedLinear::Packed& packed = *matrix->m_packed;
    TORCH_CHECK(packed.in() == first.in() && packed.kernels == first.kernels && packed.pool == first.pool,
                "matrices that are projected to together must agree in columns (", first.in(), ", ", packed.in(),
                "), thread pool and instruction set");
    results.push_back(emptyResult(x, packed.matrix.out));
    products.push_back({&packed.matrix, results.back().mutable_data_ptr<float>()});
  }
  if (x.numel() == 0) return results;
  const RoundedRows rounded(x.contiguous(), first.matrix.groups, *first.kernels, *first.pool);
  multiplyAll(products, rounded.view(), *first.kernels, *first.pool, false);
  return results;
}

}  // namespace xllm::kernels
