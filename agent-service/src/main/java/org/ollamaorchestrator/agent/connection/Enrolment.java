package org.ollamaorchestrator.agent.connection;

import java.io.IOException;

/**
 * That the agent is to get a token of its own before it connects.
 *
 * @param token the enrolment token; a secret
 * @param keeper keeps the agent's own token, before it is used
 */
public record Enrolment(String token, Keeper keeper) {

    /** Blocks; when it returns, the token is on the disk. */
    public interface Keeper {
        void keep(String ownToken) throws IOException;
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "enrolment";
    }
}
