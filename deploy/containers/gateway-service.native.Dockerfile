# The gateway as a native binary. After ./mvnw package -DskipTests -Dnative, in the root folder:
#   docker build -f deploy/containers/gateway-service.native.Dockerfile -t gateway-service:native .

FROM registry.access.redhat.com/ubi10/ubi-micro:10.1 AS folders
# For orchestrator.data-dir: a new volume gets its owner from here.
RUN ["mkdir", "-m", "700", "/var/lib/gateway"]

FROM registry.access.redhat.com/ubi10/ubi-micro:10.1
LABEL org.opencontainers.image.title="gateway-service" \
      org.opencontainers.image.description="OllamaOrchestrator's gateway, native"
WORKDIR /app
COPY --chmod=755 gateway-service/target/gateway-service ./gateway-service
COPY --from=folders --chown=10001:10001 /var/lib/gateway /var/lib/gateway
USER 10001:10001
EXPOSE 3000 8081
ENTRYPOINT ["/app/gateway-service"]
