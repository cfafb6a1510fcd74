package org.ollamaorchestrator.protocol;

/** The versions of the agents' protocol that share one wire; a message that names none speaks version 1. */
public final class ProtocolVersion {

    /** The seed's: a prompt out, tokens back. */
    public static final int PROMPTS = 1;

    /** A tunnel for Ollama's own API: requests out, untouched lines back, with cancel, windows and state. */
    public static final int TUNNEL = 2;

    private ProtocolVersion() {}
}
