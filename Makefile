# Gannet's front door. `make help` lists what there is.
SHELL := /bin/bash
BUILD ?= build/release
JOBS ?= $(shell nproc)
CMAKE_FLAGS = -G Ninja -DCMAKE_CXX_COMPILER=clang++-19 $(if $(shell command -v ccache),-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
GANNET = $(BUILD)/bin/gannet

.PHONY: all run test test-asan test-tsan test-crash test-load bench fuzz docs format check help clean \
	packages-build packages-test

all: $(BUILD)/build.ninja ## build the program: build/release/bin/gannet
	@ninja -C $(BUILD) -j$(JOBS) gannet

run: packages-build all ## install what is missing, build, and start a demo server in var/demo
	@exec tools/run_demo.sh $(GANNET)

test: packages-build packages-test $(BUILD)/build.ninja ## build everything and run every test
	@ninja -C $(BUILD) -j$(JOBS)
	@python3 tools/run_tests.py --build $(BUILD) --second-chance

test-asan: packages-build packages-test ## the whole suite under AddressSanitizer and UBSan
	@tools/install_packages.sh sanitize
	@test -f build/asan/build.ninja || cmake -S . -B build/asan $(CMAKE_FLAGS) -DCMAKE_BUILD_TYPE=RelWithDebInfo \
		-DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g1" -DGANNET_SANITIZE=address,undefined
	@ninja -C build/asan -j$(JOBS)
	@python3 tools/run_tests.py --build build/asan --slow 4

test-tsan: packages-build packages-test ## the concurrent parts under ThreadSanitizer
	@tools/install_packages.sh sanitize
	@test -f build/tsan/build.ninja || cmake -S . -B build/tsan $(CMAKE_FLAGS) -DCMAKE_BUILD_TYPE=RelWithDebInfo \
		-DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g1" -DGANNET_SANITIZE=thread
	@ninja -C build/tsan -j$(JOBS)
	@python3 tools/run_tests.py --build build/tsan --slow 6

test-crash: packages-build packages-test $(BUILD)/build.ninja ## 500 rounds of kill -9 under load, 500 of power loss
	@ninja -C $(BUILD) -j$(JOBS)
	@GANNET_POWER_LOSS_ROUNDS=500 python3 tools/run_tests.py --build $(BUILD) --units 'store_test|mailbox_test|mta_test' --slow 20
	@python3 tools/run_tests.py --build $(BUILD) --only tests/crash --crash-rounds 500

test-load: packages-build packages-test all ## 10,000 idle connections and 200 active ones
	@python3 tools/run_tests.py --build $(BUILD) --only tests/load

bench: packages-build ## Gannet beside Postfix, Dovecot and GMime, in one run
	@tools/install_packages.sh bench
	@test -f build/bench/build.ninja || cmake -S . -B build/bench $(CMAKE_FLAGS) -DGANNET_BENCH=ON -DGANNET_TESTS=OFF
	@ninja -C build/bench -j$(JOBS)
	@python3 bench/run.py --build build/bench

fuzz: packages-build ## each fuzz target for a minute (FUZZ_SECONDS=600 for ten)
	@tools/install_packages.sh fuzz
	@test -f build/fuzz/build.ninja || cmake -S . -B build/fuzz $(CMAKE_FLAGS) -DCMAKE_BUILD_TYPE=RelWithDebInfo \
		-DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g1" -DGANNET_FUZZ=ON -DGANNET_TESTS=OFF -DGANNET_SANITIZE=address,undefined
	@ninja -C build/fuzz -j$(JOBS)
	@python3 tools/run_fuzz.py --build build/fuzz --seconds $${FUZZ_SECONDS:-60}

docs: all ## write docs/settings.md from the declarations
	@$(GANNET) config describe --markdown > docs/settings.md.new && mv docs/settings.md.new docs/settings.md

format: ## clang-format everything
	@tools/install_packages.sh check
	@git ls-files '*.h' '*.cpp' | xargs clang-format-19 -i

check: ## formatting, clang-tidy on what changed, and the floors
	@tools/install_packages.sh build check
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	@tools/check.sh $(BUILD)

clean: ## remove what was built
	@rm -rf build

help:
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

packages-build:
	@tools/install_packages.sh build
packages-test:
	@tools/install_packages.sh test

$(BUILD)/build.ninja: CMakeLists.txt
	@mkdir -p $(BUILD) && cmake -S . -B $(BUILD) $(CMAKE_FLAGS) >$(BUILD)/configure.log 2>&1 || \
		{ tools/install_packages.sh --check build && cat $(BUILD)/configure.log; exit 1; }
