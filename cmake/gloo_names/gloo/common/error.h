// See gloo/context.h beside this.
#pragma once
