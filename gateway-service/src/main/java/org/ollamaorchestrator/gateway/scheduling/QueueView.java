package org.ollamaorchestrator.gateway.scheduling;

import java.time.Duration;
import java.util.List;
import org.ollamaorchestrator.protocol.ModelName;

/**
 * The queue at one moment, for people and scripts.
 *
 * @param waiting in the order in which they would be served if nothing else came
 * @param running how many requests have an agent
 * @param draining whether no new requests are taken
 */
public record QueueView(List<Waiting> waiting, int running, boolean draining) {

    public QueueView {
        waiting = List.copyOf(waiting);
    }

    /**
     * @param position from 1
     * @param expected how long until its turn, probably
     */
    public record Waiting(
            RequestId request, ModelName model, Share share, int position, Duration waited, Duration expected) {}
}
