// How packs and the command line name what an encoder's products are computed in.
#pragma once

#include "core/encoders/precision.h"
#include "core/x2l/config_fields.h"

namespace xllm::model {

inline constexpr x2l::EnumNames<encoders::Precision, 3> kPrecisionNames{{{"float32", encoders::Precision::Float32},
                                                                         {"bfloat16", encoders::Precision::BFloat16},
                                                                         {"int8", encoders::Precision::Int8}}};
// Of encoders that round nothing to whole numbers.
inline constexpr x2l::EnumNames<encoders::Precision, 2> kFloatPrecisionNames{
    {{"float32", encoders::Precision::Float32}, {"bfloat16", encoders::Precision::BFloat16}}};

}  // namespace xllm::model
