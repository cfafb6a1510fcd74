package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A gateway that asks everybody who they are, keeps what it is told in a directory, and has an administrator. */
final class AdministeredGateway implements AutoCloseable {
    private static final String AGENTS = "/api/admin/agents";

    private final String key;
    private final Gateway gateway;
    private final GatewayDatabase database;

    private AdministeredGateway(String key, Gateway gateway, GatewayDatabase database) {
        this.key = key;
        this.database = database;
        this.gateway = gateway;
    }

    static AdministeredGateway start(String... jvmOptions) {
        IssuedKey admin = IssuedKey.random();
        Path folder = freshFolder("data");
        List<String> options = new ArrayList<>(List.of(
                "-Dorchestrator.keys.boss.hash=" + admin.hash(),
                "-Dorchestrator.keys.boss.admin=true",
                "-Dorchestrator.data-dir=" + folder,
                "-Dquarkus.http.host=127.0.0.1"));
        options.addAll(List.of(jvmOptions));
        Gateway gateway = Gateway.launch(options, admin.secret());
        gateway.awaitReady();
        return new AdministeredGateway(admin.secret(), gateway, new GatewayDatabase(folder));
    }

    /** A folder of its own for whoever needs to keep something. */
    static Path freshFolder(String name) {
        try {
            Files.createDirectories(Packaged.workFolder());
            return Files.createTempDirectory(Packaged.workFolder(), name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Gateway gateway() {
        return gateway;
    }

    GatewayDatabase database() {
        return database;
    }

    /** The administrator's, which is good for everything else as well. */
    String key() {
        return key;
    }

    /** Lets an agent in, by a token. */
    String tokenFor(String name) {
        return asked("POST", AGENTS, "{\"name\":\"" + name + "\"}", 201)
                .path("secret")
                .asText();
    }

    /** Lets an agent in, by an enrolment token. */
    String enrolmentFor(String name) {
        return asked("POST", AGENTS + "/enrolments", "{\"name\":\"" + name + "\"}", 201)
                .path("secret")
                .asText();
    }

    void revoke(String name) {
        assertThat(exchange("DELETE", AGENTS + "/" + name, "").status()).isEqualTo(204);
    }

    /** What is known of an agent that may connect. */
    Optional<JsonNode> credential(String name) {
        return asked("GET", AGENTS, "", 200)
                .path("agents")
                .valueStream()
                .filter(agent -> agent.path("name").asText().equals(name) && !agent.has("revoked"))
                .findFirst();
    }

    private JsonNode asked(String method, String path, String json, int status) {
        Http.Reply reply = exchange(method, path, json);
        assertThat(reply.status()).as(reply.body()).isEqualTo(status);
        return reply.json();
    }

    private Http.Reply exchange(String method, String path, String json) {
        return Http.exchange(
                gateway.port(),
                method,
                path,
                Map.of("Authorization", "Bearer " + key, "Content-Type", "application/json", "Connection", "close"),
                json);
    }

    @Override
    public void close() {
        gateway.close();
    }
}
