package org.ollamaorchestrator.system;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What the simulator says when it counts. */
final class Words {

    private Words() {}

    /** {@code "0 1 2 … "}, that many of them. */
    static String counting(int count) {
        return counting(0, count);
    }

    static String counting(int from, int to) {
        return IntStream.range(from, to).mapToObj(number -> number + " ").collect(Collectors.joining());
    }
}
