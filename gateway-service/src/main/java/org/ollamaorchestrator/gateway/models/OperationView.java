package org.ollamaorchestrator.gateway.models;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.protocol.ModelName;

/**
 * One operation as administrators see it.
 *
 * @param to the name that a copy gets
 * @param by the name of the key that asked for it, {@code owner} where no key is needed, or {@code configuration}
 * @param state waiting, running, done, failed or cancelled
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record OperationView(
        String id,
        String action,
        String model,
        @Nullable String to,
        String by,
        Instant started,
        @Nullable Instant ended,
        String state,
        List<AgentPart> agents) {

    public OperationView {
        agents = List.copyOf(agents);
    }

    /**
     * One agent's part of it.
     *
     * @param state waiting, running, done, failed or cancelled
     * @param status what its Ollama said last, or why it waits
     * @param completed bytes; 0 as long as Ollama says nothing of bytes
     * @param total bytes that Ollama has spoken of so far
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record AgentPart(
            String id,
            String name,
            String state,
            String status,
            long completed,
            long total,
            @Nullable String error) {}

    static OperationView of(ModelOperation operation) {
        return new OperationView(
                operation.id().value(),
                operation.order().action().wireName(),
                operation.order().model().written(),
                operation.order().to().map(ModelName::written).orElse(null),
                operation.by(),
                operation.started(),
                operation.ended().orElse(null),
                operation.state().name().toLowerCase(Locale.ROOT),
                operation.parts().stream().map(OperationView::part).toList());
    }

    private static AgentPart part(Part part) {
        return new AgentPart(
                part.agent().value(),
                part.name(),
                part.state().wireName(),
                part.state() instanceof PartState.Waiting(String why, var notBefore, var awayUntil) && !why.isEmpty()
                        ? why
                        : part.progress().status(),
                part.progress().completed(),
                part.progress().total(),
                part.state() instanceof PartState.Failed ? ModelOperation.problemOf(part) : null);
    }
}
