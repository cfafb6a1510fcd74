#!/bin/sh
# Installs the agent for the user who runs this, as an agent of launchd, or a newer version of it. Run it as often as you
# like: settings that are there stay as they are.
#
#   install.sh [--from FOLDER_OR_BINARY]    FOLDER: agent-service/target/quarkus-app, the default, which needs Java 25;
#                                           BINARY: the native agent
#   install.sh --uninstall [--purge]        --purge: settings and identity too
set -eu

label=org.ollamaorchestrator.agent
here=$(cd "$(dirname "$0")" && pwd)
base="$HOME/Library/Application Support/OllamaOrchestrator"
program=$base/agent
settings=$base/agent.env
plist=$HOME/Library/LaunchAgents/$label.plist
domain=gui/$(id -u)

die() {
  echo "$*" >&2
  exit 1
}

# Not on another system: so the files can be looked at anywhere.
control() {
  if command -v launchctl >/dev/null 2>&1; then
    launchctl "$@"
  fi
}

stop() {
  control bootout "$domain/$label" 2>/dev/null || true
}

java_version() {
  "$1" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1
}

find_java() {
  for candidate in "${JAVA_HOME:-/nonexistent}/bin/java" \
    /Library/Java/JavaVirtualMachines/*/Contents/Home/bin/java /opt/homebrew/opt/openjdk*/bin/java java; do
    found=$(command -v "$candidate" 2>/dev/null) || continue
    version=$(java_version "$found")
    if [ "${version:-0}" -ge 25 ]; then
      echo "$found"
      return
    fi
  done
  die "There is no Java 25 or newer here: install one, or set JAVA_HOME, or use the native binary."
}

install_program() {
  rm -rf "$program.new" "$program.old"
  mkdir -p "$program.new/bin"
  if [ -d "$from" ]; then
    [ -r "$from/quarkus-run.jar" ] || die "$from has no quarkus-run.jar: it is not the agent's folder."
    found=$(find_java)
    cp -R -p "$from" "$program.new/app"
    run="\"$found\" --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -Xmx384m"
    run="$run -jar \"\$base/agent/app/quarkus-run.jar\" \"\$@\""
  elif [ -f "$from" ]; then
    cp "$from" "$program.new/bin/agent-native"
    chmod 755 "$program.new/bin/agent-native"
    run="\"\$base/agent/bin/agent-native\" \"\$@\""
  else
    die "$from is missing: build first (./mvnw package -DskipTests), or name it with --from."
  fi
  # launchd knows no files of settings, so this reads them.
  cat >"$program.new/bin/agent" <<START
#!/bin/sh
base="\$HOME/Library/Application Support/OllamaOrchestrator"
set -a
. "\$base/agent.env"
ORCHESTRATOR_STATE_DIR="\${ORCHESTRATOR_STATE_DIR:-\$base/state}"
set +a
exec $run
START
  chmod 755 "$program.new/bin/agent"
  [ ! -e "$program" ] || mv "$program" "$program.old"
  mv "$program.new" "$program"
  rm -rf "$program.old"
}

from=$here/../../agent-service/target/quarkus-app
action=install
purge=no
while [ $# -gt 0 ]; do
  case $1 in
    --from) from=${2:?--from wants a folder or a binary}; shift ;;
    --uninstall) action=uninstall ;;
    --purge) purge=yes ;;
    --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) die "unknown argument: $1; try --help" ;;
  esac
  shift
done

if [ "$action" = uninstall ]; then
  stop
  rm -rf "$plist" "$program" "$program.new" "$program.old"
  if [ "$purge" = yes ]; then
    rm -rf "$base"
    echo "Removed, with its settings and its identity."
  else
    echo "Removed. Settings stay in $base: --purge removes them too."
  fi
  exit 0
fi

mkdir -p "$base" "$HOME/Library/Logs/OllamaOrchestrator" "$(dirname "$plist")"
stop
install_program
if [ -e "$settings" ]; then
  echo "Settings stay as they are: $settings"
else
  (umask 077 && cp "$here/../systemd/agent.env.example" "$settings")
  echo "Now say where the gateway is, and the token: $settings"
  echo "Then run this again."
fi
chmod 600 "$settings"
sed "s|@HOME@|$HOME|g" "$here/$label.plist" >"$plist"
control bootstrap "$domain" "$plist"
echo "Installed. See it with: launchctl print $domain/$label"
