package org.ollamaorchestrator.gateway.models;

/** Names one operation on models. */
public record OperationId(String value) {

    public OperationId {
        if (value.isBlank()) {
            throw new IllegalArgumentException("operation id is blank");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
