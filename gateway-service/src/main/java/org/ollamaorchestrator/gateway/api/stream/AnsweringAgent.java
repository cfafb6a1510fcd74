package org.ollamaorchestrator.gateway.api.stream;

import io.vertx.ext.web.RoutingContext;
import java.util.regex.Pattern;

/**
 * Names the agent that answers in the head of the answer. A head that had to go out before the first line names nobody, as a
 * refusal does: until then the request may still be placed elsewhere.
 */
final class AnsweringAgent {

    private static final String HEADER = "x-orchestrator-agent";

    private static final int NAME_CHARS_MAX = 128;

    private static final Pattern UNPRINTABLE = Pattern.compile("[^\\x20-\\x7E]");

    private AnsweringAgent() {}

    static void nameInHead(RoutingContext context, ClientConnection client) {
        context.addHeadersEndHandler(ignored ->
                client.agentName().ifPresent(name -> context.response().putHeader(HEADER, printable(name))));
    }

    /** Owners call their agents what they like; a header cannot carry all of it. */
    private static String printable(String name) {
        String shown = name.length() <= NAME_CHARS_MAX ? name : name.substring(0, NAME_CHARS_MAX);
        return UNPRINTABLE.matcher(shown).replaceAll("?").strip();
    }
}
