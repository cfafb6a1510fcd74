package org.ollamaorchestrator.agent.bridge;

import java.util.Optional;
import org.ollamaorchestrator.protocol.ProtocolLimits;

/** The text of a request that comes in parts. */
final class RequestParts {

    private final int count;
    private final StringBuilder text = new StringBuilder();
    private int next;

    RequestParts(int count) {
        this.count = count;
    }

    /** @return what is wrong with the part, if something is */
    Optional<String> add(int index, String data) {
        if (index != next) {
            return Optional.of("part %d of the request came when part %d was due".formatted(index, next));
        }
        if (text.length() + data.length() > ProtocolLimits.LINE_BYTES_MAX) {
            return Optional.of("the request is longer than " + ProtocolLimits.LINE_BYTES_MAX / (1024 * 1024) + " MB");
        }
        text.append(data);
        next++;
        return Optional.empty();
    }

    boolean complete() {
        return next == count;
    }

    String text() {
        return text.toString();
    }
}
