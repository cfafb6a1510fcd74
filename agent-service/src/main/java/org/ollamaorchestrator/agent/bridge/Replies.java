package org.ollamaorchestrator.agent.bridge;

import org.ollamaorchestrator.protocol.AgentMessage;

/** Where the answers of a connection's jobs go: never blocks, never refuses, says when it would rather have no more. */
public interface Replies {

    void send(AgentMessage message);

    /** While this is so, no job reads more from Ollama; {@link JobBridge#repliesWritable} ends it. */
    boolean full();
}
