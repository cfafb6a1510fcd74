package org.ollamaorchestrator.gateway.api;

/** A request that its client has to mend. The message names the field at fault and goes to the client as it is. */
public final class BadRequestException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public BadRequestException(String message) {
        super(message, null, false, false);
    }
}
