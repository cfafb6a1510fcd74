package org.ollamaorchestrator.gateway.agents;

import org.ollamaorchestrator.protocol.CloseCode;

/** An agent broke the protocol: its connection ends, and its jobs with it. The message names no content. */
public final class ProtocolViolation extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final CloseCode code;

    public ProtocolViolation(CloseCode code, String reason) {
        super(reason);
        this.code = code;
    }

    public CloseCode code() {
        return code;
    }

    public String reason() {
        return String.valueOf(getMessage());
    }
}
