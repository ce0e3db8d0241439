#!/usr/bin/env bash
# Takes the pictures of the README anew: walks the journeys, then copies what they showed.
set -euo pipefail
cd "$(dirname "$0")/../.."
tests/browser/run.sh
shots=${CARGO_TARGET_DIR:-target}/browser
to=docs/pictures
mkdir -p "$to"
cp "$shots/view-portal.png" "$to/start.png"
cp "$shots/view-business-service.png" "$to/service.png"
cp "$shots/view-sample-id-card-passport-appointment-page-slot.png" "$to/appointment.png"
cp "$shots/view-business-step-5.png" "$to/assistant.png"
cp "$shots/view-business-check.png" "$to/check.png"
cp "$shots/view-status.png" "$to/status.png"
cp "$shots/view-queue.png" "$to/queue.png"
cp "$shots/view-queue-case.png" "$to/case.png"
pdftoppm -r 70 -png -singlefile -f 1 -l 1 "$(ls -t "$shots"/receipt-*.pdf | tail -1)" "$to/receipt"
