.DEFAULT_GOAL := help
.PHONY: help run test long lint race fuzz month soak bench hostile killed full-disk sum golden fixtures

help: ## show this help
	@echo "sourcecov: what every data source had for every scheduled game"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## run the whole night offline, on the embedded fixtures
	@go run ./jobs/sourcecov nightly

test: ## run the tests, of those that take minutes a part
	go test -short -timeout 20m ./...

long: ## run every test in full; before a release
	go test -timeout 60m ./...

lint: ## what gofmt, vet and staticcheck have to say
	@test -z "$$(gofmt -l .)" || { gofmt -d .; exit 1; }
	go vet ./...
	go tool staticcheck ./...

race: ## run the tests of sync/, where goroutines are, under the race detector
	go test -race -timeout 20m ./sync/...

fuzz: ## look for inputs that break a parser, a minute each
	@grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z]*' . | sed 's,/[^/]*:func, ,' | while read -r dir name; do \
		echo "$$dir $$name"; go test "$$dir" -run '^$$' -fuzz "^$$name\$$" -fuzztime 1m || exit 1; \
	done

month: ## run the tests on the sample month of real box scores, where that folder is
	go test ./jobs -run Month -count 1 -v

soak: ## run the property test over 5,000 buckets with faults, about an hour
	go test ./jobs -run 'TestLeagues$$' -count 1 -timeout 0 -rounds 5000 -seed 1000

bench: ## measure nights of four seasons against the last program before work on speed, a plain script, and write BENCHMARKS.md; forty minutes of a quiet machine
	go run ./fixtures/bench

hostile: ## bad objects, kills, full disks, bombs, flags, empty disks: what came of all of them, about a quarter of an hour
	cd jobs && go test -count 1 -timeout 60m -hostile -mounts -every 1 \
		-run 'TestNoObjectStopsTheNight|TestOneBadObject|TestTextFromOutside|TestKilled|TestCloudKilled|TestFullDisk|TestFileLimit|TestBombs|TestForgotten|TestOtherBuckets|TestEmptiedBucket|TestNoSuchGame|TestHostileSQL|TestEmpty|TestAnyDisk|TestLostObjects'

killed: ## kill a night at each single step of its publish, about four minutes
	go test ./jobs -run TestCloudKilled -count 1 -every 1

full-disk: ## fill disks of ten sizes, and each place alone, about three minutes; Linux, as root or with user namespaces
	go test ./jobs -run TestFullDisk -count 1 -v -mounts

sum: ## prove the SQL files, then write sql/sql.sum, after a change of them
	go test ./duckdb -run Shapes
	go test ./sql -run Ledger -update

golden: ## write the wanted outputs of the SQL and command-line cases; review what changed
	go test ./duckdb -run 'Cases|Thresholds' -update
	go test ./jobs -run Transcripts -update
	go test ./sync/bqtest -run Discovery -update

fixtures: ## write fixtures/bucket again from its generator
	go run ./fixtures/generate
