package org.ollamaorchestrator.gateway.agents;

import io.smallrye.mutiny.Uni;
import org.ollamaorchestrator.protocol.AgentId;

/** What is written down of the agents that connect; {@code store} implements it. */
public interface AgentRecords {

    /**
     * An agent is about to connect. If it got its token by an enrolment, that is over from now on: nobody can enrol again
     * with the same enrolment token.
     *
     * @return whether the credential still holds: an enrolment repeated a moment ago has voided the token of the one before
     */
    Uni<Boolean> connecting(AgentCredential credential);

    /** An agent has registered. From any thread; never blocks. */
    void registered(AgentCredential credential, AgentId agent);
}
