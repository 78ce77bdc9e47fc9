# Kinhub: every command there is. On a fresh Debian 12 machine `make demo` and `make test` do all the set-up.
JOBS ?= 2
PREFIX ?= /usr/local
PACKAGES ?= check
CONSOLE ?= yes
DEMO ?=
FUZZ_SECONDS ?= 20
SOAK_MINUTES ?= 60
export CTEST_OUTPUT_ON_FAILURE = 1

.PHONY: help build demo test soak tsan fuzz bench bench-python install format tidy check-style clean packages packages-test packages-style packages-console console-python

help:
	@echo "make demo     simulated agencies through the whole hub: leads, beside the truth, and the balance"
	@echo "make test     every test, with and without sanitizers"
	@echo "make build    build/bin/kinhub and build/lib/kinhub/*.so"
	@echo "make bench    the benchmarks of tests/bench"
	@echo "make tsan     the tests under ThreadSanitizer"
	@echo "make fuzz     the fuzz targets of tests/fuzz, FUZZ_SECONDS=$(FUZZ_SECONDS) each"
	@echo "make soak     journeys on every log and store, and kill -9 everywhere, SOAK_MINUTES=$(SOAK_MINUTES)"
	@echo "make install PREFIX=$(PREFIX)"
	@echo "make format | tidy | check-style | clean"
	@echo "CONSOLE=no builds without the web console, which needs node and npm"
	@echo "JOBS=$(JOBS) compilers and tests at a time; PACKAGES=have leaves the machine's packages alone"

# Installs what is missing of docker/packages.txt; nothing when all is there.
packages:
	@test "$(PACKAGES)" = have || docker/packages.sh build
packages-test: packages
	@test "$(PACKAGES)" = have || docker/packages.sh test
# A machine without node and npm gets them; where that fails the hub is built without its console, and says so.
packages-console: packages
	@test "$(PACKAGES)" = have || test "$(CONSOLE)" = no || docker/packages.sh console || true
packages-style:
	@test "$(PACKAGES)" = have || docker/packages.sh style

# Ninja runs CMake again by itself when a list file changes, so configuring happens once.
build/build.ninja build-asan/build.ninja build-tsan/build.ninja build-soak/build.ninja: | packages
	cmake --preset $(patsubst build-%,%,$(patsubst build,release,$(@D)))

# What was said of the console last time is undone when it is not said again; an ON of one's own stays.
cache = build/CMakeCache.txt
set_console = $(if $(filter no,$(CONSOLE)),grep -qs '^KINHUB_CONSOLE:STRING=OFF$$' $(cache) || cmake --preset release -DKINHUB_CONSOLE=OFF,\
  ! grep -qs '^KINHUB_CONSOLE:STRING=OFF$$' $(cache) || cmake --preset release -DKINHUB_CONSOLE=AUTO)

build: packages packages-console build/build.ninja
	@$(set_console)
	cmake --build --preset release -j $(JOBS)

demo: build
	build/bin/kinhub demo $(DEMO)

# Everything runs under AddressSanitizer and UBSan, but for what is marked needs-speed; then all of it as released.
test: packages-test packages-console console-python build-asan/build.ninja build/build.ninja
	@$(set_console)
	cmake --build --preset asan -j $(JOBS)
	cmake --build --preset release -j $(JOBS)
	ctest --preset asan -j $(JOBS) --no-tests=error -LE 'needs-speed|soak'
	ctest --preset release -j $(JOBS) --no-tests=error -LE soak

# What drives the browser in tests/console; the browser is Debian's own.
console-python: packages-test
	@test "$(CONSOLE)" = no || test -x build/console-python/bin/playwright || { \
	  python3 -m venv build/console-python && build/console-python/bin/pip install -q -r tests/console/requirements.txt; }

# With new seeds: properties, populations beside the reference model, journeys on every pair of log and store, then kill -9 of
# everything everywhere for the rest of SOAK_MINUTES; the table is build-soak/kill_matrix.md. As released, with failpoints.
soak: packages-test build-soak/build.ninja
	cmake --build --preset soak -j $(JOBS)
	KINHUB_SOAK_MINUTES=$(SOAK_MINUTES) tests/journey/soak.sh build-soak

tsan: packages-test build-tsan/build.ninja
	cmake --build --preset tsan -j $(JOBS)
	ctest --preset tsan -j $(JOBS) --no-tests=error -LE 'needs-speed|soak'

fuzz_targets = $(notdir $(basename $(wildcard tests/fuzz/fuzz_*.cpp)))

# What a target finds is left in build-fuzz/found. Needs clang-14.
fuzz: packages packages-style
	test -e build-fuzz/build.ninja || cmake --preset fuzz
	cmake --build build-fuzz -j $(JOBS) --target $(fuzz_targets)
	@mkdir -p build-fuzz/found
	@for target in $(fuzz_targets); do echo "== $$target"; mkdir -p build-fuzz/corpus/$$target; \
	  build-fuzz/fuzz/$$target -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=build-fuzz/found/$$target- -print_final_stats=1 \
	    build-fuzz/corpus/$$target tests/fuzz/seeds/$$target tests/data/samples mappings || exit 1; done

# What policies are compared with, tests/bench/requirements.txt; where PyPI is out of reach the comparison says so.
bench-python:
	@test -x build/bench-python/bin/pip || python3 -m venv build/bench-python || true
	@build/bench-python/bin/pip install -q -r tests/bench/requirements.txt || true

bench: build bench-python
	@for program in build/bench/*_bench; do echo "== $$program"; $$program || exit 1; done
	@echo "== ingest"; python3 tests/bench/ingest.py build
	@echo "== policies, beside OpenFisca-core and DuckDB"; python=build/bench-python/bin/python; \
	  test -x $$python || python=python3; $$python -B tests/bench/policy_peers.py build
	@echo "== a night's comparison, beside DuckDB, sort and comm"; python=build/bench-python/bin/python; \
	  test -x $$python || python=python3; $$python -B tests/bench/reconcile_peers.py build
	@echo "== FEBRL"; python3 -B tests/bench/febrl.py build
	@echo "== kafka, end to end"; python3 tests/bench/kafka_end_to_end.py build

install: build
	cmake --install build --prefix $(PREFIX)

sources = $$(git ls-files -co --exclude-standard '*.cpp' '*.hpp')

format: packages-style
	clang-format-14 -i $(sources)

# clang-tidy reads the compile commands without what only g++ knows: its flags, and its precompiled header, whose text is
# read instead.
tidy: packages packages-style build/build.ninja
	mkdir -p build/tidy
	cp build/CMakeFiles/kinhub_pch.dir/cmake_pch.hxx build/tidy/standard.hpp
	sed 's/-fpch-preprocess//g; s/-fuse-ld=mold//g; s/-Winvalid-pch//g; s|-include [^ ]*/cmake_pch.hxx|-include $(CURDIR)/build/tidy/standard.hpp|g' \
	  build/compile_commands.json > build/tidy/compile_commands.json
	nice run-clang-tidy-14 -quiet -j $(JOBS) -p build/tidy '^$(CURDIR)/(hub|plugins|connectors)/'

check-style:
	python3 tests/style/check.py

clean:
	rm -rf build build-asan build-tsan build-soak build-fuzz
