package org.ollamaorchestrator.simulator;

/** How one request stands, and once it has ended, how it ended. */
public enum Outcome {
    RUNNING,
    QUEUED,
    LOADING,
    /** The whole answer was sent. */
    COMPLETE,
    /** The client closed its connection first. */
    CLIENT_LEFT,
    /** Answered with an error, before or after the first line. */
    FAILED,
    /** The simulator closed the connection, by script or by {@link OllamaSimulator#pauseListening()}. */
    CUT;

    /** Whether nothing more will happen to the request. */
    public boolean ended() {
        return switch (this) {
            case RUNNING, QUEUED, LOADING -> false;
            case COMPLETE, CLIENT_LEFT, FAILED, CUT -> true;
        };
    }
}
