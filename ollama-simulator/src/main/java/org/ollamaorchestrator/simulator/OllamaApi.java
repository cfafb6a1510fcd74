package org.ollamaorchestrator.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;

/** Ollama's routes: checks a request in Ollama's order and words, and hands it to the shelf and to its answer. */
final class OllamaApi {
    private static final int CONTEXT_LENGTH_STANDARD = 4096;
    private static final String PLAIN = "text/plain";
    private static final String NO_EMBEDDINGS = "This server does not support embeddings. Start it with `--embeddings`";
    private static final String NO_IMAGES = "{\"error\":{\"code\":400,\"message\":\"Multimodal data provided, but model"
            + " does not support multimodal requests.\",\"type\":\"invalid_request_error\"}}";

    private final Vertx vertx;
    private final ModelShelf shelf;
    private final ScriptBook scripts;
    private final ModelChanges changes;
    private final String version;
    private final Instant startedAt = Instant.now();

    OllamaApi(Vertx vertx, ModelShelf shelf, ScriptBook scripts, ModelChanges changes, String version) {
        this.vertx = vertx;
        this.shelf = shelf;
        this.scripts = scripts;
        this.changes = changes;
        this.version = version;
    }

    void handle(Exchange exchange) {
        Route.at(exchange.path())
                .ifPresentOrElse(
                        route -> at(route, exchange), () -> plain(exchange, 404, "404 page not found", Outcome.FAILED));
    }

    private void at(Route route, Exchange exchange) {
        if (!route.takes(exchange.request().method())) {
            exchange.header("Allow", route.allowed());
            plain(exchange, 405, "405 method not allowed", Outcome.FAILED);
            return;
        }
        try {
            answer(route, exchange);
        } catch (Refusal refusal) {
            exchange.send(refusal.status(), Answer.JSON, OllamaJson.error(refusal.text()), Outcome.FAILED);
        }
    }

    private void answer(Route route, Exchange exchange) {
        switch (route) {
            case ROOT ->
                exchange.send(200, "text/plain; charset=utf-8", Buffer.buffer("Ollama is running"), Outcome.COMPLETE);
            case VERSION -> json(exchange, OllamaJson.version(version));
            case STATUS -> json(exchange, OllamaJson.status());
            case TAGS -> json(exchange, OllamaJson.tags(shelf.models(), startedAt));
            case PS -> json(exchange, OllamaJson.ps(shelf.loaded()));
            case SHOW -> show(exchange);
            case GENERATE -> infer(Ask.Kind.GENERATE, exchange);
            case CHAT -> infer(Ask.Kind.CHAT, exchange);
            case EMBED -> infer(Ask.Kind.EMBED, exchange);
            case EMBEDDINGS -> infer(Ask.Kind.EMBEDDINGS, exchange);
            case PULL -> changes.pull(exchange);
            case PUSH -> changes.push(exchange);
            case CREATE -> changes.create(exchange);
            case COPY -> changes.copy(exchange);
            case DELETE -> changes.delete(exchange);
        }
    }

    private void show(Exchange exchange) {
        JsonNode body = Ask.object("ShowRequest", exchange.body());
        String model = Ask.string("ShowRequest", body, "model");
        String name = model.isEmpty() ? Ask.string("ShowRequest", body, "name") : model;
        if (name.isEmpty()) {
            throw new Refusal(400, "model is required");
        }
        exchange.concerns(name);
        SimulatedModel found = shelf.find(name)
                .orElseThrow(() -> new Refusal(404, "model '" + ModelNames.tagged(name) + "' not found"));
        json(exchange, OllamaJson.show(found, startedAt));
    }

    private void infer(Ask.Kind kind, Exchange exchange) {
        Ask ask = Ask.read(kind, exchange.body());
        exchange.concerns(ask.model());
        SimulatedModel model = modelFor(ask);
        checkCapabilities(ask, model);
        if (!ask.speaks() && ask.keepAlive().none()) {
            shelf.unload(model);
            json(exchange, OllamaJson.idle(ask, "unload"));
            return;
        }
        if (kind == Ask.Kind.EMBED && ask.inputs() == 0) {
            json(exchange, OllamaJson.embeddings(ask, 0, new OllamaJson.Counters(0, 0, 0, 0, 0, 0)));
            return;
        }
        Script script = scripts.next(ask);
        double loadMs = script.loadMs() == null ? model.loadTime().toNanos() / 1e6 : script.loadMs();
        shelf.enqueue(
                model,
                new ModelShelf.Need(
                        exchange,
                        contextLength(ask, model),
                        loadMs,
                        ask.keepAlive(),
                        System.nanoTime(),
                        loadNanos -> new Answer(vertx, exchange, ask, script, model, loadNanos).begin()));
    }

    private SimulatedModel modelFor(Ask ask) {
        String name = ask.model();
        switch (ask.kind()) {
            case CHAT -> {
                if (name.isEmpty()) {
                    throw new Refusal(400, "model is required");
                }
                if (!ModelNames.valid(name)) {
                    throw new Refusal(400, "invalid model name");
                }
            }
            case GENERATE, EMBED, EMBEDDINGS -> {
                // These say "not found" to a name that could not exist as well.
            }
        }
        return shelf.find(name).orElseThrow(() -> switch (ask.kind()) {
            case CHAT, GENERATE -> new Refusal(404, "model '" + name + "' not found");
            case EMBED, EMBEDDINGS -> new Refusal(404, "model \"" + name + "\" not found, try pulling it first");
        });
    }

    private static void checkCapabilities(Ask ask, SimulatedModel model) {
        switch (ask.kind()) {
            case CHAT -> checkWords(ask, model, "chat");
            case GENERATE -> checkWords(ask, model, "generate");
            case EMBED -> checkEmbedding(model, 501);
            case EMBEDDINGS -> checkEmbedding(model, 500);
        }
    }

    private static void checkWords(Ask ask, SimulatedModel model, String verb) {
        if (!model.can("completion")) {
            throw new Refusal(400, "\"" + ask.model() + "\" does not support " + verb);
        }
        if (ask.tools() && !model.can("tools")) {
            throw new Refusal(400, ModelNames.registered(model.name()) + " does not support tools");
        }
        if (Boolean.TRUE.equals(ask.think()) && !model.can("thinking")) {
            throw new Refusal(400, "\"" + ask.model() + "\" does not support thinking");
        }
        if (ask.images() && !model.can("vision")) {
            throw new Refusal(400, NO_IMAGES);
        }
    }

    private static void checkEmbedding(SimulatedModel model, int status) {
        if (!model.can("embedding")) {
            throw new Refusal(status, NO_EMBEDDINGS);
        }
    }

    /** A greater context than the model's is clamped without a word, as Ollama does. */
    private static int contextLength(Ask ask, SimulatedModel model) {
        int wanted = ask.contextLength() == null ? CONTEXT_LENGTH_STANDARD : ask.contextLength();
        return Math.min(wanted, model.contextLength());
    }

    private static void json(Exchange exchange, Buffer body) {
        exchange.send(200, Answer.JSON, body, Outcome.COMPLETE);
    }

    private static void plain(Exchange exchange, int status, String text, Outcome outcome) {
        exchange.send(status, PLAIN, Buffer.buffer(text), outcome);
    }
}
