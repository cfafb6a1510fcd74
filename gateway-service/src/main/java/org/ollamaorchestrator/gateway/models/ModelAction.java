package org.ollamaorchestrator.gateway.models;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.ollamaorchestrator.protocol.Operation;

/** What can be done to a model. */
public enum ModelAction {
    PULL(Operation.PULL),
    DELETE(Operation.DELETE),
    COPY(Operation.COPY),
    CREATE(Operation.CREATE),
    PUSH(Operation.PUSH),
    LOAD(Operation.LOAD),
    UNLOAD(Operation.LOAD);

    private final Operation operation;

    ModelAction(Operation operation) {
        this.operation = operation;
    }

    Operation operation() {
        return operation;
    }

    /** Whether it is done to a model that is there; else it brings one. */
    boolean needsModel() {
        return switch (this) {
            case PULL, CREATE -> false;
            case DELETE, COPY, PUSH, LOAD, UNLOAD -> true;
        };
    }

    /** Whether once is enough, whoever does it: a registry has to get a model from one agent only. */
    boolean isForOneAgent() {
        return this == PUSH;
    }

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<ModelAction> ofWireName(String name) {
        return Arrays.stream(values())
                .filter(action -> action.wireName().equals(name))
                .findFirst();
    }
}
