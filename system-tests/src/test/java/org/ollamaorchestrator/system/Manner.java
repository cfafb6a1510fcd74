package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The ways to ask for words that differ in how the gateway answers: in two dialects, as a stream and as a whole. */
enum Manner {
    OPENAI_STREAM(LargeDialect.OPENAI_CHAT, true),
    OPENAI_WHOLE(LargeDialect.OPENAI_CHAT, false),
    OLLAMA_STREAM(LargeDialect.OLLAMA_CHAT, true),
    OLLAMA_WHOLE(LargeDialect.OLLAMA_CHAT, false);

    private final LargeDialect dialect;
    private final boolean streams;

    Manner(LargeDialect dialect, boolean streams) {
        this.dialect = dialect;
        this.streams = streams;
    }

    /** Each in its turn. */
    static Manner number(int number) {
        return values()[number % values().length];
    }

    String path() {
        return dialect.path();
    }

    /** A request that the simulator answers as it does by itself. */
    ObjectNode asking(String model, String text) {
        return dialect.asking(model, text).put("stream", streams);
    }

    /** The words of an answer that came whole. */
    String words(String body) {
        if (streams) {
            dialect.assertEnded(body);
            return dialect.textIn(body);
        }
        return switch (dialect) {
            case OPENAI_CHAT ->
                Http.json(body)
                        .path("choices")
                        .path(0)
                        .path("message")
                        .path("content")
                        .asText();
            default -> Http.json(body).path("message").path("content").asText();
        };
    }

    /** What a body says that has no words. */
    void assertRefused(String body, int status) {
        dialect.assertRefused(Http.json(body), status);
    }

    /** A body that broke off after words, with an error and without an end. */
    void assertBroken(String body) {
        assertThat(streams).isTrue();
        dialect.assertBrokenWithoutEnd(body);
    }

    /** Ollama's options of a request, with a script for the simulator. */
    static ObjectNode scripted(String script) {
        ObjectNode options = JsonNodeFactory.instance.objectNode();
        options.set("simulator", Http.json(script));
        return options;
    }
}
