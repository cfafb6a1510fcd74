package org.ollamaorchestrator.gateway.agents;

/** What agents' credentials are worth while they are connected; {@code security} implements it. */
public interface AgentCredentials {

    /** Whether an agent has to prove which it is. */
    boolean areRequired();

    /** Whether one that was accepted has not been revoked since, and has not expired. */
    boolean isValid(AgentCredential credential);
}
