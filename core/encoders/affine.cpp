#include "core/encoders/affine.h"

#include <ATen/ATen.h>

namespace xllm::encoders {

void convert(Affine& layer, Precision precision) {
  if (precision == Precision::Int8 && layer.weight.dim() == 2) {
    layer = {.weight = {}, .bias = {}, .rounded = std::make_shared<kernels::Int8Linear>(layer.weight, layer.bias)};
    return;
  }
  layer.weight = layer.weight.to(scalarType(precision));
  if (layer.bias.defined()) layer.bias = layer.bias.to(scalarType(precision));
}

at::Tensor product(const at::Tensor& x, const Affine& layer) {
  if (layer.rounded) return (*layer.rounded)(x);
  return at::linear(x.to(layer.weight.scalar_type()).contiguous(), layer.weight, layer.bias);
}

at::Tensor geluOfProduct(const at::Tensor& x, const Affine& layer) {
  if (layer.rounded) return (*layer.rounded)(x, kernels::Int8Linear::Then::Gelu);
  return at::gelu(product(x, layer));
}

void addProduct(at::Tensor& sum, const at::Tensor& x, const Affine& layer) {
  if (layer.rounded) return layer.rounded->addTo(sum, x);
  sum.add_(product(x, layer));
}

}  // namespace xllm::encoders
