.PHONY: venv test lint format run bench

venv:
	npm ci --ignore-scripts

test:
	npm test

lint:
	npm run lint

format:
	npm run format

run:
	npm start

bench:
	npm run bench
