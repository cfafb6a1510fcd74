package org.ollamaorchestrator.simulator;

import java.util.regex.Pattern;

/** What Ollama takes for a model's name, and how it completes one. */
final class ModelNames {
    private static final String PART = "[A-Za-z0-9_][A-Za-z0-9_.-]*";
    private static final Pattern NAME =
            Pattern.compile("(?:" + PART + "(?::[0-9]+)?/)?(?:" + PART + "/)?" + PART + "(?::" + PART + ")?");

    private ModelNames() {}

    static boolean valid(String name) {
        return NAME.matcher(name).matches();
    }

    /** The name as the lists show it: {@code tiny} is {@code tiny:latest}. */
    static String tagged(String name) {
        return name.lastIndexOf(':') > name.lastIndexOf('/') ? name : name + ":latest";
    }

    /** The long form that some of Ollama's errors use. */
    static String registered(String name) {
        String tagged = tagged(name);
        return switch ((int) tagged.chars().filter(c -> c == '/').count()) {
            case 0 -> "registry.ollama.ai/library/" + tagged;
            case 1 -> "registry.ollama.ai/" + tagged;
            default -> tagged;
        };
    }
}
