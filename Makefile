# Two commands for everyone: `make run` and `make test`. Both set up what is missing and do nothing that is already done.
PRESET ?= $(if $(CI),dev,release)
BUILD := build/$(PRESET)
CONFIGURE = mkdir -p build && { cmake --preset $(PRESET) $(1) > build/configure.log 2>&1 || { cat build/configure.log; exit 1; }; }

.PHONY: help run test bench bench-peers programs everything setup starter-pack starter package
help:
	@echo "make run    set up, build, open the window with the starter pack"
	@echo "make test   set up, build, run every test"
	@echo "make package  .deb, .rpm and one portable file, their SHA-256 sums and sizes (build/$(PRESET)/packages)"
	@echo "make starter  train the starter pack's interfaces from nothing (hours; LLM=file.gguf for another language model)"
	@echo "make bench-peers  our speed beside llama.cpp's, whisper.cpp's and CTranslate2's, interleaved (writes docs/benchmarks.md)"
	@echo "make bench  benchmarks (prints instruction set and threads beside every figure)"

setup:
	@packaging/setup/setup.sh

starter-pack: setup
	@packaging/setup/assemble_starter.py --out build/packs/starter

starter: programs
	@packaging/starter/make_starter.sh

programs: setup
	@$(call CONFIGURE)
	@cmake --build --preset $(PRESET) --target xllm xllm-desktop

everything: setup
	@$(call CONFIGURE)
	@cmake --build --preset $(PRESET)

run: programs starter-pack
	@$(BUILD)/bin/xllm-desktop

test: everything starter-pack
	@ctest --preset $(PRESET)

# Quick packages for trying: PACKAGE_FLAGS=--fast
package: setup starter-pack
	@$(call CONFIGURE)
	@cmake --build --preset $(PRESET) --target xllm xllm-desktop xllm_package_parts
	@packaging/linux/make_packages.py --build $(BUILD) $(PACKAGE_FLAGS)

bench: starter-pack
	@$(call CONFIGURE,-DXLLM_BENCHMARKS=ON)
	@cmake --build --preset $(PRESET) --target xllm_kernels_bench xllm_llm_bench xllm_training_bench xllm_hearing_bench xllm_live_bench xllm_ui_window_streaming_test
	@$(BUILD)/bin/xllm_kernels_bench
	@$(BUILD)/bin/xllm_llm_bench
	@$(BUILD)/bin/xllm_training_bench
	@$(BUILD)/bin/xllm_hearing_bench
	@$(BUILD)/bin/xllm_live_bench
	@XLLM_BENCH=1 QT_QPA_PLATFORM=offscreen $(BUILD)/bin/xllm_ui_window_streaming_test

# Beside llama.cpp and CTranslate2, which are installed from PyPI once; ROWS=small,late,encoder,start,large.
bench-peers: programs starter-pack
	@tests/bench/peers/compare.py --xllm $(BUILD)/bin/xllm --out docs/benchmarks.md $(if $(ROWS),--rows $(ROWS))
