package org.ollamaorchestrator.agent.connection;

import java.time.Duration;

/** How the agent stands with its gateway: Connecting → Greeting → Open → Waiting → Connecting, and at last Closed. */
public sealed interface LinkState {

    /** Dialling. */
    record Connecting() implements LinkState {}

    /** Connected; not registered yet. */
    record Greeting() implements LinkState {}

    /**
     * Registered.
     *
     * @param protocol the version that both speak
     */
    record Open(int protocol) implements LinkState {}

    /**
     * Between two attempts.
     *
     * @param delay until the next
     * @param why the last one failed, or ended
     */
    record Waiting(Duration delay, String why) implements LinkState {}

    /** For good. */
    record Closed() implements LinkState {}

    /** For a person. */
    default String description() {
        return switch (this) {
            case Connecting s -> "connecting";
            case Greeting s -> "connected, not registered yet";
            case Open s -> "registered, protocol " + s.protocol();
            case Waiting s -> "not connected: " + s.why();
            case Closed s -> "closed";
        };
    }
}
