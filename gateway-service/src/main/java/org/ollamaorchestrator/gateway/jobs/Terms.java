package org.ollamaorchestrator.gateway.jobs;

import java.time.Duration;
import java.util.Optional;
import org.ollamaorchestrator.gateway.scheduling.Share;

/**
 * How a client wants its request served, and on whose account.
 *
 * @param within the time it gives from the arrival to the end of the answer
 * @param tellsPosition whether the client wants to be told where it stands in the queue
 * @param account is told what the request has used when it has its end
 */
public record Terms(Share share, Optional<Duration> within, boolean tellsPosition, Account account) {}
