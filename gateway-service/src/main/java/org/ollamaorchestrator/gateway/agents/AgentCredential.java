package org.ollamaorchestrator.gateway.agents;

import java.time.Instant;
import java.util.Optional;

/** What an agent has proved itself by, before its connection was opened. */
public sealed interface AgentCredential {

    /** For people and logs; agents' ids belong to it. */
    String name();

    /** From then on it is worth nothing. */
    Optional<Instant> expires();

    /**
     * A token. Another one given out under the same name later is not equal.
     *
     * @param hash of its secret, in hex
     */
    record Token(String name, String hash, Optional<Instant> expires) implements AgentCredential {}

    /** A client certificate of an authority that the owner trusts. */
    record Certificate(String name, Optional<Instant> expires) implements AgentCredential {}
}
