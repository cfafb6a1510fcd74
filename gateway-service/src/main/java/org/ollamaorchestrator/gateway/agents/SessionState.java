package org.ollamaorchestrator.gateway.agents;

/** One agent's connection: Greeting → Ready → Gone. */
sealed interface SessionState {

    /** Welcomed, and has not said what it is. */
    record Greeting() implements SessionState {}

    /** Registered. Whether it takes jobs, its profile says. */
    record Ready(AgentProfile profile) implements SessionState {}

    /** Closed, dropped or replaced: what still arrives is ignored. */
    record Gone() implements SessionState {}
}
