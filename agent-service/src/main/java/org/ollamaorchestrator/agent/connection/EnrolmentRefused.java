package org.ollamaorchestrator.agent.connection;

/** The gateway gives no token for the enrolment token that the agent has. */
final class EnrolmentRefused extends Exception {

    private static final long serialVersionUID = 1L;

    EnrolmentRefused(int status, String why) {
        super("it refused to enrol this agent (HTTP " + status + ")" + (why.isEmpty() ? "" : ": " + why));
    }
}
