package org.ollamaorchestrator.gateway.agents;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Who an agent is by what it presents; {@code security} implements it. */
public interface AgentCredentials {

    /** Whether an agent has to prove which it is. */
    boolean areRequired();

    /**
     * The name of the credential that was presented; empty if it is nobody's.
     *
     * @param authorization the header of the upgrade request
     */
    Optional<String> nameOf(@Nullable String authorization);
}
