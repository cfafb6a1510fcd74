package org.ollamaorchestrator.protocol;

import static com.fasterxml.jackson.annotation.JsonCreator.Mode.DELEGATING;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** Names one attempt at a client's request on one agent; placing the request again makes a new one. */
public record JobId(@JsonValue String value) {

    @JsonCreator(mode = DELEGATING)
    public JobId {
        value = ProtocolLimits.identifier("jobId", value);
    }

    @Override
    public String toString() {
        return value;
    }
}
