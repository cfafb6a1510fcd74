package org.ollamaorchestrator.gateway.scheduling;

/**
 * On whose account a request waits and runs. Keys that wait at the same time get slot time in proportion to their
 * weights.
 *
 * @param key the name of the API key; never its secret
 * @param waitingMax the most requests of the key that may wait
 */
public record Share(String key, int weight, Priority priority, int waitingMax) {

    public Share {
        if (weight < 1) {
            throw new IllegalArgumentException("weight is less than 1");
        }
    }

    /** Of everybody, while nobody has to say who he is: with no bound but that of the whole queue. */
    public static Share anonymous(Priority priority) {
        return new Share("anonymous", 1, priority, Integer.MAX_VALUE);
    }
}
