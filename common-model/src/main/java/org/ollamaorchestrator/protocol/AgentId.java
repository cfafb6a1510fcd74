package org.ollamaorchestrator.protocol;

import static com.fasterxml.jackson.annotation.JsonCreator.Mode.DELEGATING;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** Names an agent for as long as its owner keeps it: configured, kept on disk, or new with each process. */
public record AgentId(@JsonValue String value) {

    @JsonCreator(mode = DELEGATING)
    public AgentId {
        value = ProtocolLimits.identifier("agentId", value);
    }

    @Override
    public String toString() {
        return value;
    }
}
