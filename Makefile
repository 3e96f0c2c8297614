# `make help` prints the lines that follow two hashes.

TOOL    := go tool -modfile=tools/go.mod
GOFLAGS ?= -buildvcs=false
export GOFLAGS

.DEFAULT_GOAL := help
.PHONY: help run test race check lint format generate generated vuln bench release

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## serve Assay on this machine
	go run ./cmd/assay serve

test: ## run every test, on both databases; installs what it needs when it may
	@test/run.sh

race: ## the same with the race detector
	@test/run.sh -race ./...

check: lint generated test ## everything a change must pass

lint: ## formatting, vet and linters
	@test/lint.sh

format: ## format the Go and templ files
	$(TOOL) templ fmt .
	$(TOOL) golangci-lint fmt ./...

generate: ## write generated files again
	@test/generate.sh

generated: # fails when a generated file is not what its source makes
	@test/generate.sh --check

vuln: ## look for known weaknesses in what is linked; asks vuln.go.dev
	$(TOOL) govulncheck ./...

bench: ## print the figures the project holds itself to
	@test/bench.sh

release: ## build the release into out/release, then build it again and compare
	@build/release.sh
	@build/release.sh --check
