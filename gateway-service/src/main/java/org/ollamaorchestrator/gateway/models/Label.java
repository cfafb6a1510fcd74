package org.ollamaorchestrator.gateway.models;

import java.util.Map;
import java.util.Optional;

/** A label that agents have. */
public record Label(String key, String value) {

    /** @param text {@code key=value}; empty if it is not that */
    public static Optional<Label> parse(String text) {
        int equals = text.indexOf('=');
        return equals < 1
                ? Optional.empty()
                : Optional.of(new Label(
                        text.substring(0, equals).strip(),
                        text.substring(equals + 1).strip()));
    }

    boolean isOn(Map<String, String> labels) {
        return value.equals(labels.get(key));
    }

    @Override
    public String toString() {
        return key + "=" + value;
    }
}
