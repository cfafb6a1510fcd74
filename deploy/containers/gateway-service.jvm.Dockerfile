# The gateway on a JVM. After ./mvnw package -DskipTests, in the root folder:
#   docker build -f deploy/containers/gateway-service.jvm.Dockerfile -t gateway-service .

FROM docker.io/library/eclipse-temurin:25-jre AS trained
# For orchestrator.data-dir: a new volume gets its owner from here.
RUN ["mkdir", "-m", "700", "/var/lib/gateway"]
WORKDIR /build
COPY gateway-service/target/quarkus-app/ gateway/
COPY agent-service/target/quarkus-app/ agent/
COPY ollama-simulator/target/ollama-simulator-*.jar simulator/simulator.jar
COPY ollama-simulator/target/lib/ simulator/lib/
COPY deploy/containers/aot-cache.sh /usr/local/bin/aot-cache
# By requests through both services, with the JVM that will run them, since the cache is good for no other; without one the
# start and the first requests are slower, and that is all.
RUN ["sh", "/usr/local/bin/aot-cache", "gateway", "agent", "simulator/simulator.jar"]

FROM gcr.io/distroless/java-base-debian13:nonroot
LABEL org.opencontainers.image.title="gateway-service" \
      org.opencontainers.image.description="OllamaOrchestrator's gateway"
COPY --from=trained /opt/java/openjdk /opt/java/openjdk
COPY --from=trained /build/gateway /app
COPY --from=trained --chown=10001:10001 /var/lib/gateway /var/lib/gateway
WORKDIR /app
USER 10001:10001
EXPOSE 3000 8081
ENTRYPOINT ["/opt/java/openjdk/bin/java", "--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED", \
            "-XX:+UseSerialGC", "-XX:+UseTransparentHugePages", "-XX:TrimNativeHeapInterval=5000", \
            "-XX:CompileCommand=quiet", "-XX:CompileCommand=CompileThresholdScaling,io.netty.channel.epoll.EpollEventLoop::run,0.01", \
            "-Xms32m", "-XX:NewSize=16m", "-XX:SurvivorRatio=2", \
            "-XX:MaxRAMPercentage=60", "-XX:+ExitOnOutOfMemoryError", "-XX:AOTCache=app.aot", "-jar", "quarkus-run.jar"]
