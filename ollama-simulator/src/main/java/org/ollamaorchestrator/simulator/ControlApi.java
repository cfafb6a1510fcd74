package org.ollamaorchestrator.simulator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the Java API offers, over HTTP for a simulator that runs as a process. Its own requests are not observed.
 *
 * <ul>
 *   <li>{@code POST /simulator/scripts}: a script for the next answer
 *   <li>{@code PUT /simulator/scripts}, {@code PUT /simulator/scripts/<model>}: a script from now on
 *   <li>{@code GET /simulator/requests}, {@code DELETE /simulator/requests}: what was seen; forget it
 *   <li>{@code PUT /simulator/registry/<model>}: what comes of pulling and pushing it, as {@link Transfer} has it
 *   <li>{@code POST /simulator/models/<name>}, {@code DELETE /simulator/models/<name>}
 * </ul>
 */
final class ControlApi {
    static final String PREFIX = "/simulator/";

    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private final ModelShelf shelf;
    private final ScriptBook scripts;
    private final Registry registry;
    private final Journal journal;

    ControlApi(ModelShelf shelf, ScriptBook scripts, Registry registry, Journal journal) {
        this.shelf = shelf;
        this.scripts = scripts;
        this.registry = registry;
        this.journal = journal;
    }

    void handle(HttpServerRequest request, Buffer body) {
        HttpServerResponse response = request.response();
        try {
            JsonNode answer = answer(request, body.toString());
            if (answer == null) {
                response.setStatusCode(204).end().onFailure(gone -> {});
            } else {
                json(response, 200, answer);
            }
        } catch (Refusal refusal) {
            json(response, refusal.status(), JSON.createObjectNode().put("error", refusal.text()));
        }
    }

    /** Null where there is nothing to say. */
    private @Nullable JsonNode answer(HttpServerRequest request, String body) {
        String path = Objects.requireNonNullElse(request.path(), "");
        String[] parts = path.substring(PREFIX.length()).split("/", 2);
        String name = parts.length == 2 ? URLDecoder.decode(parts[1], StandardCharsets.UTF_8) : "";
        return switch (request.method().name() + " " + parts[0] + (name.isEmpty() ? "" : " <name>")) {
            case "POST scripts" -> {
                scripts.enqueue(script(body));
                yield null;
            }
            case "PUT scripts" -> {
                scripts.standard(script(body));
                yield null;
            }
            case "PUT scripts <name>" -> {
                scripts.put(modelName(name), script(body));
                yield null;
            }
            case "PUT registry <name>" -> {
                registry.put(modelName(name), transfer(body));
                yield null;
            }
            case "GET requests" -> requests();
            case "DELETE requests" -> {
                journal.forget();
                yield null;
            }
            case "POST models <name>" -> {
                shelf.add(model(modelName(name), body));
                yield null;
            }
            case "DELETE models <name>" -> {
                if (!shelf.remove(name)) {
                    throw new Refusal(404, "model '" + name + "' not found");
                }
                yield null;
            }
            default -> throw new Refusal(404, "the simulator has no " + request.method() + " " + path);
        };
    }

    private static Script script(String body) {
        try {
            return Script.parse(body);
        } catch (IllegalArgumentException e) {
            throw new Refusal(400, String.valueOf(e.getMessage()));
        }
    }

    private static Transfer transfer(String body) {
        try {
            return Transfer.parse(body);
        } catch (IllegalArgumentException e) {
            throw new Refusal(400, String.valueOf(e.getMessage()));
        }
    }

    private static String modelName(String name) {
        if (!ModelNames.valid(name)) {
            throw new Refusal(400, "invalid model name");
        }
        return name;
    }

    /** A model as {@link SimulatedModel#named} makes it, with what the body says otherwise. */
    private static SimulatedModel model(String name, String body) {
        SimulatedModel model = SimulatedModel.named(name);
        JsonNode json = object(body);
        if (json.path("capabilities").isArray()) {
            List<String> capabilities = new ArrayList<>();
            json.path("capabilities").forEach(capability -> capabilities.add(capability.asText()));
            model = model.withCapabilities(capabilities.toArray(String[]::new));
        }
        return model.withSize(json.path("size").asLong(model.size()))
                .withContextLength(json.path("contextLength").asInt(model.contextLength()))
                .withLoadTime(Duration.ofMillis(json.path("loadMs").asLong(0)));
    }

    private static JsonNode object(String body) {
        if (body.isBlank()) {
            return JSON.createObjectNode();
        }
        try {
            JsonNode json = JSON.readTree(body);
            if (json.isObject()) {
                return json;
            }
        } catch (JsonProcessingException e) {
            throw new Refusal(400, e.getOriginalMessage());
        }
        throw new Refusal(400, "a model is an object of capabilities, size, contextLength, loadMs");
    }

    private JsonNode requests() {
        ArrayNode all = JSON.createArrayNode();
        journal.snapshot().forEach(observed -> all.add(json(observed)));
        return all;
    }

    private static ObjectNode json(Observed observed) {
        ObjectNode json = JSON.createObjectNode();
        json.put("sequence", observed.sequence());
        json.put("method", observed.method());
        json.put("path", observed.path());
        observed.headers().forEach(json.putObject("headers")::put);
        json.put("body", observed.body());
        json.put("model", observed.model());
        json.put("receivedAtNanos", EpochNanos.of(observed.receivedAt()));
        json.put("firstByteAtNanos", nanos(observed.firstByteAt()));
        json.put("endedAtNanos", nanos(observed.endedAt()));
        json.put("phase", observed.phase().name());
        json.put("outcome", observed.outcome().name());
        json.put("tokensSent", observed.tokensSent());
        json.put("leftIn", observed.leftIn() == null ? null : observed.leftIn().name());
        return json;
    }

    private static @Nullable Long nanos(@Nullable Instant instant) {
        return instant == null ? null : EpochNanos.of(instant);
    }

    private static void json(HttpServerResponse response, int status, JsonNode body) {
        response.setStatusCode(status)
                .putHeader("Content-Type", Answer.JSON)
                .end(body.toString())
                .onFailure(gone -> {});
    }
}
