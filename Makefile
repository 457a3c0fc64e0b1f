# Two commands for everyone: `make run` and `make test`. Both set up what is missing and do nothing that is already done.
PRESET ?= $(if $(CI),dev,release)
BUILD := build/$(PRESET)

.PHONY: run test bench build build-folder setup starter-pack help
help:
	@echo "make run    set up, build, open the window with the starter pack"
	@echo "make test   set up, build, run every test"
	@echo "make bench  benchmarks (prints instruction set, threads and bandwidth beside every figure)"

setup:
	@packaging/setup/setup.sh

build: setup | build-folder
	@cmake --preset $(PRESET) $(CMAKE_OPTIONS) > $(BUILD).configure.log 2>&1 || { cat $(BUILD).configure.log; exit 1; }
	@cmake --build --preset $(PRESET)

build-folder:
	@mkdir -p build

starter-pack: setup
	@packaging/setup/assemble_starter.py --out build/packs/starter

run: build starter-pack
	@$(BUILD)/bin/xllm-desktop

test: build starter-pack
	@ctest --preset $(PRESET)

bench: setup starter-pack
	@cmake --preset release -DXLLM_BENCHMARKS=ON > /dev/null
	@cmake --build --preset release
	@build/release/bin/xllm bench
