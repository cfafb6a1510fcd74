package org.ollamaorchestrator.gateway.api;

/** A request that its client has to mend. The message names the field at fault and goes to the client as it is. */
public final class ClientErrorException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private static final int BAD_REQUEST = 400;

    private final int status;

    /** @param status the HTTP status, one of 4xx */
    public ClientErrorException(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }

    /** A 400: what the request says cannot be taken. */
    public static ClientErrorException badRequest(String message) {
        return new ClientErrorException(BAD_REQUEST, message);
    }

    public int status() {
        return status;
    }
}
