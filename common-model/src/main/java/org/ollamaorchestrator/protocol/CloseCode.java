package org.ollamaorchestrator.protocol;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Why a connection between gateway and agent was closed: RFC 6455's codes, and our own from 4000 on. */
public enum CloseCode {
    NORMAL(1000),
    GOING_AWAY(1001),
    BINARY_FRAME(1003),
    NOT_JSON(1007),
    BAD_MESSAGE(1008),
    INTERNAL(1011),
    RESTARTING(1012),
    ID_IN_USE(4001),
    OTHER_CREDENTIALS(4003),
    CREDENTIALS_REVOKED(4401);

    private static final Set<CloseCode> SAME_AGAIN_WOULD_FAIL =
            EnumSet.of(BINARY_FRAME, NOT_JSON, BAD_MESSAGE, ID_IN_USE, OTHER_CREDENTIALS, CREDENTIALS_REVOKED);

    private final int number;

    CloseCode(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    /** Whether an agent waits its longest back-off after this, since connecting again at once would end the same way. */
    public boolean wantsLongestBackoff() {
        return SAME_AGAIN_WOULD_FAIL.contains(this);
    }

    public static Optional<CloseCode> ofNumber(int number) {
        for (CloseCode code : values()) {
            if (code.number == number) {
                return Optional.of(code);
            }
        }
        return Optional.empty();
    }
}
