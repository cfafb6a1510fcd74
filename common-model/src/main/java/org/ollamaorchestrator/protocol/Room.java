package org.ollamaorchestrator.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * What room for models the machine of an agent's Ollama has, as far as its agent can tell: Ollama itself does not. All in bytes;
 * absent where nobody knows.
 *
 * @param diskTotal of the disk that holds Ollama's models
 * @param diskFree of it, what Ollama may still write
 * @param vramTotal of all its GPUs together; 0 if it has none
 * @param vramFree of it, what nobody holds, whether Ollama or another program
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Room(
        @Nullable Long diskTotal,
        @Nullable Long diskFree,
        @Nullable Long vramTotal,
        @Nullable Long vramFree) {

    /** Of a machine that nobody looked at. */
    public static final Room UNKNOWN = new Room(null, null, null, null);

    public Room {
        notNegative("diskTotal", diskTotal);
        notNegative("diskFree", diskFree);
        notNegative("vramTotal", vramTotal);
        notNegative("vramFree", vramFree);
    }

    private static void notNegative(String name, @Nullable Long bytes) {
        if (bytes != null && bytes < 0) {
            throw new IllegalArgumentException("room: " + name + " is less than 0");
        }
    }
}
