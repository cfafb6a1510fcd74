package org.ollamaorchestrator.agent.box;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The disk that holds the models of an Ollama.
 *
 * @param candidates where they may be; the first that is there, is it
 */
record ModelsDisk(List<Path> candidates) {

    ModelsDisk {
        candidates = List.copyOf(candidates);
    }

    /** How large a disk is, and what a program without privileges may still write, in bytes. */
    record Space(long total, long free) {}

    /** Empty if none of the places is there, or may be looked at. */
    Optional<Space> look() {
        for (Path candidate : candidates) {
            if (Files.exists(candidate)) {
                return spaceAround(candidate);
            }
        }
        return Optional.empty();
    }

    private static Optional<Space> spaceAround(Path place) {
        try {
            FileStore store = Files.getFileStore(place);
            long total = store.getTotalSpace();
            // Some network file systems say 0 for what they do not know.
            return total > 0
                    ? Optional.of(new Space(total, Math.clamp(store.getUsableSpace(), 0, total)))
                    : Optional.empty();
        } catch (IOException | SecurityException notTold) {
            return Optional.empty();
        }
    }
}
