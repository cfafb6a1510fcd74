package org.ollamaorchestrator.gateway.security;

import jakarta.inject.Singleton;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/**
 * Where everybody is told of who refuses somebody for who he is, or is not: it counts them by their reasons, and hands on to
 * the audit what belongs there. Nothing of what was presented comes here.
 */
@Singleton
public class Denials {

    /** Why somebody was refused, with 401 or 403. */
    public enum Reason {
        /** A key is needed, and none was sent. Browsers and probes do that all day: it is only counted. */
        NO_KEY,
        /** A key that is nobody's: made up, mistyped, or the old one of a key that was rotated. */
        UNKNOWN_KEY(Audit.Event.KEY_REFUSED),
        EXPIRED_KEY(Audit.Event.KEY_REFUSED),
        REVOKED_KEY(Audit.Event.KEY_REFUSED),
        /** A key that is not for the model that was asked for. */
        MODEL_NOT_ALLOWED(Audit.Event.MODEL_REFUSED),
        /** An administrator's call, with another key or none. */
        NOT_ADMINISTRATOR(Audit.Event.ADMIN_REFUSED),
        /** Another name in {@code Host}, where whoever is on this machine needs no key; only counted. */
        FOREIGN_HOST,
        /** An agent whose token or certificate is missing, nobody's, expired or revoked. */
        AGENT_UNKNOWN(Audit.Event.AGENT_REFUSED),
        /** An agent of another machine, where none needs a token. */
        AGENT_NOT_LOCAL(Audit.Event.AGENT_REFUSED),
        /** A web page that posed as an agent. */
        AGENT_WEB_PAGE(Audit.Event.AGENT_REFUSED),
        /** An agent whose enrolment token is missing, or worth nothing any more. */
        ENROLMENT(Audit.Event.AGENT_REFUSED);

        private final Optional<Audit.Event> event;

        Reason() {
            event = Optional.empty();
        }

        Reason(Audit.Event event) {
            this.event = Optional.of(event);
        }
    }

    private final Audit audit;
    private final Map<Reason, LongAdder> counts = new EnumMap<>(Reason.class);

    Denials(Audit audit) {
        this.audit = audit;
        for (Reason reason : Reason.values()) {
            counts.put(reason, new LongAdder());
        }
    }

    /**
     * Somebody is refused. From any thread; never blocks.
     *
     * @param actor a key's name, or an address
     * @param subject what was asked for, and no secret
     */
    public void deny(Reason why, String actor, String subject) {
        of(why).increment();
        why.event.ifPresent(event -> audit.refused(event, actor, subject));
    }

    /** How many were refused for that since the gateway's start. From any thread. */
    public long count(Reason why) {
        return of(why).sum();
    }

    private LongAdder of(Reason why) {
        return Objects.requireNonNull(counts.get(why), "every reason has its count");
    }
}
