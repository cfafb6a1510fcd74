package org.ollamaorchestrator.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A change of a model as the gateway tells it: one action, on some agents.
 *
 * @param state the whole's, in the gateway's words
 */
record Operation(String id, String action, String model, String state, List<OnAgent> agents) {

    private static final Set<String> UNDER_WAY = Set.of("waiting", "running");
    private static final String DONE = "done";

    /**
     * One agent's part.
     *
     * @param status what its Ollama says that it does
     * @param completed bytes, of {@code total}, which is 0 while nobody knows
     */
    record OnAgent(String name, String state, String status, long completed, long total, String error) {

        boolean isOver() {
            return !UNDER_WAY.contains(state);
        }

        boolean isDone() {
            return state.equals(DONE);
        }

        /** From 0 to 100; 0 while nobody knows. */
        int percent() {
            return total <= 0 ? 0 : Math.clamp(completed * 100 / total, 0, 100);
        }
    }

    static Operation of(JsonNode json) {
        return new Operation(
                json.path("id").asText(),
                json.path("action").asText(),
                json.path("model").asText(),
                json.path("state").asText(),
                json.path("agents").valueStream().map(Operation::onAgent).toList());
    }

    private static OnAgent onAgent(JsonNode json) {
        return new OnAgent(
                json.path("name").asText(json.path("id").asText()),
                json.path("state").asText(),
                json.path("status").asText(),
                json.path("completed").asLong(),
                json.path("total").asLong(),
                json.path("error").asText());
    }

    boolean isOver() {
        return !UNDER_WAY.contains(state);
    }

    boolean isDone() {
        return state.equals(DONE);
    }

    /** Who failed, and why: one sentence. */
    String failure() {
        String reasons = agents.stream()
                .filter(agent -> !agent.isDone())
                .map(agent -> agent.name() + ": " + (agent.error().isEmpty() ? agent.state() : agent.error()))
                .collect(Collectors.joining("; "));
        return Table.shown(action + " of " + model + " " + (reasons.isEmpty() ? state : "failed on " + reasons));
    }
}
