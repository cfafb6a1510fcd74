# The agent as a native binary. After ./mvnw package -DskipTests -Dnative, in the root folder:
#   docker build -f deploy/containers/agent-service.native.Dockerfile -t agent-service:native .

FROM registry.access.redhat.com/ubi10/ubi-micro:10.1
LABEL org.opencontainers.image.title="agent-service" \
      org.opencontainers.image.description="OllamaOrchestrator's agent, native"
WORKDIR /app
COPY --chmod=755 agent-service/target/agent-service ./agent-service
USER 10001:10001
EXPOSE 3001
ENTRYPOINT ["/app/agent-service"]
