package org.ollamaorchestrator.gateway.api.anthropic;

import java.util.UUID;

/**
 * The ids in one answer. Those of tool calls are made from the message's, since Ollama's own are short, and older versions
 * send none: within a conversation no two may be the same.
 */
record AnswerIds(String suffix) {

    private static final int LENGTH = 24;

    static AnswerIds random() {
        return new AnswerIds(UUID.randomUUID().toString().replace("-", "").substring(0, LENGTH));
    }

    String message() {
        return "msg_" + suffix;
    }

    String toolUse(int index) {
        return "toolu_" + suffix + "_" + index;
    }
}
