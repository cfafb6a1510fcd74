package org.ollamaorchestrator.protocol;

import static com.fasterxml.jackson.annotation.JsonCreator.Mode.DELEGATING;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** Names one process of an agent, so that a reconnect can be told from a second box with the same identity. */
public record InstanceId(@JsonValue String value) {

    @JsonCreator(mode = DELEGATING)
    public InstanceId {
        value = ProtocolLimits.identifier("instanceId", value);
    }

    @Override
    public String toString() {
        return value;
    }
}
