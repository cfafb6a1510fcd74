package org.ollamaorchestrator.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;

/** What changes the models there are: pull, push, create, copy and delete, each with what Ollama says meanwhile. */
final class ModelChanges {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String LINES = "application/x-ndjson";
    private static final int SHORT_DIGEST = 12;

    private final ModelShelf shelf;
    private final Registry registry;

    ModelChanges(ModelShelf shelf, Registry registry) {
        this.shelf = shelf;
        this.registry = registry;
    }

    void pull(Exchange exchange) {
        JsonNode body = Ask.object("PullRequest", exchange.body());
        String name = modelOf("PullRequest", body);
        exchange.concerns(name);
        Transfer transfer = registry.transferOf(name);
        Deque<Line> lines = new ArrayDeque<>();
        lines.add(Line.of("pulling manifest"));
        transferred(name, "pulling ", transfer, lines);
        if (transfer.error() == null) {
            lines.add(Line.of("verifying sha256 digest"));
            lines.add(Line.of("writing manifest"));
            lines.add(Line.of("success"));
        }
        answer(exchange, body, lines, transfer.stepMs(), () -> {
            if (!shelf.has(name)) {
                shelf.add(SimulatedModel.named(name)
                        .withSize(transfer.layers().stream()
                                .mapToLong(Long::longValue)
                                .sum()));
            }
        });
    }

    void push(Exchange exchange) {
        JsonNode body = Ask.object("PushRequest", exchange.body());
        String name = modelOf("PushRequest", body);
        exchange.concerns(name);
        Transfer transfer = registry.transferOf(name);
        Deque<Line> lines = new ArrayDeque<>();
        lines.add(Line.of("retrieving manifest"));
        if (!shelf.has(name)) {
            lines.add(Line.failing("couldn't retrieve manifest, because the model does not exist"));
        } else {
            transferred(name, "pushing ", transfer, lines);
            if (transfer.error() == null) {
                lines.add(Line.of("pushing manifest"));
                lines.add(Line.of("success"));
            }
        }
        answer(exchange, body, lines, transfer.stepMs(), () -> {});
    }

    void create(Exchange exchange) {
        JsonNode body = Ask.object("CreateRequest", exchange.body());
        String name = modelOf("CreateRequest", body);
        exchange.concerns(name);
        String from = Ask.string("CreateRequest", body, "from");
        if (from.isEmpty()) {
            throw new Refusal(400, "neither 'from' or 'files' was specified");
        }
        SimulatedModel base = shelf.find(from)
                .orElseThrow(() -> new Refusal(404, "model '" + ModelNames.tagged(from) + "' not found"));
        Deque<Line> lines = new ArrayDeque<>();
        lines.add(Line.of("using existing layer " + digest(base.name(), 0)));
        lines.add(Line.of("creating new layer " + digest(name, 1)));
        lines.add(Line.of("writing manifest"));
        lines.add(Line.of("success"));
        answer(exchange, body, lines, 0, () -> shelf.add(base.withName(name)));
    }

    void copy(Exchange exchange) {
        JsonNode body = Ask.object("CopyRequest", exchange.body());
        String source = Ask.string("CopyRequest", body, "source");
        String destination = Ask.string("CopyRequest", body, "destination");
        exchange.concerns(source);
        if (!ModelNames.valid(source)) {
            throw new Refusal(400, "source \"" + source + "\" is invalid");
        }
        if (!ModelNames.valid(destination)) {
            throw new Refusal(400, "destination \"" + destination + "\" is invalid");
        }
        SimulatedModel model =
                shelf.find(source).orElseThrow(() -> new Refusal(404, "model \"" + source + "\" not found"));
        shelf.add(model.withName(destination));
        exchange.send(200, null, Buffer.buffer(), Outcome.COMPLETE);
    }

    void delete(Exchange exchange) {
        String name = modelOf("DeleteRequest", Ask.object("DeleteRequest", exchange.body()));
        exchange.concerns(name);
        if (!shelf.remove(name)) {
            throw new Refusal(404, "model '" + name + "' not found");
        }
        exchange.send(200, null, Buffer.buffer(), Outcome.COMPLETE);
    }

    /** One line, and whether it is the last one of an answer that failed. */
    private record Line(ObjectNode json, boolean fails) {
        static Line of(String status) {
            return new Line(JSON.createObjectNode().put("status", status), false);
        }

        static Line failing(String error) {
            return new Line(JSON.createObjectNode().put("error", error), true);
        }
    }

    private static String modelOf(String goName, JsonNode body) {
        String model = Ask.string(goName, body, "model");
        String name = model.isEmpty() ? Ask.string(goName, body, "name") : model;
        if (!ModelNames.valid(name)) {
            throw new Refusal(400, "invalid model name");
        }
        return name;
    }

    /** Each layer from nothing to all of it, as far as the transfer gets. */
    private static void transferred(String model, String verb, Transfer transfer, Deque<Line> lines) {
        int all = transfer.layers().size() * transfer.steps();
        int failsAfter = transfer.error() == null ? Integer.MAX_VALUE : (int) (all * transfer.failAt());
        int sent = 0;
        for (int layer = 0; layer < transfer.layers().size() && sent < failsAfter; layer++) {
            long total = transfer.layers().get(layer);
            String digest = digest(model, layer);
            for (int step = 1; step <= transfer.steps() && sent < failsAfter; step++) {
                Line line = Line.of(verb + digest.substring("sha256:".length(), "sha256:".length() + SHORT_DIGEST));
                line.json().put("digest", digest).put("total", total);
                line.json().put("completed", total * step / transfer.steps());
                lines.add(line);
                sent++;
            }
        }
        if (transfer.error() != null) {
            lines.add(Line.failing(transfer.error()));
        }
    }

    /** The model changes with the last line, and not if the client left or it failed. */
    private static void answer(Exchange exchange, JsonNode body, Deque<Line> lines, double stepMs, Runnable changed) {
        if (body.path("stream").asBoolean(true)) {
            exchange.begin(200, LINES);
            next(exchange, lines, stepMs, changed);
            return;
        }
        Line last = lines.getLast();
        exchange.after(stepMs * lines.size(), () -> {
            if (last.fails()) {
                exchange.send(500, Answer.JSON, text(last), Outcome.FAILED);
            } else {
                changed.run();
                exchange.send(200, "application/json", text(last), Outcome.COMPLETE);
            }
        });
    }

    private static void next(Exchange exchange, Deque<Line> lines, double stepMs, Runnable changed) {
        Line line = lines.removeFirst();
        if (lines.isEmpty() && !line.fails()) {
            changed.run();
        }
        exchange.write(text(line).appendByte((byte) '\n')).onFailure(lost -> {});
        if (lines.isEmpty()) {
            exchange.finish(line.fails() ? Outcome.FAILED : Outcome.COMPLETE);
        } else {
            exchange.after(stepMs, () -> next(exchange, lines, stepMs, changed));
        }
    }

    private static Buffer text(Line line) {
        return Buffer.buffer(line.json().toString());
    }

    private static String digest(String model, int layer) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest((ModelNames.tagged(model) + "/" + layer).getBytes(StandardCharsets.UTF_8));
            return "sha256:" + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
