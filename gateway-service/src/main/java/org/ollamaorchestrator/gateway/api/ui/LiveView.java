package org.ollamaorchestrator.gateway.api.ui;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What one audience sees at one moment, and its form in the stream: an event {@code snapshot}, then {@code change}s.
 *
 * @param queue how many wait and run in all, of whom only the first may be among the jobs
 */
record LiveView(LiveList agents, LiveList jobs, LiveList operations, ObjectNode queue) {

    static final LiveView NOTHING =
            new LiveView(LiveList.EMPTY, LiveList.EMPTY, LiveList.EMPTY, JsonNodeFactory.instance.objectNode());

    /** Everything, for whoever has nothing yet, or is too slow for changes. */
    byte[] snapshot() {
        return event("snapshot", since(NOTHING));
    }

    /** What makes this view of that one; empty if nothing changed. */
    Optional<byte[]> changes(LiveView before) {
        ObjectNode changes = since(before);
        return changes.isEmpty() ? Optional.empty() : Optional.of(event("change", changes));
    }

    private ObjectNode since(LiveView before) {
        ObjectNode changes = JsonNodeFactory.instance.objectNode();
        agents.since(before.agents).ifPresent(delta -> changes.set("agents", delta));
        jobs.since(before.jobs).ifPresent(delta -> changes.set("jobs", delta));
        operations.since(before.operations).ifPresent(delta -> changes.set("operations", delta));
        if (!queue.equals(before.queue)) {
            changes.set("queue", queue);
        }
        return changes;
    }

    /** The last word of a stream that the gateway ends. */
    static byte[] end(String why) {
        return event("end", JsonNodeFactory.instance.objectNode().put("why", why));
    }

    private static byte[] event(String name, ObjectNode data) {
        return ("event: " + name + "\ndata: " + data + "\n\n").getBytes(StandardCharsets.UTF_8);
    }
}
