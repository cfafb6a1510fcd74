package org.ollamaorchestrator.gateway.security;

/** Who did what, and who was refused; {@code store} keeps it, if the owner wants that. No secret and no prompt goes there. */
public interface Audit {

    /** What happened. */
    enum Event {
        KEY_CREATED,
        KEY_REVOKED,
        KEY_ROTATED,
        AGENT_CREATED,
        AGENT_INVITED,
        AGENT_ENROLLED,
        AGENT_REVOKED,
        /** It finishes what it runs, and takes no more. */
        AGENT_DRAINED,
        AGENT_RESUMED,
        /** An administrator ended another key's request. */
        REQUEST_ENDED,
        MODELS_CHANGE_ASKED,
        MODELS_CHANGE_ENDED,
        ADMIN_REFUSED,
        AGENT_REFUSED,
        /** A client's key that is nobody's, or has expired. */
        KEY_REFUSED,
        /** A key was used for a model that it is not for. */
        MODEL_REFUSED,
        /** So many more of one kind than are written in a minute; the subject tells how many of which. */
        MORE_REFUSED
    }

    /**
     * Somebody was refused. From any thread; never blocks.
     *
     * @param actor a key's name, or an address
     * @param subject what was asked for
     */
    void refused(Event event, String actor, String subject);

    /**
     * Somebody did something that is kept nowhere else. From any thread; never blocks.
     *
     * @param actor a key's name, or another word for who may
     * @param subject what was done, and to what
     */
    void done(Event event, String actor, String subject);
}
