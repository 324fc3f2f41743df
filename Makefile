# SPDX-License-Identifier: GPL-3.0-or-later
#
# make        builds the library and the program into build/
# make demo   everything a newcomer wants to see, on a bare machine
# make test   everything a user needs to trust it
# make help   the other targets
#
# demo and test install what is missing first (the command is printed before it runs);
# DEPS=no refuses and says what to install.

VERSION := 0.1.0
SOVERSION := 0
CC ?= cc
PREFIX ?= /usr/local
DESTDIR ?=
DEPS ?= yes
VARIANT ?= release
BUILD := build/$(VARIANT)

PACKAGES = libxml-2.0 igraph gsl
# Lazy: pkg-config may have to be installed first.
PKG_CFLAGS = $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null) $(SUITESPARSE_CFLAGS)
PKG_LIBS = $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lklu -lamd -lglpk -lcadical -l:libstdc++.so.6 -lm -lpthread
SUITESPARSE_CFLAGS = $(if $(wildcard /usr/include/suitesparse),-I/usr/include/suitesparse)

WARN := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wvla -Wwrite-strings
BASE_FLAGS := -std=c11 -D_GNU_SOURCE -Iinclude -Isrc -fPIC -fvisibility=default \
	-DBK_DATADIR='"$(PREFIX)/share/blockade"'
HARDEN := -fstack-protector-strong
FLAGS_release := -O2 -g $(HARDEN) -D_FORTIFY_SOURCE=2
FLAGS_asan := -O1 -g -fsanitize=address -fno-omit-frame-pointer
FLAGS_ubsan := -O1 -g -fsanitize=undefined -fno-sanitize-recover=undefined
FLAGS_tsan := -O1 -g -fsanitize=thread
FLAGS_fuzz := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer \
	-fsanitize-coverage=trace-pc
FLAGS_cov := -O0 -g --coverage
LINK_release := -Wl,-z,relro,-z,now
LINK_asan := -fsanitize=address
LINK_ubsan := -fsanitize=undefined
LINK_tsan := -fsanitize=thread
LINK_fuzz := -fsanitize=address,undefined
LINK_cov := --coverage
CFLAGS ?=
LDFLAGS ?=
ALL_CFLAGS = $(BASE_FLAGS) $(WARN) $(FLAGS_$(VARIANT)) $(PKG_CFLAGS) $(CFLAGS)

LIB_SRC := $(sort $(wildcard src/*/*.c))
TOOL_SRC := $(sort $(wildcard tools/*.c))
TEST_SRC := $(sort $(wildcard tests/unit/*.c tests/property/*.c tests/oom/*.c))
BENCH_SRC := $(sort $(wildcard tests/bench/*.c))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/*.c))
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o)
TOOL_OBJ := $(TOOL_SRC:%.c=$(BUILD)/%.o)
TEST_BIN := $(TEST_SRC:%.c=$(BUILD)/%)
FUZZ_OBJ := $(FUZZ_SRC:%.c=$(BUILD)/%.o)
BENCH_BIN := $(BENCH_SRC:%.c=$(BUILD)/%)
STATIC := $(BUILD)/libblockade.a
SHARED := $(BUILD)/libblockade.so.$(VERSION)
PROGRAM := $(BUILD)/blockade
HEADERS := $(sort $(wildcard include/blockade/*.h))

.PHONY: all demo test long deps check-deps cov-deps bench-deps tests-built bench-built asan ubsan tsan cov headers \
	layers format lint bench suite fuzz networks install uninstall clean help

all: $(PROGRAM) $(STATIC) $(SHARED) $(BUILD)/blockade.pc

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(STATIC): $(LIB_OBJ)
	@rm -f $@
	ar rcs $@ $^

$(SHARED): $(LIB_OBJ)
	$(CC) -shared -Wl,-soname,libblockade.so.$(SOVERSION) $(LINK_$(VARIANT)) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)
	@ln -sf $(@F) $(BUILD)/libblockade.so.$(SOVERSION)
	@ln -sf $(@F) $(BUILD)/libblockade.so

$(PROGRAM): $(TOOL_OBJ) $(STATIC)
	$(CC) $(LINK_$(VARIANT)) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(STATIC)
	$(CC) $(LINK_$(VARIANT)) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) -lcmocka $(BENCH_LIBS)

$(BUILD)/tests/fuzz/fuzz: $(FUZZ_OBJ) $(STATIC)
	$(CC) $(LINK_$(VARIANT)) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(BUILD)/blockade.pc: Makefile
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$${prefix}/lib' 'includedir=$${prefix}/include' '' \
	  'Name: blockade' 'Description: Signaling pathway network modeler' 'Version: $(VERSION)' \
	  'Requires.private: $(PACKAGES)' 'Libs: -L$${libdir} -lblockade' \
	  'Libs.private: -lklu -lamd -lglpk -lcadical -l:libstdc++.so.6 -lm -lpthread' \
	  'Cflags: -I$${includedir}' > $@

-include $(LIB_OBJ:.o=.d) $(TOOL_OBJ:.o=.d) $(TEST_BIN:=.d) $(BENCH_BIN:=.d) $(FUZZ_OBJ:.o=.d)

# --- the two commands of the README ---------------------------------------------------

JOBS := $(shell nproc 2>/dev/null || echo 2)

deps:
	@DEPS=$(DEPS) sh tools/dev/install-deps user

check-deps cov-deps bench-deps:
	@DEPS=$(DEPS) sh tools/dev/install-deps $(@:-deps=)

demo: deps
	@$(MAKE) --no-print-directory -s -j$(JOBS) all
	@$(PROGRAM) demo -o demo

test: deps
	@$(MAKE) --no-print-directory -s -j$(JOBS) all tests-built
	@BUILD=$(BUILD) sh tests/run

# The laws of attractors, claims, controls and courses on as many networks as a release is
# judged by.
long: deps
	@$(MAKE) --no-print-directory -s -j$(JOBS) all tests-built
	@for t in attractors claims control published_controls published_laws; do \
	  BLOCKADE_LONG=1 $(BUILD)/tests/property/test_$$t || exit 1; done

tests-built: $(TEST_BIN)

# --- for those who change it ------------------------------------------------------------

asan ubsan tsan: deps
	@$(MAKE) --no-print-directory -s -j$(JOBS) VARIANT=$@ build/$@/blockade tests-built
	@BUILD=build/$@ sh tests/run

cov: cov-deps
	@$(MAKE) --no-print-directory -s -j$(JOBS) VARIANT=cov build/cov/blockade tests-built
	@BUILD=build/cov sh tests/run
	@gcovr -r . --object-directory build/cov -f 'src/' -f 'tools/' --print-summary -o build/cov/coverage.txt
	@tail -n 4 build/cov/coverage.txt

# Mutated models, grown from the project's own, under the address and undefined sanitizers;
# FUZZ_PATHS adds files or folders.  What it finds stays in build/fuzz/found.
FUZZ_SECONDS ?= 60
FUZZ_SEED ?= 1
FUZZ_PATHS ?=
fuzz: deps
	@$(MAKE) --no-print-directory -s -j$(JOBS) VARIANT=fuzz build/fuzz/tests/fuzz/fuzz
	@build/fuzz/tests/fuzz/fuzz -t $(FUZZ_SECONDS) -s $(FUZZ_SEED) -o build/fuzz/found \
	  tests networks $(FUZZ_PATHS)

headers: check-deps
	@sh tools/dev/check-headers '$(CC)' $(HEADERS)

layers:
	@sh tools/dev/check-layers

format: check-deps
	@clang-format -i $$(git ls-files '*.c' '*.h' | grep -v ops.def)

lint: check-deps
	@sh tools/dev/lint

bench: bench-deps
	@$(MAKE) --no-print-directory -s -j$(JOBS) all bench-built
	@BUILD=$(BUILD) sh tests/bench/run

bench-built: $(BENCH_BIN)
$(BENCH_BIN): BENCH_LIBS = -lsbml -lsundials_cvode -lsundials_nvecserial -lsundials_sunlinsolklu -lsundials_sunmatrixsparse

suite: deps
	@$(MAKE) --no-print-directory -s -j$(JOBS) all
	@BUILD=$(BUILD) sh tools/dev/suites

# Writes the SBML forms of the shipped networks anew from their tables.
networks: all
	@BUILD=$(BUILD) sh tools/dev/make-networks
	@if command -v python3 >/dev/null 2>&1; then tools/dev/review-table --program $(BUILD)/blockade; fi

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pkgconfig \
	  $(DESTDIR)$(PREFIX)/include/blockade $(DESTDIR)$(PREFIX)/share/blockade
	install -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/
	install -m 644 $(STATIC) $(DESTDIR)$(PREFIX)/lib/
	install -m 755 $(SHARED) $(DESTDIR)$(PREFIX)/lib/
	ln -sf $(notdir $(SHARED)) $(DESTDIR)$(PREFIX)/lib/libblockade.so.$(SOVERSION)
	ln -sf $(notdir $(SHARED)) $(DESTDIR)$(PREFIX)/lib/libblockade.so
	sed 's|^prefix=.*|prefix=$(PREFIX)|' $(BUILD)/blockade.pc > $(DESTDIR)$(PREFIX)/lib/pkgconfig/blockade.pc
	install -m 644 $(HEADERS) $(DESTDIR)$(PREFIX)/include/blockade/
	cp -R networks $(DESTDIR)$(PREFIX)/share/blockade/

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/blockade $(DESTDIR)$(PREFIX)/lib/libblockade.* \
	  $(DESTDIR)$(PREFIX)/lib/pkgconfig/blockade.pc
	rm -rf $(DESTDIR)$(PREFIX)/include/blockade $(DESTDIR)$(PREFIX)/share/blockade

clean:
	rm -rf build demo

help:
	@printf '%s\n' \
	  'make            build the library and the program into build/release' \
	  'make demo       install what is missing, build, and run the tour into demo/' \
	  'make test       install what is missing, build, and run all tests' \
	  'make long       the laws of attractors, claims, controls and courses on many networks' \
	  'make install    PREFIX=/usr/local, DESTDIR= for packagers; make uninstall' \
	  'make suite      SBML Test Suite and model collections, where they are present' \
	  'make bench      speeds as ratios to peers, in one run; BENCH_QUICK=1 for less of it' \
	  'make asan|ubsan|tsan|cov    the tests under a sanitizer, or with coverage' \
	  'make fuzz       mutated models under sanitizers; FUZZ_SECONDS=60 FUZZ_SEED=1' \
	  'make headers|layers|lint    public headers alone; include rules; static checks' \
	  'make format     clang-format on everything' \
	  'make networks   write the shipped SBML files anew from their tables' \
	  'make clean      remove build/ and demo/' \
	  'DEPS=no         install nothing; say what is missing'
