# Two commands matter: `make demo` shows the main job, `make test` runs every test. Both install what is missing when
# they may, and otherwise say what to install. Everything is built once, in release: the tests of the planner run
# 10 to 450 times slower in debug.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PREFIX ?= /usr/local
DROVER := .build/release/drover
AGENT := .build/release/drover-agent

.PHONY: help demo test build install deb format clean

help:
	@echo "make demo     sample this machine, plan and carry out a night's consolidation of a simulated cluster (./demo/)"
	@echo "make test     build and run all tests; the last line counts them"
	@echo "make build    build drover and drover-agent into .build/release/"
	@echo "make deb      a Debian package of each program, with systemd units, in .build/deb/"
	@echo "make install  copy both programs and the policies to \$$PREFIX (default /usr/local)"

build:
	@.ci/prepare
	swift build -c release --product drover
	swift build -c release --product drover-agent

demo: build
	@.ci/demo $(DROVER) $(AGENT) demo

test:
	@.ci/prepare
	@.ci/test

install: build
	install -D -m 755 $(DROVER) $(DESTDIR)$(PREFIX)/bin/drover
	install -D -m 755 $(AGENT) $(DESTDIR)$(PREFIX)/bin/drover-agent
	install -d $(DESTDIR)$(PREFIX)/share/drover/policies
	install -m 644 policies/*.yaml $(DESTDIR)$(PREFIX)/share/drover/policies/

deb: build
	@.ci/deb .build/deb

format:
	swift format --in-place --parallel --recursive Sources Tests Package.swift

clean:
	rm -rf .build demo
