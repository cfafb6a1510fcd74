package org.ollamaorchestrator.gateway.models;

import java.time.Instant;
import java.util.Optional;
import org.ollamaorchestrator.protocol.JobFailure;

/** Where one agent stands with its part of an operation. */
sealed interface PartState {

    /**
     * It has not begun, or has to begin again.
     *
     * @param why in words; empty if it only waits for its turn
     * @param notBefore when it may begin at the earliest
     * @param awayUntil until when its agent may be away; empty while it is there
     */
    record Waiting(String why, Instant notBefore, Optional<Instant> awayUntil) implements PartState {}

    record Running() implements PartState {}

    record Done() implements PartState {}

    record Failed(JobFailure failure) implements PartState {}

    record Cancelled() implements PartState {}

    default boolean isOver() {
        return switch (this) {
            case Waiting s -> false;
            case Running s -> false;
            case Done s -> true;
            case Failed s -> true;
            case Cancelled s -> true;
        };
    }

    default String wireName() {
        return switch (this) {
            case Waiting s -> "waiting";
            case Running s -> "running";
            case Done s -> "done";
            case Failed s -> "failed";
            case Cancelled s -> "cancelled";
        };
    }
}
