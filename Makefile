# Tongban 通办. `make` alone prints the targets.
SHELL := /bin/bash

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LISTEN   ?= 127.0.0.1:8080
DATA     ?= data
FUZZTIME ?= 20s
BENCH    ?= .

# One way to compile for programs, tests and lint alike: what one has compiled the others take from the cache.
export CGO_ENABLED ?= 0
export GOFLAGS     ?= -trimpath

.PHONY: help run quick test race lint vuln fuzz bench deps wasm build release baseline
help: ## print the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-7s %s\n", $$1, $$2}'

run: build ## build and serve with demo data on 127.0.0.1:8080 (LISTEN=host:port, DATA=dir)
	bin/tongban serve --data $(DATA) --listen $(LISTEN) --demo

quick: ## vet and the tests that need neither browser nor PostgreSQL (under 90 s)
	go vet ./...
	go test -short ./...

test: deps lint ## everything, nothing skipped: lint, then all tests with PostgreSQL and Chromium
	scripts/test.sh

race: ## all tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race -timeout 60m ./...

lint: ## gofmt, go vet, go.mod tidiness, staticcheck, gosec, gitleaks, shellcheck
	scripts/lint.sh

vuln: ## known vulnerabilities of what is linked in (asks vuln.go.dev; not part of make test)
	go tool -modfile=tools/go.mod govulncheck ./...

fuzz: ## every fuzz target for FUZZTIME (20s) each
	scripts/fuzz.sh $(FUZZTIME)

bench: ## all benchmarks, with the machine they ran on (BENCH=regexp)
	scripts/bench.sh '$(BENCH)'

deps: ## install through apt-get what the full tests need and this machine lacks
	scripts/deps.sh

wasm: ## what the verify page runs in the browser, for the program to embed (part of build and release)
	scripts/wasm.sh

build: wasm ## bin/tongban, static, with its version
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/tongban ./cmd/tongban

release: ## dist/: static programs for amd64 and arm64 with their SHA-256; the same bytes wherever they are built
	scripts/release.sh $(VERSION)

baseline: ## keep a store of today's program as the release NAME, which later programs must be able to take (once, at the release)
	@test -n "$(NAME)" || { echo "make baseline NAME=v1.2.3"; exit 2; }
	go test ./cmd/tongban -run TestUpgrade_serves -baseline $(NAME)
	go test ./internal/store/sqlstore -run 'TestUpgrade_from_every_release/SQLite' -update
