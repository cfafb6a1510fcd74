package org.ollamaorchestrator.gateway.models;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ollamaorchestrator.gateway.jobs.OllamaErrorText;
import org.ollamaorchestrator.gateway.models.PartState.Cancelled;
import org.ollamaorchestrator.gateway.models.PartState.Failed;
import org.ollamaorchestrator.gateway.models.PartState.Running;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobFailure;

/**
 * One order and all agents that carry it out, at one moment. Pure.
 *
 * @param by who asked for it: a key's name, or another word for who else may
 * @param parts one for each agent; at least one
 */
public record ModelOperation(
        OperationId id, ModelOrder order, String by, Instant started, Optional<Instant> ended, List<Part> parts) {

    private static final int NOT_FOUND = 404;

    public ModelOperation {
        parts = List.copyOf(parts);
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("an operation without an agent");
        }
    }

    /** How it stands as a whole. */
    public enum State {
        WAITING,
        RUNNING,
        DONE,
        FAILED,
        CANCELLED
    }

    ModelOperation after(AgentId agent, PartEvent event, Instant now) {
        List<Part> next = parts.stream()
                .map(part -> part.agent().equals(agent) ? part.after(seenFrom(part, event), now) : part)
                .toList();
        boolean over = next.stream().allMatch(part -> part.state().isOver());
        return new ModelOperation(id, order, by, started, ended.or(() -> over ? Optional.of(now) : ended), next);
    }

    /** What an attempt that was lost has deleted is not there for the next one. */
    private PartEvent seenFrom(Part part, PartEvent event) {
        boolean gone = order.action() == ModelAction.DELETE
                && part.attempts() > 1
                && event instanceof PartEvent.FailedBy(JobFailure.OllamaAnswered answered)
                && answered.status() == NOT_FOUND;
        return gone ? new PartEvent.Completed() : event;
    }

    public boolean isOver() {
        return ended.isPresent();
    }

    /** Done only if every agent has done it; it failed if one of them did, cancelled or not. */
    public State state() {
        if (!isOver()) {
            boolean running = parts.stream().anyMatch(part -> part.state() instanceof Running || part.attempts() > 0);
            return running ? State.RUNNING : State.WAITING;
        }
        if (parts.stream().anyMatch(part -> part.state() instanceof Failed)) {
            return State.FAILED;
        }
        return parts.stream().anyMatch(part -> part.state() instanceof Cancelled) ? State.CANCELLED : State.DONE;
    }

    /** Whose failure it is, if only one agent was asked: it is told as it is. */
    public Optional<JobFailure> onlyFailure() {
        return parts.size() == 1 && parts.getFirst().state() instanceof Failed(JobFailure failure)
                ? Optional.of(failure)
                : Optional.empty();
    }

    /** Who did not do it, and why; empty if everybody did. */
    public String problem() {
        return parts.stream()
                .filter(part -> part.state() instanceof Failed || part.state() instanceof Cancelled)
                .map(part -> parts.size() == 1 ? problemOf(part) : "agent " + part.name() + ": " + problemOf(part))
                .collect(Collectors.joining("; "));
    }

    static String problemOf(Part part) {
        return switch (part.state()) {
            case Failed(JobFailure failure) -> OllamaErrorText.of(failure);
            case Cancelled s -> "it was cancelled";
            case PartState.Waiting s -> s.why();
            case Running s -> "";
            case PartState.Done s -> "";
        };
    }
}
