package org.ollamaorchestrator.gateway.api;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A request that its client has to mend. The message goes to the client as it is, in the form of the API it used. */
public final class ClientErrorException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private static final int BAD_REQUEST = 400;
    private static final int FORBIDDEN = 403;

    private final int status;
    private final @Nullable String field;

    private ClientErrorException(int status, @Nullable String field, String message) {
        super(message, null, false, false);
        this.status = status;
        this.field = field;
    }

    /** @param status the HTTP status, one of 4xx */
    public static ClientErrorException of(int status, String message) {
        return new ClientErrorException(status, null, message);
    }

    /** A 400: what the request says cannot be taken. */
    public static ClientErrorException badRequest(String message) {
        return new ClientErrorException(BAD_REQUEST, null, message);
    }

    /**
     * A 400 with the field at fault.
     *
     * @param field as a path, such as {@code messages[1].content}
     * @param problem goes on from the field's name: {@code is missing}
     */
    public static ClientErrorException badField(String field, String problem) {
        return new ClientErrorException(BAD_REQUEST, field, field + " " + problem);
    }

    /** A 403: this gateway does not do that for anybody, or not for this client. */
    public static ClientErrorException forbidden(String message) {
        return new ClientErrorException(FORBIDDEN, null, message);
    }

    public int status() {
        return status;
    }

    /** The field at fault, if it is one. */
    public Optional<String> field() {
        return Optional.ofNullable(field);
    }

    public String problem() {
        return String.valueOf(getMessage());
    }
}
