package org.ollamaorchestrator.gateway.store;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.ollamaorchestrator.gateway.security.SecretHash;
import org.ollamaorchestrator.protocol.AgentId;

/**
 * An agent that was let in at run time, and may have been shut out again.
 *
 * @param hash of its own token; empty while it has none
 * @param expires from then on its own token is refused
 * @param agentId which it used last
 * @param connected when it registered last
 */
public record ManagedAgent(
        String id,
        String name,
        Source source,
        Optional<SecretHash> hash,
        Optional<Instant> expires,
        Optional<Enrolment> enrolment,
        Optional<AgentId> agentId,
        Instant created,
        Optional<Instant> connected,
        Optional<Instant> revoked) {

    /** How an agent came to be let in. */
    public enum Source {
        MANAGED,
        ENROLMENT,
        CERTIFICATE;

        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * The enrolment token that it was let in by.
     *
     * @param expires from then on it cannot be exchanged
     * @param used when the agent first connected with its own token; the enrolment token is worth nothing since
     */
    public record Enrolment(SecretHash hash, Instant expires, Optional<Instant> used) {}

    /** The same, after it has registered. */
    ManagedAgent seen(AgentId agent, Instant at) {
        return new ManagedAgent(
                id, name, source, hash, expires, enrolment, Optional.of(agent), created, Optional.of(at), revoked);
    }

    /** Whether it waits for an agent that never came in time. */
    boolean isLapsed(Instant now) {
        return enrolment
                .filter(open -> open.used().isEmpty() && !now.isBefore(open.expires()))
                .isPresent();
    }
}
