# Sourced by mvnw and run: exports JAVA_HOME if it is unset and a JDK of at least the version this project needs is
# installed where JDKs usually are. The `java` on the PATH is often older.
find_jdk() {
  required=25
  best=
  best_version=0
  set +f
  for candidate in /usr/lib/jvm/* /opt/java/* /opt/jdk* "${HOME-}"/.sdkman/candidates/java/* "${HOME-}"/.jdks/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    [ -x "$candidate/bin/javac" ] && [ -r "$candidate/release" ] || continue
    version="$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$candidate/release")"
    [ "${version:-0}" -ge "$required" ] || continue
    if [ -z "$best" ] || [ "$version" -lt "$best_version" ]; then
      best="$candidate"
      best_version="$version"
    fi
  done
  if [ -n "$best" ]; then
    JAVA_HOME="$best"
    export JAVA_HOME
  fi
}
[ -n "${JAVA_HOME-}" ] || find_jdk
