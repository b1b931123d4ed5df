# Perigee's commands. Each is one line; what it does in detail is written in the script that it names.
.PHONY: help run test new-game sim fuzz match fit-codec bench bench-250 bench-tick load load-mixed minute load-floor client server setup-tests fmt clean
.DEFAULT_GOAL := help
.NOTPARALLEL:

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: server ## Play: start the server with both games, and bots; Ctrl-C stops both (BOTS, ARGS, PERIGEE_BIND)
	@server/run.sh

test: ## Check everything: format, lints, builds, unit, integration and browser tests
	@tests/run.sh

new-game: ## Write a small whole game into DIR, as NAME, in a workspace of its own: shared/examples/README.md tells about it
	@shared/examples/new-game.sh "$(NAME)" "$(DIR)"

sim: ## Play the simulated matches alone; SEED=n replays one
	@cargo test -p perigee-tests --test integration simulation

fuzz: ## Throw bad bytes at whatever reads bytes, TIME seconds (60) for each target, or for TARGET alone (cargo-fuzz)
	@tests/fuzz.sh

match: ## Play 20 minutes of 200 mixed bots, count what they do and play it back; MINUTES and SEED change it
	@cargo run --release --target-dir target -p perigee-tests --bin perigee-match

fit-codec: ## Fit the codec's tables of each game, or of GAME, to recorded play; a new table is a new protocol
	@cargo run --release --target-dir target -p perigee-tests --bin perigee-fit-codec $(GAME) && cargo fmt -p perigee-arena -p perigee-hockey

bench: ## Time the codec, the interest grid and whole ticks (criterion)
	@cargo bench --target-dir target -p perigee-shared -p perigee-server --benches

bench-250: ## Count the bytes that 250 moving bodies cost a client that sees all of them
	@cargo run --release --target-dir target -p perigee-tests --bin perigee-bench-250

bench-tick: ## Time ticks of a room with CLIENTS clients (2000), as percentiles
	@cargo run --release --target-dir target -p perigee-tests --bin perigee-bench-tick $(CLIENTS)

load: server ## Measure the server under bots (CLIENTS, GAME, BEHAVIOUR, BESIDE, CONFIG, CHECKSUMS, CHAT_S, WINDOW_S, WARMUP_S, PORT)
	@tests/load.sh

load-mixed: server ## The same with CLIENTS pilots (120) and SKATERS players of hockey (40) on one server
	@CONFIG=assets/config/mixed.toml CLIENTS=$(or $(CLIENTS),120) BEHAVIOUR=$(or $(BEHAVIOUR),hunt) BESIDE=hockey:$(or $(SKATERS),40) tests/load.sh

minute: server ## Count the bytes that a player's minute costs by kind, among CLIENTS mixed bots that talk
	@CONFIG=assets/config/minute.toml CLIENTS=$(or $(CLIENTS),24) BEHAVIOUR=mixed CHAT_S=20 CHECKSUMS=0 WARMUP_S=30 WINDOW_S=60 tests/load.sh

load-floor: server ## Measure the floor: the same stack writing ready frames (CLIENTS, FRAME_BYTES, INPUTS_HZ, WINDOW_S, WARMUP_S, PORT)
	@tests/load-floor.sh

client: ## Build the browser client into assets/web/pkg
	@client-wasm/build.sh

server: client ## Build the release server, which embeds the client, and the load tools
	@cargo build --release --target-dir target -p perigee-server -p perigee-tests --bins
	@server/split-symbols.sh target/release/perigee-server target/release/perigee-bots

setup-tests: ## Install what the tests of pages, REST document, sockets and MQTT need (browser, axe-core, schemathesis, kosoku, mosquitto)
	@tests/setup.sh && tests/setup-mosquitto.sh && tests/setup-python-tools.sh && tests/setup-axe.sh

fmt: ## Format the Rust code
	@cargo fmt --all

clean: ## Remove everything that was built
	@rm -rf target assets/web/pkg
