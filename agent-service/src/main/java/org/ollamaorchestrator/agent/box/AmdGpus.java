package org.ollamaorchestrator.agent.box;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** AMD's GPUs, as Linux' driver tells of them in files. Where there are none, nothing is known. */
final class AmdGpus {

    /** It finds the outputs of a card as well, {@code card0-DP-1}, which have no memory. */
    private static final String CARDS = "card[0-9]*";

    private final Path drm;

    /** @param drm where the kernel lists its graphics devices */
    AmdGpus(Path drm) {
        this.drm = drm;
    }

    Vram look() {
        long total = 0;
        long used = 0;
        boolean any = false;
        try (DirectoryStream<Path> cards = Files.newDirectoryStream(drm, CARDS)) {
            for (Path card : cards) {
                Path file = card.resolve("device/mem_info_vram_total");
                if (Files.exists(file)) {
                    any = true;
                    total = Math.addExact(total, number(file));
                    used = Math.addExact(used, number(card.resolve("device/mem_info_vram_used")));
                }
            }
        } catch (IOException | RuntimeException notTold) {
            return Vram.UNKNOWN;
        }
        return any ? new Vram(total, Math.max(0, total - used)) : Vram.UNKNOWN;
    }

    private static long number(Path file) throws IOException {
        long number = Long.parseLong(Files.readString(file).strip());
        if (number < 0) {
            throw new NumberFormatException(file + " is less than 0");
        }
        return number;
    }
}
