package org.ollamaorchestrator.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** For messages whose fields depend on each other, so that no annotation can say which of them must be there. */
final class Required {

    private Required() {}

    /** @throws IllegalArgumentException naming the field, if it is absent or null */
    static <T> T field(String name, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException(name + " is missing");
        }
        return value;
    }

    /** @throws IllegalArgumentException naming the field, if one of its elements is null */
    static <T> List<T> elements(String name, List<T> values) {
        try {
            return List.copyOf(values);
        } catch (NullPointerException e) {
            throw new IllegalArgumentException(name + " has a null element", e);
        }
    }
}
