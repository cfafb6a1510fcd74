package org.ollamaorchestrator.agent.bridge;

import java.time.Duration;
import org.ollamaorchestrator.protocol.GatewayId;

/**
 * On what terms a gateway of version 2 gives jobs.
 *
 * @param gateway whose jobs they are: only it can ask for them again
 * @param windowLines the most unacknowledged lines of a job
 * @param windowBytes the same in bytes
 * @param kept how long a job outlives its connection, and an end waits for its acknowledgement; zero if not at all
 */
public record Terms(GatewayId gateway, int windowLines, int windowBytes, Duration kept) {

    boolean keepsJobs() {
        return kept.isPositive();
    }
}
