package org.ollamaorchestrator.gateway.cli;

import java.time.Duration;
import java.util.Locale;

/** Amounts as people read them. */
final class Amounts {

    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB"};
    private static final double STEP = 1000;

    private Amounts() {}

    /** Three figures at most, in the units that Ollama itself uses: {@code 4.7 GB}. */
    static String bytes(long bytes) {
        double amount = bytes;
        int unit = 0;
        // Not 1000: 999.6 would be told as 1000.
        while (amount >= STEP - 0.5 && unit < UNITS.length - 1) {
            amount /= STEP;
            unit++;
        }
        boolean whole = unit == 0 || amount >= 9.95;
        return String.format(Locale.ROOT, whole ? "%.0f %s" : "%.1f %s", amount, UNITS[unit]);
    }

    /** {@code 1.2 s}, {@code 3 min}, {@code 2 h}. */
    static String time(Duration time) {
        if (time.toMinutes() >= 120) {
            return time.toHours() + " h";
        }
        if (time.toSeconds() >= 120) {
            return time.toMinutes() + " min";
        }
        return String.format(Locale.ROOT, "%.1f s", time.toMillis() / STEP);
    }
}
