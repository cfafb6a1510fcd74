package org.ollamaorchestrator.gateway.scheduling;

import java.time.Duration;

/**
 * The bounds that the owner of a gateway can set.
 *
 * @param waitingMax the most requests that may wait in all; one more is refused
 * @param waitingBytesMax the same in bytes of requests
 * @param waitMax the longest wait for a slot; loading a model does not count
 * @param overtakeMax how long a request that needs a model swap may be overtaken by such as do not
 * @param replacementsMax how often a request is placed again after a failure
 * @param firstLineLeast an agent has at least this long until the first line
 * @param loadLeast the same for loading a model
 * @param stalledMax a job without a line for this long is ended
 * @param resumeWindow how long a dropped agent may take to come back with its jobs
 */
public record SchedulingPolicy(
        int waitingMax,
        long waitingBytesMax,
        Duration waitMax,
        Duration overtakeMax,
        int replacementsMax,
        Duration firstLineLeast,
        Duration loadLeast,
        Duration stalledMax,
        Duration resumeWindow) {}
