package org.ollamaorchestrator.gateway.agents;

/** One agent's connection: Greeting → Ready → Gone. */
sealed interface SessionState {

    /** Welcomed, and has not said what it is. */
    record Greeting() implements SessionState {}

    /** Registered. Whether it takes jobs, its profile says. */
    record Ready(AgentProfile profile) implements SessionState {}

    /** Closed, dropped or replaced: what still arrives is ignored. */
    sealed interface Gone extends SessionState {}

    /** The connection was lost, or another one took its place: the agent may still have its jobs. */
    record Dropped() implements Gone {}

    /** It ended on purpose. */
    record Left() implements Gone {}

    /** The agent broke the protocol. */
    record Broke(String reason) implements Gone {}
}
