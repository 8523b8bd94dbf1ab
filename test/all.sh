#!/bin/sh
# Runs all tests: those of whole agents, where time counts, one after another, and all others side by side.
alone='/test/(e2e|hostile|soak|bench)/'
status=0
npm run jest -- --maxWorkers=2 --testPathIgnorePatterns="$alone" --json --outputFile=.cache/jest-beside.json || status=1
npm run jest -- --runInBand --testPathPatterns="$alone" --json --outputFile=.cache/jest-alone.json || status=1
exit $status
