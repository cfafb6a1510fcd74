#!/bin/sh
# Writes app.aot into the folders of both services (target/quarkus-app), with which they start on this very JVM in three
# quarters of the time, and serve their first requests with what was learned here:
#   aot-cache.sh GATEWAY AGENT SIMULATOR [REQUESTS]   the two folders, and the simulator's jar
#   aot-cache.sh FOLDER                               one service, started once with nobody to talk to: its start alone is faster
# Both services run with a simulated Ollama and are asked as by many clients, for less than a minute. Fewer requests than 20000
# would leave the JVM with half an idea of what is often done, and it would compile by that: slower for good, by a fifth.
# JAVA_HOME, or the java on the path, is the JVM.
set -eu

java=${JAVA_HOME:+$JAVA_HOME/bin/}java
requests=${4:-20000}
logs=$(mktemp -d)
pids=

finish() {
  for pid in $pids; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$logs"
}
trap finish EXIT

die() {
  cat "$logs"/*.log >&2
  echo "$*" >&2
  exit 1
}

# start NAME COMMAND...: in the background; $! is its process
start() {
  name=$1
  shift
  "$@" >"$logs/$name.log" 2>&1 &
  pids="$pids $!"
}

# service FOLDER NAME: started in its folder, with free ports, as it is started with the cache
service() {
  rm -f "$1/app.aot"
  start "$2" env -C "$1" PORT=0 AGENT_PORT=0 ORCHESTRATOR_AGENTS_PORT=0 GATEWAY_MANAGEMENT_PORT=0 AGENT_MANAGEMENT_PORT=0 \
    ORCHESTRATOR_GATEWAY_URL="$gateway_url" ORCHESTRATOR_OLLAMA_URL="$ollama_url" ORCHESTRATOR_SLOTS=64 \
    "$java" --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED \
    -XX:+UseSerialGC -XX:AOTCacheOutput=app.aot -jar quarkus-run.jar
}

# await NAME TEXT: until the log has it
await() {
  tries=0
  until grep -qs "$2" "$logs/$1.log"; do
    tries=$((tries + 1))
    [ "$tries" -le 600 ] || die "$1 did not start."
    sleep 0.1
  done
}

# written PROCESS FOLDER: told to stop, it writes the cache. 143: it ended in order after the signal.
written() {
  kill "$1"
  wait "$1" || true
  [ -s "$2/app.aot" ] || die "There is no cache in $2."
}

gateway_url=ws://127.0.0.1:1
ollama_url=http://127.0.0.1:1
folder=${1:?the folder with quarkus-run.jar}

if [ $# -eq 1 ]; then
  service "$folder" service
  pid=$!
  await service 'Listening on'
  sleep 2
  written "$pid" "$folder"
  exit 0
fi

agent=${2:?the agent\'s folder}
simulator=${3:?the simulator\'s jar}

start simulator "$java" -jar "$simulator" --parallel 64 --script '{"count":30,"paceMs":1}'
await simulator 'listening on'
ollama_url=$(sed -n 's/.*simulator listening on //p' "$logs/simulator.log")

service "$folder" gateway
gateway_pid=$!
await gateway 'Listening on'
clients_url=$(sed -n 's:.*Listening on\: \(http\://[0-9.]*\:[0-9]*\).*:\1:p' "$logs/gateway.log" | head -n 1)
gateway_url=ws${clients_url#http}/agents

service "$agent" agent
agent_pid=$!
await gateway ' registered: '

"$java" -cp "$simulator" org.ollamaorchestrator.simulator.Exercise "$clients_url" simulated:latest "$requests" \
  >"$logs/clients.log" 2>&1 || die "The services did not answer."

written "$agent_pid" "$agent"
written "$gateway_pid" "$folder"
