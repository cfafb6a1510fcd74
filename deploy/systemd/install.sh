#!/bin/sh
# Installs the agent as a service of systemd, or a newer version of it. Run it as root, as often as you like: settings
# that are there stay as they are.
#
#   install.sh [--from FOLDER_OR_BINARY] [--java PATH]    FOLDER: agent-service/target/quarkus-app, the default;
#                                                         BINARY: the native agent, which needs no Java
#   install.sh --uninstall [--purge]                      --purge: settings and identity too
#
# DESTDIR=/some/folder installs into that folder, and touches no service.
set -eu

name=ollama-orchestrator-agent
here=$(cd "$(dirname "$0")" && pwd)
root=${DESTDIR:-}
program=$root/opt/ollama-orchestrator/agent
settings=$root/etc/ollama-orchestrator
unit=$root/etc/systemd/system/$name.service
state=$root/var/lib/$name

die() {
  echo "$*" >&2
  exit 1
}

# Of systemd itself, and only if this is a real installation.
service() {
  if [ -z "$root" ]; then
    systemctl "$@"
  fi
}

uninstall() {
  if [ -e "$unit" ]; then
    service disable --now "$name.service"
    rm -f "$unit"
    service daemon-reload
  fi
  rm -rf "$program" "$program.new" "$program.old"
  rmdir "$root/opt/ollama-orchestrator" 2>/dev/null || true
  if [ "$1" = yes ]; then
    rm -rf "$settings" "$state" "$root/var/lib/private/$name"
    echo "Removed, with its settings and its identity."
  else
    echo "Removed. Settings stay in $settings: --purge removes them too."
  fi
}

java_version() {
  "$1" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1
}

find_java() {
  for candidate in "$java" "${JAVA_HOME:-/nonexistent}/bin/java" /usr/lib/jvm/*/bin/java /opt/java/*/bin/java java; do
    [ -n "$candidate" ] || continue
    found=$(command -v "$candidate" 2>/dev/null) || continue
    version=$(java_version "$found")
    if [ "${version:-0}" -ge 25 ]; then
      echo "$found"
      return
    fi
  done
  die "There is no Java 25 or newer here: install one, or name it with --java, or use the native binary."
}

# The new version beside the old one, and then in its place, so that there is never half of one.
install_program() {
  rm -rf "$program.new" "$program.old"
  mkdir -p "$program.new/bin"
  if [ -d "$from" ]; then
    [ -r "$from/quarkus-run.jar" ] || die "$from has no quarkus-run.jar: it is not the agent's folder."
    found=$(find_java)
    cp -R -p "$from" "$program.new/app"
    cat >"$program.new/bin/agent" <<START
#!/bin/sh
home=\$(cd "\$(dirname "\$0")/.." && pwd)
cache=
[ ! -r "\$home/app/app.aot" ] || cache="-XX:AOTCache=\$home/app/app.aot"
exec "$found" --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED \\
  -Xlog:disable -Xlog:all=warning:stderr -XX:+UseSerialGC -XX:+UseTransparentHugePages \\
  -XX:CompileCommand=quiet -XX:CompileCommand=CompileThresholdScaling,io.netty.channel.epoll.EpollEventLoop::run,0.01 \\
  -XX:TrimNativeHeapInterval=5000 -Xms16m -Xmx384m -XX:NewSize=8m -XX:SurvivorRatio=2 \\
  \${cache:+"\$cache"} -jar "\$home/app/quarkus-run.jar" "\$@"
START
  elif [ -f "$from" ]; then
    cp "$from" "$program.new/bin/agent"
  else
    die "$from is missing: build first (./mvnw package -DskipTests), or name it with --from."
  fi
  # Whoever runs the service may read and run it, and nobody but root may change it.
  chmod -R u=rwX,go=rX "$program.new"
  chmod 755 "$program.new/bin/agent"
  [ ! -e "$program" ] || mv "$program" "$program.old"
  mv "$program.new" "$program"
  rm -rf "$program.old"
}

install_settings() {
  mkdir -p "$settings"
  if [ -e "$settings/agent.env" ]; then
    echo "Settings stay as they are: $settings/agent.env"
  else
    (umask 077 && cp "$here/agent.env.example" "$settings/agent.env")
    echo "Now say where the gateway is, and the token: $settings/agent.env"
  fi
  chmod 600 "$settings/agent.env"
}

from=$here/../../agent-service/target/quarkus-app
java=
action=install
purge=no
while [ $# -gt 0 ]; do
  case $1 in
    --from) from=${2:?--from wants a folder or a binary}; shift ;;
    --java) java=${2:?--java wants a path}; shift ;;
    --uninstall) action=uninstall ;;
    --purge) purge=yes ;;
    --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) die "unknown argument: $1; try --help" ;;
  esac
  shift
done

if [ -z "$root" ] && [ "$(id -u)" -ne 0 ]; then
  die "This wants to be run as root."
fi

if [ "$action" = uninstall ]; then
  uninstall "$purge"
  exit 0
fi

install_program
install_settings
mkdir -p "$(dirname "$unit")"
cp "$here/$name.service" "$unit"
chmod 644 "$unit"
service daemon-reload
service enable "$name.service"
service restart "$name.service"
echo "Installed. See it with: systemctl status $name; journalctl -u $name"
