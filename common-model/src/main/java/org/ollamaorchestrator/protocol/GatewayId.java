package org.ollamaorchestrator.protocol;

import static com.fasterxml.jackson.annotation.JsonCreator.Mode.DELEGATING;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** Names one start of a gateway: after a restart its jobs are gone, and this says so. */
public record GatewayId(@JsonValue String value) {

    @JsonCreator(mode = DELEGATING)
    public GatewayId {
        value = ProtocolLimits.identifier("gatewayId", value);
    }

    @Override
    public String toString() {
        return value;
    }
}
