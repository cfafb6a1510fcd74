package org.ollamaorchestrator.gateway.scheduling;

import java.time.Duration;

/**
 * The queue at one moment in figures, which cost little however many wait.
 *
 * @param longestWait of those that wait now
 * @param running how many requests have an agent
 */
public record QueueFigures(int waiting, Duration longestWait, int running) {

    public static final QueueFigures NONE = new QueueFigures(0, Duration.ZERO, 0);
}
