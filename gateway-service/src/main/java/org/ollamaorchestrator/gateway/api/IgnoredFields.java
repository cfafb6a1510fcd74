package org.ollamaorchestrator.gateway.api;

import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.stream.Collectors;

/** Tells a client which fields of its request had no effect, in a header of the answer. */
public final class IgnoredFields {

    private static final String HEADER = "x-orchestrator-ignored";

    private static final int NAMES_MAX = 20;

    private static final int NAME_CHARS_MAX = 64;

    private IgnoredFields() {}

    /** A name that a header cannot carry is written with question marks. */
    public static void tell(RoutingContext context, List<String> names) {
        if (!names.isEmpty()) {
            context.response()
                    .putHeader(
                            HEADER,
                            names.stream()
                                    .limit(NAMES_MAX)
                                    .map(IgnoredFields::printable)
                                    .collect(Collectors.joining(", ")));
        }
    }

    private static String printable(String name) {
        String shown = name.length() <= NAME_CHARS_MAX ? name : name.substring(0, NAME_CHARS_MAX);
        return shown.replaceAll("[^\\x21-\\x2B\\x2D-\\x7E]", "?");
    }
}
