package org.ollamaorchestrator.gateway.scheduling;

import java.util.List;

/**
 * What placement knows of a prompt: its length, and marks at which it may agree with an earlier one.
 *
 * @param bytes of its text in UTF-8, or about that
 * @param prefixes from the shortest to the longest: after each message of a conversation
 */
public record Prompt(long bytes, List<Prefix> prefixes) {

    public static final Prompt NONE = new Prompt(0, List.of());

    public Prompt {
        prefixes = List.copyOf(prefixes);
    }

    /**
     * The beginning of a conversation, up to the end of one of its messages.
     *
     * @param hash of the model and all the text up to there
     */
    public record Prefix(long hash, long bytes) {}
}
